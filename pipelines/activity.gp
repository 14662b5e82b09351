# SPDX-License-Identifier: MIT
# Evolutionary activity beside that of the neutral shadow, from dir/activity.tsv into
# dir/activity.svg.
#     gnuplot -e "dir='out'" pipelines/activity.gp           Variables: see style.gp.
name = 'activity'
if (!exists('height')) height = 700
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/activity.tsv'
eval marks
stats table using 2 name 'LIVING' nooutput
set lmargin 10
set linetype 8 linecolor '#b0b0b0' linewidth 3 pointtype 7
set multiplot layout 3,1
unset xlabel
if (LIVING_max > 0) { set yrange [0:*] } else { set yrange [0:1] }
set ylabel 'mean activity'
plot table using 1:9 linetype 8 title 'neutral shadow', table using 1:4 linetype 1 title 'run'
set key off
set ylabel 'new activity'
plot table using 1:11 linetype 8, table using 1:6 linetype 1
set xlabel 'generation'
set ylabel 'run / shadow'
if (LIVING_max > 0) { set yrange [0 : 1.5 < *] }
plot table using 1:($12 == $12 ? 1 : NaN) linetype 8, table using 1:12 linetype 1
unset multiplot
