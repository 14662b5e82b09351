# SPDX-License-Identifier: MIT
# Small multiples: an envelope of each experiment, as nca-collect makes them, in a panel of
# its own, all on one scale. From dir/EXPERIMENT.tsv. Variables: see style.gp, and
#   experiments   their names
#   columns       which columns of the measure, from 1: one as a line in its band, several as lines
#   most          the upper end of the scale
#   axis          what several columns are of
#   ordered       1: several lines have an order, such as that of cell types (0)
name = 'multiples'
panels = words(experiments)
across = panels < 4 ? panels : panels == 4 ? 2 : panels < 9 ? 3 : panels < 13 ? 4 : 6
down = ceil(real(panels) / across)
if (!exists('width')) width = 80 + 190 * across
if (!exists('height')) height = 60 + 20 * (words(columns) > 1) + 130 * down
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table(e) = dir.'/'.word(experiments, e).'.tsv'
table = table(1)
eval head
many = words(columns)
of(i) = 3 * int(word(columns, i)) # the column of the mean
column_name(i) = word(header, of(i))[1:strlen(word(header, of(i))) - 5] # without _mean
if (!exists('axis')) axis = many == 1 ? quantity(column_name(1)) : ''
if (!exists('ordered')) ordered = 0
colour(i) = !ordered ? word(distinct, i) : sprintf('#%06x', palette(real(i - 1) / (many - 1)))
set cbrange [0:1]
power = most > 0 ? 10.0**floor(log10(most)) : 1.0
top = most > 0 ? ceil(most / power) * power : 1.0
set yrange [0:top]
set ytics 0,top / 2 font ',10' offset 0.6,0
set format y '%.6g'
set xtics font ',10' offset 0,0.4
unset xlabel
set label 1 'generation' at screen 0.5,0 center offset 0,0.7 font ',12'
set label 2 axis at screen 0,0.5 center offset 1.2,0 rotate font ',12' noenhanced
set key off
set multiplot layout down,across margins char 9, char 1.5, char 3, \
    char many == 1 ? 1.5 : 3.2 spacing char 5, char 2.6
longest = 26 # letters of a name that fit at the usual size
do for [e=1:panels] { if (strlen(word(experiments, e)) > longest) { \
    longest = strlen(word(experiments, e)) } }
set title offset 0,-0.8 font sprintf(',%d', 12 * 26 / longest) noenhanced
do for [e=1:panels] {
    set title word(experiments, e)
    if (many == 1) {
        plot table(e) using 1:(column(of(1) - 1)):(column(of(1) + 1)) with filledcurves \
                 linecolor '#a9cbe2', \
             table(e) using 1:(column(of(1))) with lines linetype 1
    } else {
        plot for [i=1:many] table(e) using 1:(column(of(i))) with lines linecolor rgb colour(i)
    }
    unset label
}
if (many > 1) { # a key for all, over the whole width
    set margins 0, 0, 0, 0
    set size 1,1
    set origin 0,0
    unset border
    unset tics
    unset title
    set key inside center top horizontal font ',11'
    plot for [i=1:many] NaN with lines linecolor rgb colour(i) linewidth 3 title column_name(i)
}
unset multiplot
