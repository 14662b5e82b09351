# SPDX-License-Identifier: MIT
# How twins drift apart, from dir/sensitivity.tsv, as nca-sensitivity prints it, and from the
# tables of the pairs, dir/1.tsv and so on, into dir/sensitivity.svg. Variables: see style.gp, and
#   pairs      how many there are (0: the means alone)
#   from, to   generations that the growth is fitted in (2, 20)
name = 'sensitivity'
if (!exists('height')) height = 600
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'
if (!exists('pairs')) pairs = 0
if (!exists('from')) from = 2
if (!exists('to')) to = 20

# The mean distance over all pairs, d = exp(start + rate * t), where it is not 0.
table = dir.'/sensitivity.tsv'
set fit quiet nolog
start = -8
rate = 0.1
stats table using ($1 >= from && $1 <= to && $6 > 0) name 'POINTS' nooutput
if (POINTS_sum > 2) {
    fit [from:to] start + rate * x table using 1:($6 > 0 ? log($6) : NaN) via start, rate
    growth = sprintf('rate of its log, %d to %d: %.3f', from, to, rate)
} else {
    growth = 'no growth to fit'
}
stats table using ($6 > 0) name 'APART' nooutput
set lmargin 11
set multiplot layout 2,1
unset xlabel
set logscale y
if (APART_sum > 0) { set yrange [1e-7:*] } else { set yrange [1e-7:1] }
set format y '10^{%T}'
set ylabel 'distance of channels'
plot for [i=1:pairs] dir.'/'.i.'.tsv' using 1:($5 > 0 ? $5 : NaN) with lines \
         linecolor '#c8c8c8' linewidth 0.75 notitle, \
     table using 1:($6 > 0 ? $6 : NaN) with lines linetype 1 title 'mean of all pairs', \
     [from:to] POINTS_sum > 2 ? exp(start + rate * x) : NaN with lines linetype 2 \
         linewidth 2 title growth
unset logscale y
unset format y
set xlabel 'generation'
set ylabel 'share of pairs'
set yrange [0:1]
plot table using 1:2 with lines linetype 1 title 'still apart'
unset multiplot
