# SPDX-License-Identifier: MIT
# The genomes of one generation on their two principal components, by species, from dir/scatter.tsv
# (nca-cnwa --scatter G --tsv) into dir/scatter.svg; the larger a point, the more cells carry it.
#     gnuplot -e "dir='out'" pipelines/scatter.gp            Variables: see style.gp.
name = 'scatter'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/scatter.tsv'
stats table using 4 nooutput
species = STATS_max
stats table using 7 name 'FIRST' nooutput
stats table using 8 name 'SECOND' nooutput
set xlabel sprintf('principal component 1 (%.1f %% of the variance)', 100 * FIRST_max)
set ylabel sprintf('principal component 2 (%.1f %%)', 100 * SECOND_max)
set autoscale x
set key title 'species' left width 1
stats table using ($6 > 0) name 'GENOMES' nooutput
if (GENOMES_sum == 0) {
    set xrange [-1:1]
    set yrange [-1:1]
    set label 'no genomes' at graph 0.5,0.5 center
}
size(cells) = cells < 400 ? 0.25 + 0.06 * sqrt(cells) : 1.45
plot for [s=1:species] table using 2:($4 == s && $6 > 0 ? $3 : NaN):(size($5)) \
         with points linetype s pointsize variable notitle, \
     for [s=1:species] keyentry with points linetype s title sprintf('%d', s)
