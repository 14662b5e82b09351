#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Fates: what tests/fate.py works out by hand and from the definition, in runs with and without
# selection, and plots.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
include "$python" tests/fate.py "${BUILD:-build}"

PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
cd "$scratch" || exit 1
nca-seed -W 30 -H 30 --init 0.2 --ip 0.3 --ppp 0.1 | nca-step -n 60 -o run.zst
nca-step -n 5 run.zst -o short.zst
nca-seed --channels 7 -W 20 -H 20 --init 0.2 --ip 0.3 | nca-step -n 30 -o wide.zst

check "a plot" drawn nca-fate run.zst
check "a plot of windows" drawn nca-fate --window 10 run.zst
check "a plot of one window" pictured nca-fate --window 1000 run.zst
check "a plot of births that do not count" drawn nca-fate short.zst
check "a plot of windows without any" drawn nca-fate --window 2 short.zst
check "a plot of 490 weights" drawn nca-fate wide.zst
tables() {
    nca-fate --csv run.zst | cmp - <(nca-fate --tsv run.zst | sed '1s/^# //; s/\t/,/g') &&
        [ "$(nca-fate --csv run.zst | wc -l)" -eq 41 ]
}
check "a table of text and numbers" tables
cut_short() { # the births that have been judged
    head -c 60000 run.zst >cut.zst
    refuses 1 nca-fate --tsv cut.zst && [ "$(wc -l <refused)" -eq 41 ]
}
check "a stream cut short" cut_short
selected() { # in colour is what stands out in all windows together, not in one by chance
    nca-seed -W 40 -H 40 --init 0.2 --ip 0.3 --ppp 0.1 | nca-step -n 200 -o selected.zst || return
    nca-fate --tsv selected.zst | awk '$9 != "nan" && $9 < 0.05 / 40 { print $3 }' >whole
    nca-fate --window 10 --tsv selected.zst |
        awk '$9 != "nan" && $9 < 0.05 / 40 { print $3 }' >windows
    nca-fate --window 10 selected.zst | sed -n "s/.* title '\(W.*\)'.*/\1/p" >coloured
    [ -s whole ] && [ -s windows ] && ! cmp -s whole windows && cmp whole coloured
}
check "windows: in colour is what stands out in all together" selected
warns() { # warns TEXT COMMAND...: it succeeds, with one line, which has the text; "": without any
    "${@:2}" --tsv >out 2>message && [ "$(wc -l <message)" -eq $((${#1} > 0)) ] &&
        { [ -z "$1" ] || grep -qF "$1" message; }
}
check "a warning if the horizon is longer than the run" warns \
    'no birth counts: the stream has generations 0 to 60, fewer than --horizon 61 needs' \
    nca-fate --horizon 61 run.zst
check "a warning if few births count" warns 'births count: the stream lacks the others or' \
    nca-fate <(nca-cat --generations ::20 run.zst)
check "no warning for a run as it is" warns '' nca-fate run.zst
nca-cat run.zst | head -c 400 | nca-cat --salvage - >header.zst 2>message
check "no warning for a stream without a generation" warns '' nca-fate header.zst
for wrong in --horizon=0 --horizon=x --window=0 --window=-1; do
    check "wrong usage: $wrong" refuses 2 nca-fate "$wrong" run.zst
done
finish
