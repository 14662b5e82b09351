# SPDX-License-Identifier: MIT
# The panels of README.md's pictures, for draw.py: of 150x100 cells. Variables:
# name, across; for a panel $cells, view.
load ARG0[1:strlen(ARG0) - strlen('gallery/draw.gp')].'palette.gp'
rows = name eq 'life.png' ? 2 : 3
set encoding utf8
set terminal pngcairo size 1400,rows * 480 font 'sans-serif,24' linewidth 1.5 background 'white'
set output name
unset key
at = 0
set border 31 linecolor '#606060'
set tics out nomirror scale 0.5
set xtics 50
set ytics 50
set xrange [-0.5:149.5]
set yrange [99.5:-0.5]
set title offset 0,-0.6 noenhanced
set xlabel 'column' offset 0,0.7
set multiplot layout rows,across margins char 6.5, char 10.5, char 3.6, char 2 \
    spacing char 15.5, char 5.2
colours = "set palette defined (0 'white'"
do for [i=1:31] { colours = colours.sprintf(", %d '%s'", i, word(distinct, i)) }
colours = colours.", 32 '#b0b0b0') maxcolors 33; set cbrange [-0.5:32.5]; unset colorbox; \
    set label 1 \"a colour:\\none founder\\nwith its\\noffspring\\n\\nwhite:\\nno genome\" \
    at graph 1.03,0.93"
magma = "set palette defined (0 '#000004', 1 '#1c1044', 2 '#4f127b', 3 '#812581', 4 '#b5367a', \
    5 '#e55964', 6 '#fb8761', 7 '#fec287', 8 '#fcfdbf') maxcolors 0; set colorbox; \
    unset label 1"
panel(title) = "set title '".title."'; eval (view eq 'clades' ? colours : magma); \
    if (view eq 'alpha') {set cbrange [0:1]; set cblabel 'alpha' offset 0.5,0}; \
    if (view eq 'ages') {set cbrange [0:*]; set cblabel 'age, generations' offset 0.5,0}; \
    if (at % across == 0) {set ylabel 'row' offset 1.8,0} else {unset ylabel}; at = at + 1; \
    plot $cells matrix with image"
