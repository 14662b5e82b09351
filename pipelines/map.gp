# SPDX-License-Identifier: MIT
# Means of runs over the values of two parameters, a panel for each column, from dir/map.tsv, as
# nca-compare --map --tsv prints it, into dir/map.svg:
#     nca-compare --map budget,ip --tsv DIR >map.tsv; gnuplot pipelines/map.gp
# Variables: see style.gp, and
#   notes   a file with text to stand below
name = 'map'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'reset.gp'
if (!exists('table')) table = dir.'/'.name.'.tsv'
eval head
text = table
eval quote
values(c) = system("grep -v '^#' -- ".quoted.' | cut -f '.c." | awk '!seen[$0]++'")
xs = values(1)
ys = system("grep -v '^#' -- ".quoted." | cut -f 2 | sort -g | awk '!seen[$0]++'")
panels = (words(header) - 3) / 2
across = ceil(sqrt(panels))
down = ceil(real(panels) / across)
eval take_notes
if (!exists('width')) width = (160 + 64 * words(xs)) * across
if (!exists('height')) height = (120 + 40 * words(ys)) * down
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'
eval below

at(list, value) = sum [i=1:words(list)] (word(list, i) eq value ? i : 0)
x(dummy) = at(xs, strcol(1))
y(dummy) = at(ys, strcol(2))
number(v) = sprintf(v < 1000 ? '%.3g' : '%.0f', v)
set xlabel word(header, 1) offset 0,0.5
set ylabel word(header, 2)
set title noenhanced offset 0,-0.7
set xtics scale 0 () noenhanced offset 0,0.3
set ytics scale 0 () noenhanced
do for [i=1:words(xs)] { set xtics add (word(xs, i) i) }
do for [i=1:words(ys)] { set ytics add (word(ys, i) i) }
unset grid
unset key
set style fill solid noborder
if (panels > 1) { set multiplot layout down,across title title_above noenhanced font ',12' }
do for [p=1:panels] {
    c = 2 + 2 * p
    set title quantity(word(header, c)[1:strlen(word(header, c)) - 5]) # without _mean
    set autoscale
    undefine ALL_*
    stats table using c name 'ALL' nooutput
    set xrange [0.5 : words(xs) + 0.5]
    set yrange [0.5 : words(ys) + 0.5]
    low = exists('ALL_min') ? ALL_min : 0
    high = exists('ALL_min') && ALL_max > low ? ALL_max : low + 1
    set cbrange [low:high]
    set cbtics (number(low) low, number(high) high) scale 0 font ',12'
    plot for [i=1:!text_only] table using (x(0)):(y(0)):(x(0) - 0.5):(x(0) + 0.5):(y(0) - 0.5) \
             :(y(0) + 0.5):c with boxxyerror linecolor palette, \
         table using (x(0)):(y(0)):(number(column(c))) \
             :(column(c) < low + 0.45 * (high - low) ? 0xffffff : 0) \
             with labels textcolor rgb variable font ',13'
}
if (panels > 1) { unset multiplot }
