#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Evolutionary activity: what tests/activity.py works out by hand and from the definition, and in
# runs without selection; and plots.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
include "$python" tests/activity.py "${BUILD:-build}"

PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
cd "$scratch" || exit 1
nca-seed -W 20 -H 20 --init 0.2 --ip 0.3 | nca-step -n 20 -o run.zst
nca-step -n 9 --every 3 run.zst -o thin.zst
nca-seed -W 20 -H 20 --init 0 -o nothing.zst

check "a plot" drawn nca-activity run.zst
check "a plot of nothing" pictured nca-activity nothing.zst
check "a plot without a shadow" pictured nca-activity thin.zst
check "a plot that is live" drawn nca-activity --live 7 run.zst
check "nca-measure: a plot" drawn nca-measure --only activity,ghc run.zst
last_columns() { # after those of the others, and only if asked for
    nca-measure --tsv --only activity,census,hill run.zst |
        cmp - <(paste <(nca-census --tsv run.zst | cut -f -9) \
            <(nca-hill --tsv run.zst | cut -f 2-) \
            <(nca-activity --tsv run.zst | cut -f 2-) <(nca-census --tsv run.zst | cut -f 10)) &&
        ! nca-measure --tsv run.zst | grep -q excess
}
check "nca-measure: the last columns" last_columns
in_directory() {
    nca-measure -d tables --new 3,5 --only activity,ghc run.zst &&
        nca-activity --new 3,5 --tsv run.zst | cmp - tables/activity.tsv
}
check "nca-measure -d: a table" in_directory
for wrong in 20 20,20 40,20 1,2,3 a,b -1,3 1,4294967296; do
    check "wrong usage: --new $wrong" refuses 2 nca-activity --new "$wrong" run.zst
done
check "ages are needed" refuses 1 nca-activity <(nca-step -n 1 --sections genomes,state run.zst)
finish
