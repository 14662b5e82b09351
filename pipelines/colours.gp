# SPDX-License-Identifier: MIT
# How many cells have each RWSP colour, as lines in these colours, from dir/colours.tsv (nca-rwsp
# --colours N --tsv) into dir/colours.svg. Black is that of cells without a genome.
#     gnuplot -e "dir='out'" pipelines/colours.gp            Variables: see style.gp.
name = 'colours'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/colours.tsv'
eval marks
set key off
eval counts
set ylabel 'cells of each colour'
if (single) {
    plot table using 1:2:(int($5)) with points pointtype 7 linecolor rgb variable
} else {
    plot table using 3:4:($1 - $3):($2 - $4):(int($5)) with vectors nohead linewidth 1 \
        linecolor rgb variable
}
