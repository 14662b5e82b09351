# SPDX-License-Identifier: MIT
# The combined count of RWSP and GHC colours and of genotypes, from dir/rwsp.tsv, ghc.tsv and
# census.tsv (with -e "census=0" without it) into dir/genotypes.svg.
#     gnuplot -e "dir='out'" pipelines/genotypes.gp          Variables: see style.gp.
name = 'genotypes'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'
if (!exists('census')) census = 1

table = dir.'/rwsp.tsv'
eval marks
set ylabel 'colours, genotypes'
set yrange [0:*]
plot table using 1:2 title quantity('rwsp'), \
     dir.'/ghc.tsv' using 1:2 title quantity('ghc'), \
     for [i=1:census] dir.(census ? '/census.tsv' : '/ghc.tsv') using 1:4 title 'genotypes'
