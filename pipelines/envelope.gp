# SPDX-License-Identifier: MIT
# A measure over repeated runs, a panel for each column: the mean as a line, from the least to the
# greatest as a band. From dir/envelope.tsv, as pipelines/envelope prints it, into dir/envelope.svg:
#     pipelines/envelope ghc *.zst >envelope.tsv; gnuplot pipelines/envelope.gp
# Variables: see style.gp.
name = 'envelope'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'reset.gp'
table = dir.'/envelope.tsv'
if (!exists('header')) { eval head }
panels = (words(header) - 1) / 3
across = ceil(sqrt(panels))
down = ceil(real(panels) / across)
if (!exists('width')) width = panels == 1 ? 600 : 400 * across
if (!exists('height')) height = panels == 1 ? 400 : 280 * down
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

column_name(c) = word(header, 3 * c)[1:strlen(word(header, 3 * c)) - 5] # without _mean
eval marks
set yrange [0:*]
if (panels > 1) { set multiplot layout down,across }
do for [c=1:panels] {
    set ylabel column_name(c) noenhanced
    if (single) {
        plot table using 1:(column(3 * c)):(column(3 * c - 1)):(column(3 * c + 1)) \
            with yerrorbars linetype 1 title (c == 1 ? 'mean, least to greatest' : '')
    } else {
        plot table using 1:(column(3 * c - 1)):(column(3 * c + 1)) with filledcurves \
                 linecolor '#a9cbe2' title (c == 1 ? 'least to greatest' : ''), \
             table using 1:(column(3 * c)) linetype 1 title (c == 1 ? 'mean' : '')
    }
}
if (panels > 1) { unset multiplot }
