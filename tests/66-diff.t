#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# How far runs are apart: in Python from the arrays of both, and what nca-diff refuses; how
# pipelines/nca-sensitivity puts many pairs together.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
sensitivity=$PWD/pipelines/nca-sensitivity
find_python
unset DISPLAY WAYLAND_DISPLAY GNUTERM
exec </dev/null

include "$python" tests/diff.py "${BUILD:-build}"

cd "$scratch" || exit 1
start="-W 20 -H 15 --init 0.3 --ip 0.5"
# shellcheck disable=SC2086
for flip in 0 2; do
    nca-seed $start --flip $flip | nca-step -n 20 -o $flip.zst
done
nca-diff --tsv 0.zst 2.zst >diff.tsv
same() {
    nca-seed -W 20 -H 15 --init 0.3 --ip 0.5 | nca-step -n 20 | nca-diff --tsv - 0.zst |
        awk '!/^#/ { n++; if ($2 || $3 || $4 || $5) bad = 1 } END { exit bad || n != 21 }'
}
check "--flip 0 changes nothing" same
to_the_end() { # so that no writer finds its reader gone, which pipefail would report
    local i
    set -o pipefail
    for i in {1..20}; do
        nca-step -n 1 0.zst | nca-diff 0.zst - >one || return
    done
}
check "reads both to the end" to_the_end
from_pipe() {
    nca-diff --tsv 0.zst - <2.zst | cmp - diff.tsv && nca-diff --tsv - 2.zst <0.zst | cmp - diff.tsv
}
check "nca-diff reads one of the two runs from a pipe" from_pipe
forms() {
    nca-diff --csv 0.zst 2.zst | cmp - <(sed '1s/^# //; s/\t/,/g' diff.tsv) &&
        nca-diff --png plot.png 0.zst 2.zst | gnuplot 2>said && [ ! -s said ] &&
        [[ $(file -b plot.png) == PNG* ]] &&
        nca-diff --live 5 0.zst 2.zst | gnuplot 2>said >drawn && [ ! -s said ] && [ -s drawn ]
}
check "as CSV, as a plot, live" forms
common() { # generations that both have
    nca-step -n 6 --every 3 0.zst -o later.zst
    nca-step -n 7 0.zst -o all.zst
    [ "$(nca-diff --tsv all.zst later.zst | sed '1d; s/\t.*//' | paste -sd' ')" = "20 21 24 26" ]
}
check "the generations that both have" common
says() { # says STATUS MESSAGE COMMAND...
    refuses "$1" "${@:3}" && grep -q -e "$2" message && return
    cat message
    return 1
}
nca-step -n 2 later.zst -o latest.zst
check "none in common" says 1 'no generation in common' nca-diff 0.zst latest.zst
nca-seed -W 15 -H 20 -o turned.zst
nca-seed -W 20 -H 15 --channels 3 -o three.zst
check "another geometry" says 1 '20x15 cells of 2 channels, but turned.zst 15x20 of 2' \
    nca-diff 0.zst turned.zst
check "other channels" says 1 'of 2 channels, but three.zst 20x15 of 3' nca-diff 0.zst three.zst
nca-step -n 1 --sections state,ages 0.zst -o bare.zst
check "nca-diff refuses a stream without a section that it needs" \
    says 1 'bare.zst: has no genomes, only ages,state' \
    nca-diff 0.zst bare.zst
head -c 20000 2.zst >cut.zst
cut_short() {
    says 1 'cut.zst: .*truncated' nca-diff --tsv 0.zst cut.zst &&
        [ "$(wc -l <refused)" -gt 2 ] && cmp refused <(head -n "$(wc -l <refused)" diff.tsv)
}
check "nca-diff compares the complete generations of a run that is cut short" cut_short
check "nca-diff refuses one file" says 2 'two files are compared, not 1' nca-diff 0.zst
check "nca-diff refuses three files" \
    says 2 'two files are compared, not 3' nca-diff 0.zst 0.zst 0.zst
check "standard input twice" says 2 'only one' nca-diff - -

means() { # of three pairs, worked out by awk
    local seed
    for seed in 1 2 3; do
        nca-seed -W 20 -H 15 --init 0.3 --seed $seed | nca-step -n 9 -o one.zst
        nca-seed -W 20 -H 15 --init 0.3 --seed $seed --flip 2 | nca-step -n 9 |
            nca-diff --tsv one.zst -
    done | awk '!/^#/ { for (i = 2; i <= 5; i++) sum[$1, i] += $i / 3
        sum[$1, 1] += ($2 > 0 || $3 > 0 || $4 > 0 || $5 > 0) / 3 }
        END { for (t = 0; t < 10; t++) { printf "%d", t
            for (i = 1; i <= 5; i++) printf "\t%.9f", sum[t, i]; print "" } }' >means
    "$sensitivity" --seeds 3 -n 9 --flip 2 -- -W 20 -H 15 --init 0.3 >table &&
        [ "$(head -n 1 table | tr '\t' ' ')" = '# generation apart life type genotype distance' ] &&
        sed 1d table | awk '{ printf "%d", $1; for (i = 2; i <= 6; i++) printf "\t%.9f", $i
            print "" }' | diff - means
}
check "sensitivity: the means of all pairs" means
drawn() {
    rm -f plot.png
    "$sensitivity" --seeds 4 -n 30 --png plot.png -- -W 20 -H 15 --init 0.3 --ip 0.5 &>said &&
        [ ! -s said ] && [[ $(file -b plot.png) == PNG* ]] &&
        "$sensitivity" --seeds 1 -n 3 --svg plot.svg -- -W 20 -H 15 --init 0 &>said &&
        [ ! -s said ] && grep -q 'no growth to fit' plot.svg
}
check "a plot, with something to fit and without" drawn
wrong() { # wrong MESSAGE ARGUMENT...
    refuses 2 timeout 20 "$sensitivity" "${@:2}" && grep -q -e "$1" message
}
check "sensitivity: --seeds" wrong '--seeds: 0: not a whole number' --seeds 0
check "sensitivity: --fit" wrong '--fit: 3: not two generations' --fit 3
check "sensitivity: an option that is not" wrong 'unrecognized option' --nonsense
check "sensitivity: two formats" wrong '--svg: not with --png: give one format' \
    --png a.png --svg b.svg
check "sensitivity: an option for nca-seed" wrong 'nca-seed: --ip: 2: not a' --seeds 1 -- --ip 2
check "more flips than cells are refused" says 2 'more than there are cells, 300' \
    nca-seed -W 20 -H 15 --flip 301
finish
