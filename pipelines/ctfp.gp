# SPDX-License-Identifier: MIT
# Cell types (CTFP), from dir/ctfp.tsv into dir/ctfp.svg. Variables: see style.gp.
#     gnuplot -e "dir='out'" pipelines/ctfp.gp
name = 'ctfp'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/ctfp.tsv'
eval marks
levels = STATS_columns - 2
eval counts
set ylabel 'cells of the type'
set cblabel 'cell type (alpha, rounded)'
set palette maxcolors levels + 1
set cbrange [-0.5/levels : 1 + 0.5/levels]
set cbtics 0.2
set key off
plot for [i=0:levels] table using 1:i+2:(real(i)/levels) linewidth 1.5 palette
