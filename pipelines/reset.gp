# SPDX-License-Identifier: MIT
# What comes first in every plot of this folder: settings from ~/.gnuplot or of another plot are
# undone, and dir gets its default.
load ARG0[1:strlen(ARG0) - strlen('reset.gp')].'settings.gp'
do for [i=1:8] { set linetype i linewidth 1 dashtype solid pointtype i pointsize default }
do for [i=9:1001] { unset linetype i }
set linetype 8 linecolor 'black'

# gnuplot takes names that begin with < or $ for a command or a block.
if (!exists('dir')) dir = '.'
if (strstrt('/.~', dir[1:1]) == 0) { dir = './'.dir }

# eval quote: text, as a word for the shell in quoted.
quote = "quoted = \"'\"; do for [i=1:strlen(text)] { quoted = quoted.(text[i:i] eq \"'\" ? \
    \"'\\\\''\" : text[i:i]) }; quoted = quoted.\"'\""
# eval head: the names of the columns of table in header.
head = "text = table; eval quote; header = system('head -n 1 -- '.quoted.' | cut -c 3-')"
# eval take_notes: notes, the name of a file, becomes its text, of note_lines lines.
take_notes = "text = exists('notes') ? notes : '/dev/null'; eval quote; \
    notes = system('cat -- '.quoted); note_lines = int(system('wc -l <'.quoted))"
