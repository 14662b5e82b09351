# SPDX-License-Identifier: MIT
# Small multiples: an envelope of each experiment, as pipelines/collect makes them, in a panel of
# its own, all on one scale. From dir/EXPERIMENT.tsv. Variables: see style.gp, and
#   experiments   their names
#   columns       which columns of the measure, from 1: one as a line in its band, several as lines
#   most          the upper end of the scale
name = 'multiples'
panels = words(experiments)
across = panels < 4 ? panels : panels < 9 ? 3 : panels < 13 ? 4 : 6
down = ceil(real(panels) / across)
if (!exists('width')) width = 60 + 190 * across
if (!exists('height')) height = 30 + 130 * down
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

lines = words(columns)
table(e) = dir.'/'.word(experiments, e).'.tsv'
of(i) = 3 * int(word(columns, i)) # the column of the mean
power = most > 0 ? 10.0**floor(log10(most)) : 1.0
top = most > 0 ? ceil(most / power) * power : 1.0
set yrange [0:top]
set ytics 0,top / 2 font ',10' offset 0.6,0
set format y '%.6g'
set xtics font ',10' offset 0,0.4
unset xlabel
set key off
set multiplot layout down,across margins char 7, char 1.5, char 2, char 1.5 spacing char 5, char 2.6
set title offset 0,-0.8 font ',12' noenhanced
do for [e=1:panels] {
    set title word(experiments, e)
    if (lines == 1) {
        plot table(e) using 1:(column(of(1) - 1)):(column(of(1) + 1)) with filledcurves \
                 linecolor '#a9cbe2', \
             table(e) using 1:(column(of(1))) with lines linetype 1
    } else {
        plot for [i=1:lines] table(e) using 1:(column(of(i))) with lines linetype i
    }
}
unset multiplot
