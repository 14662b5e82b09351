# SPDX-License-Identifier: MIT
# GEP, GCVP and CLOGV, from dir/entropy.tsv, gcvp.tsv and clogv.tsv into dir/phenotypes.svg.
#     gnuplot -e "dir='out'" pipelines/phenotypes.gp         Variables: see style.gp.
name = 'phenotypes'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/entropy.tsv'
eval marks
set ylabel 'GEP, GCVP, CLOGV (no unit)'
set yrange [0:1]
plot table using 1:2 title 'GEP', \
     dir.'/gcvp.tsv' using 1:2 title 'GCVP', \
     dir.'/clogv.tsv' using 1:2 title 'CLOGV'
