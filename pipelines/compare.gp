# SPDX-License-Identifier: MIT
# One measure of several runs, a panel for each column and a line for each run, from their tables:
#     gnuplot -e "tables='a.tsv b.tsv'" pipelines/compare.gp
# draws ./compare.svg. Variables: see style.gp, and
#   tables   files in dir, with the same columns
#   labels   a file with a name for each of them, one a line (the names of the files)
name = 'compare'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'reset.gp'
table = dir.'/'.word(tables, 1)
if (!exists('header')) { eval head }
panels = words(header) - 1
across = ceil(sqrt(panels))
down = ceil(real(panels) / across)
if (!exists('width')) width = panels == 1 ? 600 : 400 * across
if (!exists('height')) height = panels == 1 ? 400 : 280 * down
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

text = exists('labels') ? labels : ''
eval quote
label(i) = exists('labels') ? system('sed -n '.i.'p -- '.quoted) \
    : word(tables, i)[1:strlen(word(tables, i)) - 4]
eval marks
set yrange [0:*]
if (panels > 1) { set multiplot layout down,across }
do for [c=1:panels] {
    set ylabel word(header, c + 1) noenhanced
    plot for [i=1:words(tables)] dir.'/'.word(tables, i) using 1:c+1 linetype i \
        title (c == 1 ? label(i) : '')
}
if (panels > 1) { unset multiplot }
