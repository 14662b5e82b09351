# SPDX-License-Identifier: MIT
# Muller plot of clades, from dir/muller.tsv, made by nca-species --muller, into dir/muller.svg. The
# largest is on top; half of the others lies above it, half below the smallest.
#     gnuplot -e "dir='out'" pipelines/muller.gp             Variables: see style.gp.
name = 'muller'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/muller.tsv'
eval marks
eval head
clades = STATS_columns - 2
do for [i=1:clades] { set linetype i linecolor rgb word(distinct, i) linewidth 1 }
set linetype clades + 1 linecolor rgb '#d8d8d8' linewidth 1
set linetype cycle clades + 1
set yrange [0:1]
set ylabel 'share of carriers'
set style fill solid
if (single) { set style data boxes; set boxwidth 1 } else { set style data filledcurves y1=0 }
# Up to clade i, from below, with half of the others
upto(i) = $2 / 2 + (i > clades ? 0 : sum [j=i:clades] column(2 + j))
named = clades < 5 ? clades : 5
set key title 'descendants of genotype' left
plot table using 1:($2 + (clades ? sum [j=1:clades] column(2 + j) : 0)) linetype clades + 1 \
         notitle, \
     for [i=1:clades] table using 1:(upto(i)) linetype i notitle, \
     table using 1:($2 / 2) linetype clades + 1 notitle, \
     for [i=1:named] keyentry with boxes linetype i title word(header, 2 + i), \
     keyentry with boxes linetype clades + 1 title 'others'
