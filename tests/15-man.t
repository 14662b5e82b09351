#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Manual pages: every program has one, with the options of its --help and no others; man, groff and
# mandoc find no fault in any page, and all its references lead somewhere. The session that nca(7)
# shows is run, and prints what it shows.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=${BUILD:-build}/bin
programs=("$bin"/nca-*)
man=${BUILD:-build}
man=${man%/memcheck}/man # pages as they are installed, made of bin-src/*.1
pages=("$man"/*.1 bin-src/*.7 format/*.5 pipelines/*.1)
measures=(ctfp entropy gcvp clogv rwsp ghc cnwa census measure lineage species diff hill fate
    activity modes space)

# Options, one a line, short and long ones apart.
options_of_help() {
    "$1" --help | sed -En 's/^ +((-.( [A-Z]+)?, )?--[^ ]+).*/\1/p' |
        grep -oE -- '--?[A-Za-z-]+' | sort
}

# In a page they stand in the section OPTIONS, in the line after .TP or .TQ.
options_of_page() {
    sed -n '/^\.SH OPTIONS$/,/^\.SH/p' "$1" | sed -En '/^\.T[PQ]/{n;s/\\-/-/g;s/\\f.//g;p}' |
        grep -oE -- '(^|[ "])--?[A-Za-z][A-Za-z-]*' | tr -d ' "' | sort
}

same_options() { # COMMAND PAGE: shows '<' for what the page lacks, '>' for what --help lacks
    [ -f "$2" ] || { echo "no $2" && return 1; }
    options_of_help "$1" >"$scratch/help" && options_of_page "$2" | uniq >"$scratch/page"
    grep -qx -e --help "$scratch/help" && diff "$scratch/help" "$scratch/page"
}

silent() { # succeeds if the command does, and prints nothing
    local output
    output=$("$@" </dev/null 2>&1) && [ -z "$output" ] && return
    echo "$output"
    return 1
}

man_faults() { # warnings, and lines that a terminal of 80 columns breaks
    LC_ALL=C.UTF-8 MANWIDTH=80 man --warnings -E UTF-8 -l "$1" >"$scratch/page" &&
        ! LC_ALL=C.UTF-8 grep -E '^.{81}' "$scratch/page"
}

modern() { # prints the lines with words that have a better one
    ! grep -nwiE 'told|tells?|telling' "$1"
}

# The pages that a page refers to, as "nca-step 1", one a line.
references() {
    sed -En 's/^\.R?BR? \(? ?(nca[a-z-]*|[a-z]+) \(([1-8])\).*/\1 \2/p' "$1"
}

see_also() { # the same of that section alone
    sed -n '/^\.SH SEE ALSO/,$p' "$1" >"$scratch/section" && references "$scratch/section"
}

# Every page of nca that is referred to exists, and all else is a program that users may have.
references_exist() {
    local name section missing=0
    while read -r name section; do
        case $name in
        nca | nca-*) [ -f "bin-src/$name.$section" ] || [ -f "format/$name.$section" ] ||
                [ -f "pipelines/$name.$section" ] ;;
        *) [[ " cat file ffmpeg flock fsync gnuplot printf sbatch zstd " == *" $name "* ]] ;;
        esac || { echo "no $name($section)" && missing=1; }
    done < <(references "$1")
    return "$missing"
}

