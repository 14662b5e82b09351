/* SPDX-License-Identifier: MIT */
#include "bin-src/measure_plots.h"

const char ctfp_marked_plot[] =
    "unset colorbox\n"
    "%sset cbrange [0:1]\nkept = ''\nrows = 1\n"
    "do for [i=0:10] { stats $ctfp using (column(i+2)) nooutput; rows = STATS_records; \\\n"
    "    if (STATS_max > 0) { kept = kept.' '.i } }\n"
    "step = ceil(rows / 10.0)\n"
    "scale log 2:12\n"
    "plot for [i in kept] $ctfp using 1:(column(i+2)) with lines linewidth 1.5 \\\n"
    "         linecolor palette cb i/10.0 notitle, \\\n"
    "     for [i in kept] $ctfp every step::int(step*(i+1)/12) using 1:(column(i+2)) with points "
    "\\\n"
    "         pointtype '0123456789X'[i+1:i+1] pointsize 1.2 \\\n"
    "         linecolor palette cb i/10.0 notitle, \\\n"
    "     for [i in kept] keyentry with linespoints linewidth 1.5 pointsize 1.2 \\\n"
    "         pointtype '0123456789X'[i+1:i+1] \\\n"
    "         linecolor palette cb i/10.0 title sprintf('%%.1f', i/10.0)\n";

const char ctfp_scale_plot[] =
    "scale log 2:%u\nset key off\nset cblabel 'cell type'\n"
    "%s"
    "set cbrange [0:1]\n"
    "plot for [i=0:%u] $ctfp using 1:i+2:(i/%u.0) with lines linewidth 1.5 palette\n";

const char ghc_plot[] =
    "set multiplot layout 2,1\nset lmargin 10\nset key off\nunset xlabel\n"
    "scale 2:2\nplot $ghc using 1:2 with lines linewidth 1.5\n"
    "unset title\nset xlabel 'generation'\nset ylabel 'collisions'\n"
    "scale 3:3\nset yrange [0:1]\nplot $ghc using 1:3 with lines linewidth 1.5\n"
    "unset multiplot\n";

const char census_plot[] =
    "set multiplot layout 2,1\nset lmargin 10\nunset xlabel\n"
    "scale 2:6\n"
    "plot $census using 1:2 with lines linewidth 1.5 title 'living cells', \\\n"
    "     $census using 1:3 with lines linewidth 1.5 title 'carriers', \\\n"
    "     $census using 1:4 with lines linewidth 1.5 title 'genotypes', \\\n"
    "     $census using 1:5 with lines linewidth 1.5 title 'births', \\\n"
    "     $census using 1:6 with lines linewidth 1.5 title 'deaths'\n"
    "unset title\n"
    "set xlabel 'generation'\nset ylabel 'generations; deviation'\n"
    "scale 7:9\n"
    "plot $census using 1:7 with lines linewidth 1.5 title 'mean age of the living', \\\n"
    "     $census using 1:8 with lines linewidth 1.5 title 'deviation of alpha', \\\n"
    "     $census using 1:9 with lines linewidth 1.5 title 'deviation of the genomes'\n"
    "unset multiplot\n";
