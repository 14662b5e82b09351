# SPDX-License-Identifier: MIT
# Measures over repeated runs: the mean as a line in a band. From dir/envelope.tsv, as nca-envelope
# prints it, into dir/envelope.svg:
#     nca-envelope ghc *.zst >envelope.tsv; gnuplot pipelines/envelope.gp
# Variables: see style.gp, and
#   band     what the band is: range, sd, ci or none, as --band (range)
#   joint    1: all columns in one panel, not each in its own (0)
name = 'envelope'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'reset.gp'
table = dir.'/envelope.tsv'
if (!exists('header')) { eval head }
if (!exists('joint')) joint = 0
if (!exists('band')) band = 'range'
columns = (words(header) - 1) / 3
panels = joint ? 1 : columns
across = ceil(sqrt(panels))
down = ceil(real(panels) / across)
if (!exists('width')) width = panels == 1 ? 600 : 400 * across
if (!exists('height')) height = panels == 1 ? 400 : 280 * down
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

column_name(c) = word(header, 3 * c)[1:strlen(word(header, 3 * c)) - 5] # without _mean
meaning = band eq 'sd' ? '± standard deviation' : band eq 'ci' ? 'and its 95 % interval' \
    : band eq 'none' ? '' : ', least to greatest'
eval marks
set yrange [0:*]
set style fill transparent solid 0.3 noborder
if (panels > 1) { set multiplot layout down,across }
do for [p=1:panels] {
    first = joint ? 1 : p
    last = joint ? columns : p
    color(c) = joint ? c : 1
    said = meaning[1:1] eq ',' || meaning eq '' ? 'mean'.meaning : 'mean '.meaning
    set ylabel joint ? said : quantity(column_name(p)) noenhanced
    label(c) = joint ? quantity(column_name(c)) : c == 1 ? said : ''
    if (single) {
        plot for [c=first:last] table \
            using 1:(column(3 * c)):(column(3 * c - 1)):(column(3 * c + 1)) with yerrorbars \
            linetype color(c) title label(c)
    } else {
        plot for [c=first:last] table using 1:(column(3 * c - 1)):(column(3 * c + 1)) \
                 with filledcurves linetype color(c) notitle, \
             for [c=first:last] table using 1:(column(3 * c)) linetype color(c) title label(c)
    }
}
if (panels > 1) { unset multiplot }
