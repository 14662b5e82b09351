#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes common/font.c out of the packages xfonts-base and pcf2bdf: common/font.sh > common/font.c
set -eu
font=${1:-/usr/share/fonts/X11/misc/6x13.pcf.gz}
cat <<'END'
#include "font.h"

/* X.Org's misc-fixed 6x13 ("Public domain font. Share and enjoy."), from Debian's xfonts-base.
   Made by common/font.sh. */
const uint8_t font[FONT_LETTERS][FONT_HEIGHT] = {
END
pcf2bdf "$font" | awk '
    $1 == "ENCODING" { code = $2 }
    $1 == "BBX" && code > 31 && code < 127 && $0 != "BBX 6 13 0 -2" {
        print FILENAME ": letter " code " is not 6x13" > "/dev/stderr"
        exit 1
    }
    $1 == "ENDCHAR" {
        if (code > 31 && code < 127)
            printf "    {%s}, /* %s */\n", rows, code == 92 ? "backslash" : sprintf("%c", code)
        inside = 0
    }
    inside { rows = rows (rows == "" ? "" : ", ") "0x" tolower($1) }
    $1 == "BITMAP" { inside = 1; rows = "" }'
echo '};'
