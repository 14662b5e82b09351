#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Structure in space: what tests/space.py works out by hand and from the definition, and plots.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
include "$python" tests/space.py "${BUILD:-build}"

PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
cd "$scratch" || exit 1
nca-seed -W 20 -H 20 --init 0.2 --ip 0.3 | nca-step -n 20 -o run.zst
nca-seed -W 20 -H 20 --init 0 -o nothing.zst

check "a plot" drawn nca-space run.zst
check "a plot of nothing" pictured nca-space nothing.zst
check "a plot that is live" drawn nca-space --live 7 run.zst
check "nca-measure: a plot" drawn nca-measure --only space,hill run.zst
last_columns() { # after those of the others, and only if asked for
    nca-measure --tsv --only space,activity,gcvp run.zst |
        cmp - <(paste <(nca-gcvp --tsv run.zst) <(nca-activity --tsv run.zst | cut -f 2-) \
            <(nca-space --tsv run.zst | cut -f 2-)) &&
        ! nca-measure --tsv run.zst | grep -q moran
}
check "nca-measure: the last columns" last_columns
in_directory() {
    nca-measure -d tables --digits 2 --only space,ghc run.zst &&
        nca-space --digits 2 --tsv run.zst | cmp - tables/space.tsv
}
check "nca-measure -d: a table" in_directory
check "wrong usage: --digits 4" refuses 2 nca-space --digits 4 run.zst
check "genomes are needed" refuses 1 nca-space <(nca-step -n 1 --sections ages,state run.zst)
finish
