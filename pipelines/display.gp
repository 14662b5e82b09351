# SPDX-License-Identifier: MIT
# gnuplot's own terminal, the one for plots that go into no file: if that is a window but there is
# no display, or if there is none, it is text, of the size in text_size. The programs print this,
# too.
windows = strstrt('qt wxt x11', GPVAL_TERM) > 0
display = system('echo "$DISPLAY$WAYLAND_DISPLAY"') ne ''
if (GPVAL_TERM eq 'unknown' || (windows && !display)) { eval 'set terminal dumb '.text_size } \
else { if (windows) { eval 'set terminal '.GPVAL_TERM.' persist' } }
