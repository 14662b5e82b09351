# SPDX-License-Identifier: MIT
# The plots of nca-questions, from the tables that it makes. Variables: see style.gp, and
#   question   1 to 7: dir/question1.png and so on; 8: dir/landscape.png
#   last       the last generation of the runs, of the long ones long
name = 'questions'
format = 'png'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'reset.gp'
output = dir.(question == 8 ? '/landscape.png' : '/question'.question.'.png')
height = question == 6 ? 900 : 600
width = question == 2 || question == 4 || question > 5 && question < 8 ? 800 : 600
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'
set terminal pngcairo size 1.2*width,1.2*height font 'sans-serif,11'
set style fill transparent solid 0.3 noborder
set yrange [0:*]
set lmargin width == 800 ? 10 : 11
set key samplen 1

# Columns of tables over time, each with the ends of its interval beside it: a line in a band each
# kind of run. eval find: the columns of table for each of names, in at.
file(kind) = dir.'/'.kind.'.'.table.'.tsv'
label(kind) = kind eq 'calm' ? 'without seasons' : kind eq 'season' ? 'with seasons' \
    : kind eq 'inf' ? 'no limit' : kind eq 'ip' ? 'ip 0.5' : kind eq 'ppp' ? 'ppp 0.2' \
    : 'budget '.kind
find = "text = file(word(kinds, 1)); eval quote; header = system('head -n 1 -- '.quoted. \
    ' | cut -c 3- | tr \"\\t\" \" \"'); at = ''; do for [n=1:words(names)] { do for \
    [i=1:words(header)] { if (word(header, i) eq word(names, n).'_mean') { at = at.' '.i } } }"
panel = "eval find; set ylabel quantity(names); c = int(at); \
    plot for [i=1:words(kinds)] file(word(kinds, i)) using 1:c-1:c+1 with filledcurves linetype i \
    notitle, for [i=1:words(kinds)] file(word(kinds, i)) using 1:c with lines linetype i title \
    (legend ? label(word(kinds, i)) : '')"
columns = "eval find; plot for [n=1:words(names)] file(kinds) \
    using 1:int(word(at, n))-1:int(word(at, n))+1 with filledcurves linetype n notitle, \
    for [n=1:words(names)] file(kinds) using 1:int(word(at, n)) with lines linetype n title \
    quantity(word(names, n))"
legend = 1

