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
live() {
    refuses 2 nca-fate --live 3 run.zst && grep -q -e '--live is not supported' message
}
check "--live is not supported" live
for wrong in --horizon=0 --horizon=x --window=0 --window=-1; do
    check "wrong usage: $wrong" refuses 2 nca-fate "$wrong" run.zst
done
finish
