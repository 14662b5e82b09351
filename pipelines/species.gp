# SPDX-License-Identifier: MIT
# Shares of the species (CNWA), stacked, from dir/cnwa.tsv into dir/species.svg; with
# dir/tracked.tsv (with -e "tracked=1"), made by nca-cnwa --track --carriers, those of carriers
# alone below.
#     gnuplot -e "dir='out'" pipelines/species.gp            Variables: see style.gp.
name = 'species'
if (!exists('tracked')) tracked = 0
if (!exists('height')) height = tracked ? 600 : 400
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

# Of k species, columns 2 to k + 1 hold the cells, the k after these the shares.
table = dir.'/cnwa.tsv'
eval marks
k = (STATS_columns - 1) / 2
set yrange [0:1]
set style fill solid
set key title 'species' left width 1
if (single) { set style data boxes; set boxwidth 1 } else { set style data filledcurves y1=0 }
if (tracked) { set multiplot layout 2,1 }
do for [panel=0:tracked] {
    if (panel) { table = dir.'/tracked.tsv' }
    set ylabel panel ? 'share of carriers' : 'share of all cells'
    plot for [s=k:1:-1] table using 1:(sum [i=1:s] column(1 + k + i)) linetype s notitle, \
         for [s=1:k] keyentry with boxes linetype s title sprintf('%d', s)
    set key notitle
}
if (tracked) { unset multiplot }
