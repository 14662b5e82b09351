# SPDX-License-Identifier: MIT
# The census in three panels, from dir/census.tsv into dir/census.svg. Variables: see style.gp.
#     gnuplot -e "dir='out'" pipelines/census.gp
name = 'census'
if (!exists('height')) height = 900
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/census.tsv'
eval marks
columns = STATS_columns < 10 ? 9 : 10
set lmargin 10
set multiplot layout 3,1
unset xlabel
eval tens
set ylabel 'cells, genotypes'
plot for [i=2:6] table using 1:i \
     title quantity(word('alive genomes genotypes births deaths', i - 1))
unset nonlinear y
set ytics autofreq
set ylabel 'generations'
set yrange [0:*]
plot table using 1:7 title quantity('mean_age')
set xlabel 'generation'
set ylabel 'standard deviation'
plot table using 1:8 title quantity('cell_sd'), \
     table using 1:9 title quantity('genome_sd'), \
     for [i=10:columns] table using 1:i title quantity('genome_sd_carriers')
unset multiplot
