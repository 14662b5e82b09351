# SPDX-License-Identifier: MIT
# The plots of pipelines/questions, from the tables that it makes. Variables: see style.gp, and
#   question   1 to 5: dir/question1.png and so on
#   last       the last generation of the runs
name = 'questions'
format = 'png'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'reset.gp'
output = dir.'/question'.question.'.png'
height = question == 1 ? 400 : 600
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'
set terminal pngcairo size 1.2*width,1.2*height font 'sans-serif,11'
set style fill transparent solid 0.25 noborder
set yrange [0:*]
set lmargin 11
set key samplen 1

# Column c of tables over time: the mean in a band from the least to the greatest of all runs. Of a
# spread of tables, columns 3c - 4 to 3c - 2 are the least, the mean and the greatest of column c.
kinds = question < 3 ? '4 inf' : question == 3 ? '4 8 16 inf' : 'calm season'
file(i) = dir.'/'.word(kinds, i).'.'.table.'.tsv'
label(kind) = kind eq 'calm' ? 'budget 200' : kind eq 'season' ? 'with seasons' \
    : kind eq 'inf' ? 'no limit' : 'budget '.kind
panel = "plot for [i=1:words(kinds)] file(i) using 1:3*c-4:3*c-2 with filledcurves linetype i \
    notitle, for [i=1:words(kinds)] file(i) using 1:3*c-3 with lines linetype i title \
    (legend ? label(word(kinds, i)) : '')"
legend = 1

if (question == 1) {
    table = 'founders'
    c = 2
    set ylabel 'founders with descendants'
    eval panel
}
if (question == 2) {
    set multiplot layout 2,2
    set xtics last / 2
    set key font ',9'
    table = 'stats'
    c = 2
    set ylabel 'genotypes'
    eval panel
    legend = 0
    c = 7
    set ylabel 'diversity (generations)'
    eval panel
    c = 8
    set ylabel 'distance (generations)'
    eval panel
    table = 'measures'
    c = 2
    set ylabel 'entropy (GEP)'
    eval panel
    unset multiplot
}
if (question == 3) {
    set multiplot layout 2,1
    table = 'stats'
    c = 4
    set ylabel 'mutations'
    eval panel
    legend = 0
    table = 'measures'
    c = 10
    set ylabel 'genome deviation'
    eval panel
    unset multiplot
}
if (question == 4) {
    # d = exp(start + rate * t), printed and drawn
    twins(e) = dir.'/twins'.e.'.tsv'
    set fit quiet nolog errorvariables
    array start[17]
    array growth[17]
    set print '-'
    do for [e in '1 9 17'] {
        s = -8
        rate = 0.1
        stats twins(e) using ($1 >= 2 && $1 <= 20 && $6 > 0) name 'POINTS' nooutput
        if (POINTS_sum > 2) {
            fit [2:20] s + rate * x twins(e) using 1:($6 > 0 ? log($6) : NaN) via s, rate
            start[e + 0] = s
            growth[e + 0] = rate
            print sprintf('%s by %.3f ± %.3f', e, rate, rate_err)
        } else {
            start[e + 0] = NaN
            growth[e + 0] = NaN
            print e.' not at all'
        }
    }
    positive = 0
    do for [e in '1 9 17'] {
        stats twins(e) using ($6 > 0) name 'APART' nooutput
        positive = positive + APART_sum
    }
    set multiplot layout 2,1
    set logscale y
    set format y '10^{%T}'
    if (positive > 0) { set yrange [*:*] } else { set yrange [1e-7:1] }
    set ylabel 'mean distance of channels'
    plot for [i=1:3] twins(word('1 9 17', i)) using 1:6 with lines linetype i \
             title 'experiment '.word('1 9 17', i), \
         for [i=1:3] [2:20] exp(start[word('1 9 17', i) + 0] + growth[word('1 9 17', i) + 0] * x) \
             with lines linetype 7 linewidth 0.75 notitle
    unset logscale y
    unset format y
    set yrange [0:1]
    set ylabel 'share of pairs still apart'
    plot for [i=1:3] twins(word('1 9 17', i)) using 1:2 with lines linetype i notitle
    unset multiplot
}
if (question == 5) {
    set multiplot layout 2,1
    table = 'measures'
    c = 3
    set ylabel 'living cells'
    eval panel
    legend = 0
    c = 2
    set ylabel 'entropy (GEP)'
    eval panel
    unset multiplot
}
