# SPDX-License-Identifier: MIT
# What the plots in this folder share: each sets its name and loads this. Variables, as in
#     gnuplot -e "dir='out'; format='png'" pipelines/genotypes.gp
#   dir      where the tables are, and where the plot goes (.)
#   format   svg, png or pdf; plot: gnuplot's own terminal, or text where there is no display (svg)
#   output   the file to write (dir/NAME.FORMAT)
#   width, height   in pixels of the screen, whatever the format (600 by 400)
folder = ARG0[1:strlen(ARG0) - strlen('style.gp')]
load folder.'reset.gp'
if (!exists('format')) format = 'svg'
if (!exists('output')) output = dir.'/'.name.'.'.format
if (!exists('width')) width = 600
if (!exists('height')) height = 400

# Large type on a small sheet, so that it can be read on a telephone. Terminals get all their
# options, as gnuplot keeps those of an earlier command.
if (format eq 'svg') {
    set terminal svg size width,height dynamic enhanced font 'sans-serif,15' fontscale 1 \
        linewidth 1 butt dashlength 1 solid standalone name 'gnuplot' background 'white'
}
if (format eq 'png') {
    set terminal pngcairo size 2*width,2*height enhanced font 'sans-serif,15' fontscale 1.6 \
        linewidth 2 pointscale 2 butt color dashlength 1 nocrop notransparent background 'white'
}
if (format eq 'pdf') {
    set terminal pdfcairo size (width/40.0)cm,(height/40.0)cm enhanced font 'sans-serif,11' \
        fontscale 0.5 linewidth 1 pointscale 1 butt color dashlength 1 transparent nobackground
}
if (format eq 'plot') {
    text_size = ''
    load folder.'display.gp'
} else {
    set output output
}

# Each colour has its own point; the seventh is black.
load folder.'palette.gp'
points = '7 5 9 13 11 15 7'
do for [i=1:7] {
    set linetype i linecolor rgb word(distinct, i) linewidth 1.5 pointtype int(word(points, i))
}
set linetype 7 linecolor '#000000'
set linetype cycle 7

set datafile separator tab
set border 3 linecolor '#606060'
set tics nomirror textcolor '#000000'
set grid linecolor '#d8d8d8' linewidth 0.75
set key above left Left reverse horizontal samplen 1.5 noenhanced
set autoscale xfix
set xlabel 'generation'

# eval marks: lines, or points if table has a single generation, as that makes no line.
marks = "stats table using 1 nooutput; single = STATS_records == 1; \
    if (single) { set style data points; set pointsize 1; set xtics (STATS_min); \
    set xrange [STATS_min - 1 : STATS_max + 1] } else { set style data lines }"

# eval counts: an axis that shows 0 as well as 1 and 10000.
counts = "set nonlinear y via log10(1 + y) inverse 10**y - 1; set yrange [0:*]; \
    set ytics ('0' 0, '1' 1, '3' 3, '10' 10, '30' 30, '100' 100, '300' 300, '1000' 1000, \
    '3000' 3000, '10 000' 1e4, '30 000' 3e4, '100 000' 1e5, '10^6' 1e6, '10^7' 1e7, '10^8' 1e8, \
    '10^9' 1e9)"
# eval tens: the same in a small panel.
tens = counts."; set ytics ('0' 0, '10' 10, '100' 100, '1000' 1000, '10 000' 1e4, \
    '100 000' 1e5, '10^6' 1e6, '10^7' 1e7, '10^8' 1e8, '10^9' 1e9)"

# quantity(COLUMN): what a column of a table holds, in the same words in every plot.
quantities = '|gep=global entropy (GEP)|gep_living=GEP of the living\
|gcvp=gross cell variance (GCVP)\
|clogv=local organisation (CLOGV)|h=entropy of the types (bits)|types=types that occur\
|ghc=GHC colours|collisions=collisions of GHC|rwsp=RWSP colours|alive=living cells\
|genomes=carriers|genotypes=genotypes|mean_age=mean age of the living|cell_sd=deviation of alpha\
|genome_sd=deviation of the genomes|genome_sd_carriers=deviation of genomes carried\
|clades=founders with descendants|depth_mean=mutations since the founder\
|diversity=branches (generations)|distance=distance (generations)\
|genotypes_d1=effective number of genotypes|excess=excess activity\
|join=neighbours of one genotype|'
behind(text, mark) = text[strstrt(text, mark) + strlen(mark) : *]
until(text, mark) = text[1 : strstrt(text, mark) - 1]
quantity(c) = strstrt(quantities, '|'.c.'=') ? until(behind(quantities, '|'.c.'='), '|') : c

text_only = GPVAL_TERM eq 'dumb'
# eval below: the lines of the file notes below the plot, or above several; sets title_above.
below = "title_above = notes; if (panels == 1 && notes ne '') { \
    step = text_only ? 1 : 0.75; set bmargin 3.2 + step * note_lines; \
    set label 9 notes noenhanced font ',11' at character 1, character step * (note_lines - 0.4) }"