# SEE ALSO names no page twice, nor the page itself.
names_once() {
    local self=${1##*/}
    { see_also "$1" && echo "${self%.*} ${self##*.}"; } | sort | uniq -d >"$scratch/twice"
    [ ! -s "$scratch/twice" ] || { cat "$scratch/twice" && return 1; }
}

refers_to() { # PAGE NAME SECTION: in SEE ALSO
    see_also "$1" | grep -qx "$2 $3"
}

# The commands and output of a page, as they are shown: blocks with a line that begins with "$ ".
transcript() {
    awk '/^\.EX$/ { block = ""; next }
         /^\.EE$/ { if (block ~ /^\$ /) printf "%s", block; block = ""; next }
         { block = block $0 "\n" }' "$1" | sed 's/\\-/-/g; s/\\e/\\/g'
}

# Runs these commands, each with its continuation lines, and prints what transcript() has to be.
replay() {
    local line command='' where
    where=$(realpath "$bin")
    local -x PATH=$where:$PATH
    while IFS= read -r line; do
        if [[ $line == '$ '* ]]; then
            command=${line#'$ '}
        elif [[ $command && $line == '      '* ]]; then
            command+=$'\n'$line
        else
            continue
        fi
        echo "$line"
        [[ $line == *'|' || $line == *\\ ]] && continue
        (cd "$scratch" && bash -o pipefail -c "$command" 2>&1) || return
        command=
    done
}

prints_as_shown() {
    transcript "$1" >"$scratch/shown" && [ -s "$scratch/shown" ] &&
        replay <"$scratch/shown" >"$scratch/printed" && diff "$scratch/shown" "$scratch/printed"
}

# The example of --help is one of the page.
has_example() {
    local example
    example=$("$1" --help | sed -n 's/^Example: //p')
    [ "$example" ] && sed -n '/^\.SH EXAMPLES/,$ { s/\\-/-/g; p }' "$2" | grep -qxF "$example"
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

refused() { # PROGRAM PAGE PROBLEM: by bin-src/manual.sh
    ! bin-src/manual.sh "$bin/$1" "$2" >/dev/null 2>"$scratch/message" &&
        grep -qF -e "$3" "$scratch/message" && return
    cat "$scratch/message"
    return 1
}
order_of_help() { # a page's own text replaces the shared one, in the order of --help
    printf '.SH OPTIONS\n.TP\n.B \\-\\-csv\nOwn.\n.SH END\n' >"$scratch/own.1"
    bin-src/manual.sh "$bin/nca-ghc" "$scratch/own.1" >"$scratch/made.1" &&
        options_of_page "$scratch/made.1" | diff - <(options_of_help "$bin/nca-ghc") &&
        [ "$(grep -n -A1 -F '\-\-csv' "$scratch/made.1" | sed -n 2p)" = \
            "$(grep -n -F Own. "$scratch/made.1" | sed 's/:/-/')" ]
}

installed() { # every page, where man(1) looks for it; and uninstalled
    local page build=${BUILD:-build} root=$scratch/root
    local make=(make -s "BUILD=${build%/memcheck}" "DESTDIR=$root" PREFIX=/usr MODULES=)
    "${make[@]}" install >/dev/null || return
    for page in "${pages[@]}"; do
        cmp "$page" "$root/usr/share/man/man${page##*.}/${page##*/}" || return
    done
    "${make[@]}" uninstall && find "$root" -type f | diff - /dev/null
}

has_man=false has_groff=false has_mandoc=false
man --version 2>/dev/null | grep -q '^man 2' && has_man=true # man-db; others know no --warnings
command -v groff >/dev/null && has_groff=true
command -v mandoc >/dev/null && has_mandoc=true

check "there are programs in $bin" [ -x "${programs[0]}" ]
for program in "${programs[@]}"; do
    name=${program##*/}
    check "$name: options in page and --help" same_options "$program" "$man/$name.1"
    check "$name(1) has the example of --help" has_example "$program" "$man/$name.1"
    check "nca(7) refers to $name(1)" refers_to bin-src/nca.7 "$name" 1
    check "$name(1) refers to nca(7)" refers_to "$man/$name.1" nca 7
done
for command in pipelines/nca-*[!1]; do
    page=$command.1
    check "${command#*/}: options in page and --help" same_options "$command" "$page"
    check "${command#*/}(1) has the example of --help" has_example "$command" "$page"
    check "nca(7) refers to ${command#*/}(1)" refers_to bin-src/nca.7 "${command#*/}" 1
    check "${command#*/}(1) refers to nca(7)" refers_to "$page" nca 7
    check "${command#*/}(1): all sections" [ "$(grep '^\.SH' "$page" | cut -c 5- | paste -sd ,)" = \
        'NAME,SYNOPSIS,DESCRIPTION,OPTIONS,FILES,EXIT STATUS,EXAMPLES,SEE ALSO' ]
done
for measure in "${measures[@]}"; do
    check "nca-$measure(1) refers to nca-measures(7)" \
        refers_to "$man/nca-$measure.1" nca-measures 7
    check "nca-measures(7) refers to nca-$measure(1)" \
        refers_to bin-src/nca-measures.7 "nca-$measure" 1
done
for page in bin-src/*.1; do
    name=${page##*/}
    check "${name%.1} is a program" [ -x "$bin/${name%.1}" ]
done
for page in "${pages[@]}"; do
    lint "man --warnings, at 80 columns," $has_man "$page" man_faults
    lint "groff -ww" $has_groff "$page" groff -ww -z -man -Tutf8
    lint mandoc $has_mandoc "$page" mandoc -T lint -W warning
    check "$page: what it refers to exists" references_exist "$page"
    check "$page: SEE ALSO names no page twice" names_once "$page"
    check "$page: no 'tell' or 'told'" modern "$page"
done
printf '.SH OPTIONS\n.TP\n.B \\-\\-tvs\nText.\n.SH END\n' >"$scratch/more.1"
check "a page with an option that is not in --help is refused" refused nca-ghc \
    "$scratch/more.1" '--tvs: not in --help'
check "a page without an option of --help is refused" refused nca-step bin-src/nca-ghc.1 \
    '--resume: no text'
check "a page's own text of an option comes before the shared one" order_of_help
check "make install has all pages, and make uninstall leaves none" installed
check "nca(7): its session prints what it shows" prints_as_shown bin-src/nca.7
finish
