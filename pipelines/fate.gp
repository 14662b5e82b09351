# SPDX-License-Identifier: MIT
# Forest plot of the fate of births, from dir/fate.tsv, made by nca-fate, into dir/fate.svg.
#     gnuplot -e "dir='out'" pipelines/fate.gp               Variables: see style.gp.
# What selection acts on stands out: a p-value below 0.05, divided by the number of weights.
name = 'fate'
if (!exists('height')) height = 820
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/fate.tsv'
stats table using 4 nooutput
weights = int(STATS_records)
marked(z) = z < 0.05 / weights
low = '($6-1.96*$7)'
high = '($6+1.96*$7)'
set key off
set xlabel 'births that persist, per birth expected (omega)'
set xrange [0 < * < 0.95 : 1.05 < * < 3]
set yrange [weights:-1]
set offsets graph 0.03, graph 0.03, 0, 0
set grid noytics
set border 1
set ytics scale 0 font ',12' noenhanced
set arrow 1 from 1,graph 0 to 1,graph 1 nohead linecolor '#606060'
set errorbars small
# Of many weights, only those that stand out have a name.
names = '(1):0:ytic(stringcolumn(3))'
if (weights > 60) { unset ytics; set lmargin 4; names = '(1):0' }
plot table using @names with dots linecolor 'white', \
     table using (marked($9) ? NaN : $6):0:@low:@high with xerrorbars \
         linecolor '#808080' pointtype 7 pointsize 0.6, \
     table using (marked($9) ? $6 : NaN):0:@low:@high with xerrorbars \
         linetype 2 linewidth 3 pointtype 7 pointsize 1.2, \
     table using (marked($9) && $6 < 1 ? $6+1.96*$7 : NaN):0:3 with labels noenhanced \
         left offset 0.7,0 textcolor linetype 2, \
     table using (marked($9) && $6 >= 1 ? $6-1.96*$7 : NaN):0:3 with labels noenhanced \
         right offset -0.7,0 textcolor linetype 2
