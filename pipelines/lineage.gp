# SPDX-License-Identifier: MIT
# Statistics of the tree of genotypes, from dir/lineage.tsv, made by nca-lineage --stats, into
# dir/lineage.svg.
#     gnuplot -e "dir='out'" pipelines/lineage.gp            Variables: see style.gp.
name = 'lineage'
if (!exists('height')) height = 800
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/lineage.tsv'
eval marks
set lmargin 10
set multiplot layout 3,1
unset xlabel
eval tens
set ylabel 'genotypes'
plot table using 1:2 title 'genotypes', \
     table using 1:3 title 'ancestors', \
     table using 1:9 title 'founders'
unset nonlinear y
set ytics autofreq
set ylabel 'births'
plot table using 1:5 title 'greatest depth', table using 1:4 title 'mean depth'
eval tens
set xlabel 'generation'
set ylabel 'generations'
plot table using 1:7 title 'branches', \
     table using 1:8 title 'distance', \
     table using 1:6 title 'common ancestor'
unset multiplot
