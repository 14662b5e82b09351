# SPDX-License-Identifier: MIT
# Hill numbers of four groups of kinds, from dir/hill.tsv into dir/hill.svg.
#     gnuplot -e "dir='out'" pipelines/hill.gp               Variables: see style.gp.
name = 'hill'
if (!exists('height')) height = 800
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/hill.tsv'
eval marks
stats table using 17 name 'TYPES' nooutput
set lmargin 10
set multiplot layout 4,1
unset xlabel
eval tens
set key enhanced
do for [group=0:3] {
    if (group == 3) {
        set xlabel 'generation'
        unset nonlinear y
        set ytics ceil((TYPES_max + 1) / 4.0)
    }
    set ylabel word('genotypes clades colours types', group + 1)
    plot for [i=0:3] table using 1:2+5*group+i title word('D_0 D_1 D_2 D_{inf}', i + 1)
    set key off
}
unset multiplot
