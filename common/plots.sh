#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the C source of common/plots.h, so that what the gnuplot files and the programs share is
# written once, in pipelines/{settings,display,palette}.gp: common/plots.sh > build/plots.c
set -eu
cd "$(dirname "$0")/../pipelines"

# string NAME: the lines on standard input, without comments.
string() {
    echo "const char $1[] ="
    sed -e '/^#/d' -e '/^$/d' -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/'
    echo "    ;"
}

echo '/* Made by common/plots.sh. */'
echo '#include "common/colormap.h"'
echo '#include "common/plots.h"'
string plot_settings <settings.gp
string plot_display <display.gp
grep '^set palette' palette.gp | string plot_cell_types
echo 'const uint32_t distinct_colours[DISTINCT] = {'
sed -n '/^distinct = /,/[^\\]$/p' palette.gp | grep -o '#[0-9a-f]*' | sed 's/#\(.*\)/    0x\1,/'
echo '};'
