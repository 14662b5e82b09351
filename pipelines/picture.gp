# SPDX-License-Identifier: MIT
# A picture as nca-render writes it, PICTURE.ppm, as page/PICTURE.png: pixel by pixel with a frame
# of one pixel; of a large one each second, or third, so that gnuplot needs less memory.
# Variables: picture; width and height, its pixels
load ARG0[1:strlen(ARG0) - strlen('picture.gp')].'reset.gp'
head = strlen(sprintf("P6\n%d %d\n255\n", width, height))
step = int((width > height ? width : height) / 2000) + 1
columns = (width + step - 1) / step
rows = (height + step - 1) / step
set terminal pngcairo size columns + 2,rows + 2 enhanced font 'sans-serif,12' fontscale 1 \
    linewidth 1 butt color dashlength 1 nocrop notransparent background '#262626'
set output 'page/'.picture.'.png'
set lmargin at screen 0
set rmargin at screen 1
set bmargin at screen 0
set tmargin at screen 1
unset key
unset border
unset tics
unset colorbox
set xrange [0:step * columns]
set yrange [0:step * rows]
plot picture.'.ppm' binary array=(width,height) skip=head origin=(step / 2.0,step / 2.0) flipy \
    format='%uchar' every step:step using 1:2:3 with rgbimage
