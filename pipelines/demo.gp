# SPDX-License-Identifier: MIT
# The first plot of the demo, as text: of census.tsv
load ARG0[1:strlen(ARG0) - strlen('demo.gp')].'reset.gp'
set terminal dumb size 78,20
set datafile separator tab
set border 3
set tics nomirror
set xlabel 'generation'
set key above Left reverse
set autoscale xfix
set yrange [0:*]
plot 'census.tsv' using 1:2 with lines title 'living cells', \
     '' using 1:4 with lines title 'different genomes among them'
