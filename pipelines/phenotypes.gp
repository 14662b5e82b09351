# SPDX-License-Identifier: MIT
# GEP, GCVP and CLOGV, from dir/entropy.tsv, gcvp.tsv and clogv.tsv into dir/phenotypes.svg; below,
# how many types occur: GEP is a share of the logarithm of that, and jumps with it.
#     gnuplot -e "dir='out'" pipelines/phenotypes.gp         Variables: see style.gp.
name = 'phenotypes'
if (!exists('height')) height = 550
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/entropy.tsv'
eval marks
more = STATS_columns > 4 # not in older tables
set lmargin 9
if (more) {
    stats table using 5 name 'TYPES' nooutput
    set multiplot
    set size 1,0.7
    set origin 0,0.3
    unset xlabel
}
set ylabel 'GEP, GCVP, CLOGV'
set yrange [0:1]
plot table using 1:2 title 'GEP', \
     dir.'/gcvp.tsv' using 1:2 title 'GCVP', \
     dir.'/clogv.tsv' using 1:2 title 'CLOGV', \
     for [i=1:more] table using 1:3 linetype 6 title quantity('gep_living')
if (more) {
    set size 1,0.3
    set origin 0,0
    set xlabel 'generation'
    set ylabel 'types'
    set yrange [0:*]
    set ytics ceil(TYPES_max / 3.0)
    plot table using 1:5 linetype 7 title quantity('types')
    unset multiplot
}
