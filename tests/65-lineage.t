#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: quick
# Lineages and species: against a run worked out by hand, and in Python from the arrays of random
# runs.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
find_python

include "$python" tests/lineage.py "${BUILD:-build}"

cd "$scratch" || exit 1
for seed in 1 2; do
    nca-seed -W 20 -H 20 --init 0.2 --ip 0.3 --seed $seed | nca-step -n 40 -o run$seed.zst
    nca-step -n 10 run$seed.zst -o more$seed.zst
done
births() { # of all genotypes together: those of the census
    [ "$(nca-lineage --all run1.zst | awk -F, 'NR > 1 { sum += $7 } END { print sum }')" -eq \
        "$(nca-census --tsv run1.zst | awk '!/^#/ { sum += $5 } END { print sum }')" ]
}
check "births are those of the census" births
mixed() {
    refuses 1 nca-lineage "$@" &&
        grep -q 'generation [0-9]* has another genotype [0-9]* than' message
}
check "parts of two runs are refused" mixed run1.zst more2.zst
check "parts of two runs, the other way round, are refused" mixed run2.zst more1.zst
cut_short() { # what was complete is printed
    head -c 60000 run1.zst >cut.zst
    refuses 1 nca-lineage cut.zst && [ "$(wc -l <refused)" -gt 10 ] && grep -q ,inf, refused
}
check "a stream cut short gives the lineages of its complete generations" cut_short
no_generation() {
    nca-lineage --newick --all - <none.zst | diff - <(echo ';') &&
        [ "$(nca-lineage none.zst | wc -l)" -eq 1 ]
}
"$python" -c "
import sys
sys.path.insert(0, '$OLDPWD/tests')
import writer
sys.stdout.buffer.write(writer.head({}) + writer.done(0, 0, 2))" >none.zst
check "a stream without a generation has no lineages" no_generation
missing() {
    refuses 1 nca-species --clade 41 run1.zst && [ ! -s refused ] &&
        grep -q -e '--clade 41: the stream has no such generation' message
}
check "nca-species: no such generation" missing
species() { # species OPTION...: a plot, and the same table in both forms
    drawn nca-species "$@" run1.zst && nca-species "$@" --csv run1.zst |
        cmp - <(nca-species "$@" --tsv run1.zst | sed '1s/^# //; s/\t/,/g')
}
check "nca-species: a plot of lives" species
check "nca-species: a Muller plot" species --muller --most 31
check "nca-species: a Muller plot of clades" species --muller --clade 7 --most 3
check "nca-species: lives of clades" species --clade 0
nca-seed -W 40 -H 40 --init 0.15 --ip 0.1 --budget 8 | nca-step -n 20 -o many.zst
nca-seed -W 40 -H 40 --init 0.3 --ip 0.1 --budget 8 | nca-step -n 20 -o more.zst
enough() { # enough FILE GENERATION: 20 clades, more up to 31 while others have half
    nca-species --clade "$2" --muller --tsv "$1" >table &&
        nca-species --clade "$2" --most 100000 --tsv "$1" | awk -F '\t' '
        !/generation/ { cells[++n] = $6; all += $6 }
        END {
            while (shown < n && (shown < 20 || shown < 31 && 2 * sum <= all)) sum += cells[++shown]
            print shown
        }' >expected && [ "$(awk 'NR == 2 { print NF - 2 }' table)" = "$(cat expected)" ] &&
        cat expected
}
check "nca-species: a Muller plot of 20 clades, if these have half of the cells" \
    enough run1.zst 30
check "nca-species: a Muller plot of more clades" enough many.zst 0
more() {
    [ "$(enough many.zst 0)" -gt 20 ] && [ "$(enough many.zst 0)" -lt 31 ] &&
        [ "$(enough more.zst 0)" -eq 31 ]
}
check "nca-species: of more than 20, and of 31 at most" more
of_founders() {
    nca-cat --generations 5: many.zst -o late.zst &&
        nca-species --muller --tsv late.zst |
        diff - <(nca-species --muller --clade 5 --tsv late.zst) &&
        nca-species --muller --most 3 --tsv late.zst >table &&
        ! diff table <(nca-species --muller --clade 5 --most 3 --tsv late.zst) >/dev/null
}
check "nca-species --muller: clades from the first generation; with --most, genotypes" of_founders
same_order() { # same_order OPTION...: the legend is the stack from above
    nca-species --muller "$@" run1.zst >plot &&
        sed -n 's/^array band.* = \[\(.*\)\]$/\1/p' plot | tr , '\n' | tac |
        awk '$1 > 2 && !seen[$1]++ { print $1 - 2 }' >stack &&
        grep -oE 'keyentry with boxes linetype [0-9]+' plot | grep -oE '[0-9]+$' >legend &&
        diff <(sed '$d' legend) stack && [ -s stack ]
}
check "nca-species: legend and stack of clades have the same order" same_order
check "nca-species: legend and stack of genotypes have the same order" same_order --most 20
tree() {
    drawn nca-lineage --draw "$@" run1.zst
}
check "nca-lineage: a tree" tree
check "nca-lineage: a tree of two leaves, with clades of generation 7" tree --leaves 2 --clade 7
check "nca-lineage: a tree of all" tree --leaves 1000
check "nca-lineage --draw: no such generation" refuses 1 nca-lineage --draw --clade 41 run1.zst
titles() { # say what was chosen
    nca-lineage --draw --leaves 3 run1.zst |
        grep -Ex "set title 'The 3 largest of [0-9]+ genotypes'" &&
        nca-lineage --draw --leaves 1000 run1.zst |
        grep -Ex "set title 'All [0-9]+ genotypes'"
}
check "nca-lineage --draw: the title says how many of how many" titles
dead() { # nothing is alive, or there was no generation
    nca-seed -W 5 -H 5 --init 0.2 --budget 1 --ip 0 2>/dev/null | nca-step -n 9 -o dead.zst
    for run in dead.zst none.zst; do
        nca-lineage --draw $run | grep -q 'nothing to draw' || return
    done
}
check "nca-lineage --draw: nothing to draw" dead
for wrong in --most=0 --most=1000001 --clade=-1 '--muller --most 32' '--live 3' \
    '--ggmuller x --muller' '--ggmuller x --csv' '--ggmuller x -o y'; do
    # shellcheck disable=SC2086
    check "nca-species: wrong usage: $wrong" refuses 2 nca-species $wrong run1.zst
done
as_csv() {
    nca-lineage --all --csv run1.zst | cmp - <(nca-lineage --all run1.zst)
}
check "nca-lineage --csv: the phylogeny as it is" as_csv
for wrong in --min-cells=-1 --min-cells=4294967295 --tsv '--png x.png' '--stats --newick' \
    '--csv --newick' '--csv --size 8,5' \
    '--stats --all' '--min-cells 3 --stats' '--draw --stats' '--draw --newick' '--leaves 3' \
    '--draw --leaves 0' '--draw --leaves 1001' '--stats --clade 3' '--draw --live 3'; do
    # shellcheck disable=SC2086
    check "wrong usage: $wrong" refuses 2 nca-lineage $wrong run1.zst
done
finish
