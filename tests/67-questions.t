#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# pipelines/nca-questions: a page whose pictures are there, with numbers in all places.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
questions=$PWD/pipelines/nca-questions
unset DISPLAY WAYLAND_DISPLAY GNUTERM
exec </dev/null
cd "$scratch" || exit 1

made() {
    timeout $((300 * SLOW)) "$questions" --seeds 2 -n 12 --size 18 page >said 2>&1 &&
        [ "$(cat said)" = page/README.md ] && return
    cat said
    return 1
}
check "questions makes a page, and prints only where it is" made
pictures() { # those of the page, and no others
    local picture
    for picture in $(sed -nE 's/^!\[.*\]\((.*)\)$/\1/p' page/README.md); do
        [[ $(file -b "page/$picture") == PNG* ]] || return
    done
    diff <(sed -nE 's/^!\[.*\]\((.*)\)$/\1/p' page/README.md | LC_ALL=C sort) \
        <(cd page && printf '%s\n' *.png | LC_ALL=C sort)
}
check "its pictures are those in the directory" pictures
complete() { # no number is missing, none is not a number
    [ "$(grep -c '^## ' page/README.md)" -eq 5 ] &&
        ! grep -nE '[^ ]  | [,.]( |$)|\( |[ (]nan' page/README.md
}
check "the page has all five questions, with all numbers" complete
founders() { # of 6 at the start, the ones that have descendants in generation 12: again by hand
    local seed
    for seed in 1 2; do
        nca-seed -W 18 -H 18 --seed $seed | nca-step -n 12 | nca-lineage |
            awk -F , 'NR > 1 && $2 == "[none]"' | wc -l
    done | sort -n | awk '{ a[NR] = $1 }
        END { print (a[1] + a[2]) / 2 " (" a[1] " to " a[2] ")" }' >expected
    grep -qF "$(cat expected) of them have living descendants" page/README.md
}
check "as many founders as the phylogeny has roots" founders
wrong() { # wrong MESSAGE ARGUMENT...
    refuses 2 timeout 20 "$questions" "${@:2}" && grep -q -e "$1" message
}
check "--seeds" wrong '--seeds: 0: not a whole number' --seeds 0
check "--generations" wrong '--generations: 2: not a whole number from 3' -n 2
check "--size" wrong '--size: x: not a whole number' --size x
check "two directories" wrong 'one directory, not 2' a b
check "an option that is not" wrong 'unrecognized option' --nonsense
finish
