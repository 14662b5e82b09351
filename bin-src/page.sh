#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the C source of bin-src/page.h from bin-src/play.html: its two halves, before and behind the
# line DATA. The page's policy lets run and style only what stands in it: in place of STYLE-HASH and
# SCRIPT-HASH it gets their SHA-256 in base64. usage: bin-src/page.sh > build/page.c
set -eu
page=${0%/*}/play.html

# hash BEGIN END: of the text between these lines
hash() {
    hex=$(awk -v begin="$1" -v end="$2" '
        $0 == end { inside = 0 }
        inside { print }
        $0 == begin { inside = 1; printf "\n" }' "$page" | sha256sum | cut -c 1-64)
    # shellcheck disable=SC2059 # octal escapes
    printf "$(printf '%s' "$hex" | sed 's/../0x& /g' | xargs printf '\\%03o')" | base64
}
# string NAME: the lines on standard input
string() {
    echo "const char $1[] ="
    sed -e 's/[\\"?]/\\&/g' -e 's/.*/    "&\\n"/'
    echo "    ;"
}

style=$(hash '<style>' '</style>')
script=$(hash '<script type="module">' '</script>')
echo '/* Made by bin-src/page.sh. */'
echo '#include "bin-src/page.h"'
sed -e "s|STYLE-HASH|sha256-$style|" -e "s|SCRIPT-HASH|sha256-$script|" -e '/^DATA$/,$d' "$page" |
    string page_begin
sed '1,/^DATA$/d' "$page" | string page_end