if (question == 1) {
    set multiplot layout 2,1
    table = 'measures'
    kinds = '4'
    names = '0.0 0.6 0.7 0.8 0.9 1.0'
    eval counts
    set ylabel 'cells of each type, budget 4'
    eval columns
    unset nonlinear y
    set ytics autofreq
    set yrange [0:*]
    table = 'founders'
    kinds = '4 inf'
    names = 'clades'
    eval panel
    unset multiplot
}
if (question == 2) {
    set multiplot layout 2,2
    set xtics last / 2
    set key font ',9'
    table = 'measures'
    kinds = '4'
    names = 'ghc rwsp genotypes'
    set ylabel 'colours, genotypes, budget 4'
    eval columns
    kinds = '4 inf'
    names = 'collisions'
    set yrange [0:1]
    eval panel
    set yrange [0:*]
    legend = 0
    table = 'stats'
    names = 'diversity'
    eval panel
    names = 'distance'
    eval panel
    unset multiplot
}
if (question == 3) {
    set multiplot layout 2,1
    kinds = '4 8 16 inf'
    table = 'stats'
    names = 'depth_mean'
    eval panel
    legend = 0
    table = 'measures'
    names = 'genome_sd_carriers'
    eval panel
    unset multiplot
}
if (question == 4) {
    set multiplot layout 2,2
    set xtics last / 2
    set key font ',9'
    set key maxrows 2
    kinds = '4 inf ip ppp'
    table = 'measures'
    do for [q in 'gep gcvp clogv gep_living'] {
        names = q
        if (q eq 'clogv') { set yrange [0:*] } else { set yrange [0:1] }
        eval panel
        legend = 0
    }
    unset multiplot
}
if (question == 5) {
    twins(e) = dir.'/twins'.e.'.tsv'
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
    plot for [i=1:3] twins(word('1 9 17', i)) using 1:($6 > 0 ? $6 : NaN) with lines linetype i \
             title 'experiment '.word('1 9 17', i)
    unset logscale y
    unset format y
    set yrange [0:1]
    set ylabel 'share of pairs still apart'
    plot for [i=1:3] twins(word('1 9 17', i)) using 1:2:4 with filledcurves linetype i notitle, \
         for [i=1:3] twins(word('1 9 17', i)) using 1:3 with lines linetype i notitle
    unset multiplot
}
if (question == 6) {
    set multiplot layout 1,4
    set xlabel 'omega'
    set xrange [0.7:1.3]
    set xtics 0.2
    set grid noytics
    set arrow 1 from 1, graph 0 to 1, graph 1 nohead linecolor '#a0a0a0' dashtype 2 back
    set bars 0
    set yrange [41:0]
    unset key
    titles = '"experiment 1" "experiment 2" "experiment 9" "experiment 17"'
    do for [i=1:4] {
        table = word('4 2 ip inf', i).'.fate.tsv'
        set lmargin at screen 0.12 + 0.22 * (i - 1)
        set rmargin at screen 0.12 + 0.22 * (i - 1) + 0.2
        set title word(titles, i)
        if (i == 1) { set ytics 1 font ',8' } else { unset ytics }
        plot for [n=1:i == 1] dir.'/'.table using 4:1:ytic(2) with points pointtype -1, \
             dir.'/'.table using 7:($1 + 0.25):6:8 with xerrorbars linecolor '#b0b0b0' \
                 pointtype 7 pointsize 0.3, \
             '' using 4:($1 - 0.1):3:5 with xerrorbars linecolor '#404040' pointtype 7 \
                 pointsize 0.4, \
             '' using ($9 == 1 ? $4 : NaN):($1 - 0.1):3:5 with xerrorbars linetype 2 linewidth 3 \
                 pointsize 0.8
    }
    unset multiplot
}
if (question == 7) {
    set multiplot layout 3,3 margins 0.13,0.97,0.11,0.92 spacing 0.075,0.07
    set xrange [0:0.9 * long]
    set xtics long / 2
    set tics font ',9'
    set key inside top right font ',9'
    colour(i) = i == 1 ? '#808080' : word(distinct, 1)
    table = 'modes'
    array named[3] = ['excess of activity', 'lines that persist', 'new components']
    do for [row=1:3] {
        names = word('excess lines novelty', row)
        do for [e in '1 9 17'] {
            kinds = 'blind-long'.e.' long'.e
            eval find
            c = int(at)
            if (row == 1) { set title 'experiment '.e } else { unset title }
            if (row == 1) { set yrange [0.9:1.1]; set ytics 0.1 } \
            else { set yrange [0:1<*]; set ytics autofreq }
            set ylabel (e eq '1' ? named[row] : '') font ',9'
            set xlabel (row == 3 ? 'generation' : '')
            plot 0 with lines linecolor '#606060' notitle, \
                 for [i=1:2] file(word(kinds, i)) using 1:c-1:c+1 with filledcurves \
                     linecolor rgb colour(i) notitle, \
                 for [i=1:2] file(word(kinds, i)) using 1:c with lines \
                     linecolor rgb colour(i) title (row > 1 || e ne '1' ? '' \
                         : i == 1 ? 'no selection' : 'selection')
        }
    }
    unset multiplot
}
if (question == 8) {
    set multiplot layout 2,1
    kinds = 'calm season'
    table = 'measures'
    names = 'alive'
    eval panel
    legend = 0
    names = 'gep'
    set yrange [0:1]
    eval panel
    unset multiplot
}
