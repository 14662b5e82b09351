#!/bin/bash
# Manual pages: every program has one, with the options that its --help tells and no others, and
# man and mandoc find nothing to say against it.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=${BUILD:-build}/bin

# Options, one a line, short and long ones apart.
options_of_help() {
    "$bin/$1" --help | sed -En 's/^ +((-., )?--[^ ]+).*/\1/p' | grep -oE -- '--?[A-Za-z-]+' | sort
}

# In a page they stand in the section OPTIONS, in the line after .TP or .TQ.
options_of_page() {
    sed -n '/^\.SH OPTIONS$/,/^\.SH/p' "$1" | sed -En '/^\.T[PQ]/{n;s/\\-/-/g;s/\\f.//g;p}' |
        grep -oE -- '(^|[ "])--?[A-Za-z][A-Za-z-]*' | tr -d ' "' | sort
}

same_options() { # shows '<' for what the page lacks, '>' for what --help lacks
    [ -f "bin-src/$1.1" ] || { echo "no bin-src/$1.1" && return 1; }
    options_of_help "$1" >"$scratch/help" && options_of_page "bin-src/$1.1" >"$scratch/page"
    grep -qx -e --help "$scratch/help" && diff "$scratch/help" "$scratch/page"
}

silent() { # succeeds if the command does, and prints nothing
    local output
    output=$("$@" </dev/null 2>&1) && [ -z "$output" ] && return
    echo "$output"
    return 1
}

man_warnings() {
    LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l "$1" >/dev/null
}

# lint NAME NEEDED PAGE COMMAND...: skipped where nothing of that name is installed
lint() {
    local name=$1 installed=$2 page=$3
    shift 3
    if "$installed"; then
        check "$name has nothing to say on $page" silent "$@" "$page"
    else
        skip "$name on $page" "not installed"
    fi
}

has_man=false has_mandoc=false
man --version 2>/dev/null | grep -q '^man 2' && has_man=true # man-db; others know no --warnings
command -v mandoc >/dev/null && has_mandoc=true

programs=0
for program in "$bin"/nca-*; do
    [ -x "$program" ] || continue
    check "${program##*/}: options in page and --help" same_options "${program##*/}"
    ((++programs))
done
check "there are programs in $bin" [ "$programs" -gt 0 ]
for page in bin-src/*.1; do
    name=${page##*/}
    check "${name%.1} is a program" [ -x "$bin/${name%.1}" ]
    lint "man --warnings" $has_man "$page" man_warnings
    lint mandoc $has_mandoc "$page" mandoc -T lint -W warning
done
finish
