# SPDX-License-Identifier: MIT
# One measure of several runs, a panel for each column and a line for each run, from their tables:
#     gnuplot -e "tables='a.tsv b.tsv'" pipelines/compare.gp
# draws ./compare.svg. Variables: see style.gp, and
#   tables   files in dir, with the same columns
#   labels   a file with a name for each of them, one a line (the names of the files)
#   bands    1: they are of groups, and have for each column its mean between the ends of a band (0)
#   notes    a file with lines to stand below the plot
name = 'compare'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'reset.gp'
if (!exists('bands')) bands = 0
table = dir.'/'.word(tables, 1)
if (!exists('header')) { eval head }
of(c) = bands ? 3 * c : c + 1
panels = (words(header) - 1) / (bands ? 3 : 1)
across = ceil(sqrt(panels))
down = ceil(real(panels) / across)
eval take_notes
if (!exists('width')) width = panels == 1 ? 600 : 400 * across
if (!exists('height')) height = panels > 1 ? 280 * down \
    : 400 + 16 * note_lines + (bands && words(tables) > 4 ? 9 * words(tables) : 0)
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'
eval below

text = exists('labels') ? labels : ''
eval quote
label(i) = exists('labels') ? system('sed -n '.i.'p -- '.quoted) \
    : word(tables, i)[1:strlen(word(tables, i)) - 4]
column_name(c) = word(header, of(c))[1:strlen(word(header, of(c))) - 5 * bands] # without _mean
colour(i) = word(distinct, (i - 1) % words(distinct) + 1)
eval marks
set yrange [0:*]
if (panels > 1) { set multiplot layout down,across title title_above noenhanced font ',12' }
do for [c=1:panels] {
    set ylabel text_only ? column_name(c) : quantity(column_name(c)) noenhanced
    if (!bands) {
        plot for [i=1:words(tables)] dir.'/'.word(tables, i) using 1:c+1 \
            linetype (i - 1) % 7 + 1 linecolor rgb (i == 7 ? '#000000' : colour(i)) \
            title (c == 1 ? label(i) : '')
    } else {
        set key font ',12' width 1
        set style fill transparent solid 0.2 noborder
        plot for [i=1:words(tables) * !text_only] dir.'/'.word(tables, i) \
                 using 1:(column(of(c) - 1)):(column(of(c) + 1)) with filledcurves \
                 linecolor rgb colour(i) notitle, \
             for [i=1:words(tables) * single] dir.'/'.word(tables, i) using \
                 1:(column(of(c))):(column(of(c) - 1)):(column(of(c) + 1)) with yerrorbars \
                 linecolor rgb colour(i) notitle, \
             for [i=1:words(tables)] dir.'/'.word(tables, i) using 1:(column(of(c))) \
                 linetype (text_only ? i : 1) linecolor rgb colour(i) title (c == 1 ? label(i) : '')
    }
}
if (panels > 1) { unset multiplot }
