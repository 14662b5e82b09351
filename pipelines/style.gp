# What the plots in this folder share. Each sets its name and loads this. To be set before, as in
#     gnuplot -e "dir='out'; format='png'" pipelines/genotypes.gp
#   dir      where the tables are, and where the plot goes (.)
#   format   svg, png or pdf; plot: gnuplot's own terminal, or text where there is no display (svg)
#   output   the file to write (dir/NAME.FORMAT)
#   width, height   in pixels of the screen, whatever the format (600 by 400)
load ARG0[1:strlen(ARG0) - strlen('style.gp')].'reset.gp'
if (!exists('format')) format = 'svg'
if (!exists('output')) output = dir.'/'.name.'.'.format
if (!exists('width')) width = 600
if (!exists('height')) height = 400

# Large type on a small sheet: it is still read when a telephone shrinks the plot to its width. All
# options of the terminals, as gnuplot keeps those of an earlier command.
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
    windows = strstrt('qt wxt x11', GPVAL_TERM) > 0
    display = system('echo "$DISPLAY$WAYLAND_DISPLAY"') ne ''
    if (GPVAL_TERM eq 'unknown' || (windows && !display)) {
        set terminal dumb
    } else {
        if (windows) { eval 'set terminal '.GPVAL_TERM.' persist' }
    }
} else {
    set output output
}

# Colours that colour-blind readers can distinguish, as in the programs: Wong, "Points of view: color
# blindness", Nature Methods 8, 2011.
set linetype 1 linecolor '#0072b2' linewidth 1.5 pointtype 7
set linetype 2 linecolor '#d55e00' linewidth 1.5 pointtype 5
set linetype 3 linecolor '#009e73' linewidth 1.5 pointtype 9
set linetype 4 linecolor '#cc79a7' linewidth 1.5 pointtype 13
set linetype 5 linecolor '#e69f00' linewidth 1.5 pointtype 11
set linetype 6 linecolor '#56b4e9' linewidth 1.5 pointtype 15
set linetype 7 linecolor '#000000' linewidth 1.5 pointtype 7
set linetype cycle 7

set datafile separator tab
set border 3 linecolor '#606060'
set tics nomirror textcolor '#000000'
set grid linecolor '#d8d8d8' linewidth 0.75
set key above left Left reverse horizontal samplen 1.5 noenhanced
set autoscale xfix
set xlabel 'generation'

# eval marks: lines, or points where table has one generation alone, of which no line can be drawn.
marks = "stats table using 1 nooutput; single = STATS_records == 1; \
    if (single) { set style data points; set pointsize 1; set xtics (STATS_min); \
    set xrange [STATS_min - 1 : STATS_max + 1] } else { set style data lines }"

# eval counts: an axis on which 1 and 10000 are both seen, and 0 has its place.
counts = "set nonlinear y via log10(1 + y) inverse 10**y - 1; set yrange [0:*]; \
    set ytics ('0' 0, '1' 1, '10' 10, '100' 100, '1000' 1000, '10 000' 1e4, '100 000' 1e5, \
    '10^6' 1e6, '10^7' 1e7, '10^8' 1e8, '10^9' 1e9)"
