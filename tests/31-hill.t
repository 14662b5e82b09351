#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Hill numbers: what tests/hill.py works out by hand and from the definition, and plots.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
include "$python" tests/hill.py "${BUILD:-build}"

PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
cd "$scratch" || exit 1
nca-seed -W 20 -H 20 --init 0.2 --ip 0.3 | nca-step -n 20 -o run.zst
nca-seed -W 20 -H 20 --init 0.2 -o first.zst
nca-seed -W 20 -H 20 --init 0 -o nothing.zst

check "a plot" drawn nca-hill run.zst
check "a plot of one generation" pictured nca-hill first.zst
check "a plot of nothing alive" pictured nca-hill nothing.zst
check "a plot that is live" drawn nca-hill --live 7 run.zst
check "nca-measure: a plot" drawn nca-measure --only hill,ghc run.zst
check "nca-measure: hill alone" drawn nca-measure --only hill run.zst

last_columns() { # after those of the others, and only if asked for
    nca-measure --tsv --only hill,census,ghc run.zst |
        cmp - <(paste <(nca-ghc --tsv run.zst | cut -f 1,2) \
            <(nca-census --tsv run.zst | cut -f 2-9) <(nca-hill --tsv run.zst | cut -f 2-) \
            <(nca-ghc --tsv run.zst | cut -f 3) <(nca-census --tsv run.zst | cut -f 10)) &&
        ! nca-measure --tsv run.zst | grep -q genotypes_d0
}
check "nca-measure: the last columns" last_columns
in_directory() {
    nca-measure -d tables --only hill,ghc run.zst && nca-hill --tsv run.zst | cmp - tables/hill.tsv
}
check "nca-measure -d: a table" in_directory
check "wrong usage: --digits 4" refuses 2 nca-hill --digits 4 run.zst
finish
