# SPDX-License-Identifier: MIT
# Cell types (CTFP), from dir/ctfp.tsv into dir/ctfp.svg. Variables: see style.gp.
#     gnuplot -e "dir='out'" pipelines/ctfp.gp
name = 'ctfp'
load ARG0[1:strlen(ARG0) - strlen(name) - 3].'style.gp'

table = dir.'/ctfp.tsv'
eval marks
levels = STATS_columns - 2
rows = STATS_records
eval counts
set ylabel 'cells of the type'
set cbrange [0:1]
if (levels == 10) {
    # Marked by their decimals, as neighbours are alike in colour and often in number; those that
    # never occur are left out.
    kept = ''
    do for [i=0:10] {
        stats table using (column(i + 2)) nooutput
        if (STATS_max > 0) { kept = kept.' '.i }
    }
    mark(i) = '0123456789X'[i + 1:i + 1]
    step = ceil(rows / 10.0)
    unset colorbox
    plot for [i in kept] table using 1:(column(i + 2)) linewidth 1.5 \
             linecolor palette cb i / 10.0 notitle, \
         for [i in kept] table every step::int(step * (i + 1) / 12) \
             using 1:(column(i + 2) > 0 ? column(i + 2) : NaN) \
             with points pointtype mark(i) linecolor palette cb i / 10.0 notitle, \
         for [i in kept] keyentry with linespoints linewidth 1.5 pointtype mark(i) \
             linecolor palette cb i / 10.0 title sprintf('%.1f', i / 10.0)
} else {
    set cblabel 'cell type (alpha, rounded)'
    set palette maxcolors levels + 1
    set cbrange [-0.5/levels : 1 + 0.5/levels]
    set cbtics 0.2
    set key off
    plot for [i=0:levels] table using 1:i+2:(real(i)/levels) linewidth 1.5 palette
}
