#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# MODES: what tests/modes.py works out by hand and from the definition, and plots.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
include "$python" tests/modes.py "${BUILD:-build}"

PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
cd "$scratch" || exit 1
nca-seed -W 20 -H 20 --init 0.2 --ip 0.3 | nca-step -n 40 -o run.zst

check "a plot" drawn nca-modes --interval 5 run.zst
check "a plot without complexity" drawn nca-modes --interval 5 --no-complexity run.zst
check "a plot that is live" drawn nca-modes --interval 5 --live 2 run.zst
check "a plot of no rows" drawn nca-modes run.zst
check "a plot of one row" pictured nca-modes --interval 40 run.zst
no_rows() {
    nca-modes --tsv run.zst >out 2>message && [ "$(wc -l <out)" -eq 1 ] &&
        [ "$(wc -l <message)" -eq 1 ] && grep -qF 'warning: no rows: of generations 0 to 40 the'\
' stream has no multiple of 100 and the generation 100 later' message
}
check "a warning if there are no rows" no_rows
no_generation() { # nothing is too short
    nca-cat run.zst | head -c 400 | nca-cat --salvage - >header.zst 2>message
    nca-modes --tsv header.zst >out 2>message && [ "$(wc -l <out)" -eq 1 ] && ! [ -s message ]
}
check "no warning for a stream without a generation" no_generation
tables() {
    nca-modes --interval 5 --csv run.zst |
        cmp - <(nca-modes --interval 5 --tsv run.zst | sed '1s/^# //; s/\t/,/g') &&
        [ "$(nca-modes --interval 5 --csv run.zst | wc -l)" -eq 9 ]
}
check "a table" tables
cut_short() { # the rows that are complete
    head -c 30000 run.zst >cut.zst
    refuses 1 nca-modes --interval 1 --tsv cut.zst && [ "$(wc -l <refused)" -gt 2 ]
}
check "a stream cut short" cut_short
nca-step -n 100 --sections genomes run.zst -o genomes.zst
check "complexity needs state" refuses 1 nca-modes genomes.zst
check "functional components need state" refuses 1 \
    nca-modes --no-complexity --component functional genomes.zst
check "colours do not" nca-modes --no-complexity --component ghc genomes.zst
for wrong in --interval=0 --interval=x --component=genome --component=; do
    check "wrong usage: $wrong" refuses 2 nca-modes "$wrong" run.zst
done
finish
