#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# CNWA: plots that gnuplot takes, and all that tests/clusters.py compares with its definition.
# TEST_LONG=1: the same species from a build without optimisation.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=${BUILD:-build}/bin
find_python

include "$python" tests/clusters.py "${BUILD:-build}"

run=$scratch/run.zst out=$scratch/out
"$bin/nca-seed" -W 60 -H 60 --init 0.1 --ip 0.3 | "$bin/nca-step" -n 30 -o "$run"
"$bin/nca-cnwa" -k 7 --tsv "$run" >"$out.first"

again() {
    "$bin/nca-cnwa" -k 7 --tsv "$run" | cmp - "$out.first" && [ "$(wc -l <"$out.first")" -eq 32 ]
}
check "nca-cnwa prints the same table again" again
unoptimised() {
    make BUILD="$scratch/build" CFLAGS=-O0 "$scratch/build/bin/nca-cnwa" >/dev/null &&
        "$scratch/build/bin/nca-cnwa" -k 7 --tsv "$run" | cmp - "$out.first"
}
if [ "${TEST_LONG:-}" ]; then
    check "the same species from a build with -O0" unoptimised
fi

plot() { # plot NAME OPTION...: gnuplot draws it, and has nothing to say
    local said
    said=$("$bin/nca-cnwa" --png "$scratch/$1.png" "${@:2}" "$run" | gnuplot 2>&1) &&
        [ -z "$said" ] && [[ $(file -b "$scratch/$1.png") == PNG* ]] && return
    echo "$said"
    return 1
}
different() {
    [ "$(cksum "$scratch"/*.png | cut -d ' ' -f 1,2 | sort -u | wc -l)" -eq 6 ]
}
check "a plot of cells by species" plot cells
check "--stack: a plot of proportions" plot stack --stack
check "--scatter: a plot of genomes" plot scatter --scatter 30
check "plots of 32 species" plot cells32 -k 32
check "--stack: a plot of proportions of 32 species" plot stack32 -k 32 --stack
check "--scatter: a plot of genomes of 32 species" plot scatter32 -k 32 --scatter 30
check "no two of the six plots are the same" different

last() {
    "$bin/nca-cnwa" --tsv --scatter last "$1" |
        cmp - <("$bin/nca-cnwa" --tsv --scatter "$2" "$1") &&
        [ "$("$bin/nca-cnwa" --tsv --scatter last "$1" | sed 1d | cut -f 1 | uniq)" = "$2" ]
}
check "--scatter last" last "$run" 30
"$bin/nca-seed" -W 20 -H 20 --init 0.5 -o "$scratch/seed.zst"
check "--scatter last, of one generation" last "$scratch/seed.zst" 0
missing() {
    refuses 1 "$bin/nca-cnwa" --tsv --scatter "$1" "$run" && [ ! -s "$scratch/refused" ] &&
        grep -q -e "--scatter $1: the stream has no such generation" "$scratch/message"
}
check "--scatter: a generation beyond the last" missing 31
"$bin/nca-step" -n 10 --every 5 "$run" -o "$scratch/thin.zst"
run=$scratch/thin.zst
check "--scatter: a generation left out" missing 34
check "--scatter: the ones there" "$bin/nca-cnwa" --scatter 35 "$run"
head -c -30 "$run" >"$scratch/cut.zst"
check "--scatter last: not of a truncated stream" refuses 1 "$bin/nca-cnwa" --scatter last \
    "$scratch/cut.zst"
for wrong in --species=0 --species=33 --scatter=-1 --scatter=1.5 --scatter=lasts -k1x; do
    check "wrong usage: $wrong" refuses 2 "$bin/nca-cnwa" "$wrong" "$run"
done
finish
