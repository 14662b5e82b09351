#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Several measures in one pass say what each says alone, for any number of threads.
# shellcheck disable=SC2086,SC2317 # lists are words; functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
exec </dev/null

run=$scratch/run.zst out=$scratch/out
nca-seed -W 40 -H 30 --init 0.2 --ip 0.3 --ppp 0.1 | nca-step -n 40 -o "$run"
all="ctfp entropy gcvp clogv ghc rwsp cnwa census"

# alone MEASURE [OPTION]...: its table, from its own program and those options that this has
alone() {
    local options=()
    case $1 in
    ctfp | entropy | gcvp | clogv) options=(--digits "${digits:-1}") ;;
    rwsp) options=(--digits "${digits:-1}" ${weights:+--weights "$weights"}) ;;
    cnwa) options=(-k "${k:-5}") ;;
    esac
    "nca-$1" --tsv "${options[@]}" "${@:2}" "$run"
}
for measure in $all; do
    alone $measure >"$scratch/$measure.tsv"
done
alone cnwa --scatter last >"$scratch/scatter.tsv"

late="gep_living h types collisions genome_sd_carriers" # what came later stands behind all others

side_by_side() { # side_by_side MEASURE...: their tables, pasted
    local measure
    cp "$scratch/$1.tsv" "$scratch/pasted"
    for measure in "${@:2}"; do
        cut -f 2- "$scratch/$measure.tsv" | paste "$scratch/pasted" - >"$scratch/more" &&
            mv "$scratch/more" "$scratch/pasted"
    done
    awk -F '\t' -v late=" $late " 'NR == 1 {
            for (l = 0; l < 2; l++)
                for (i = 1; i <= NF; i++) if ((index(late, " " $i " ") > 0) == l) place[++n] = i
        }
        { for (i = 1; i <= NF; i++) printf "%s%s", $place[i], i < NF ? "\t" : "\n" }
        ' "$scratch/pasted"
}
joined() { # joined THREADS LIST MEASURE...
    nca-measure --tsv --threads "$1" --only "$2" "$run" | cmp - <(side_by_side "${@:3}") &&
        [ "$(wc -l <"$scratch/pasted")" -eq 42 ]
}
nca-measure --tsv "$run" >"$out"
check "the columns of all, side by side" diff "$out" <(side_by_side $all)
for threads in 1 2 3 9 1024; do
    check "threads: $threads" joined $threads "${all// /,}" $all
done
check "--only: one" joined 2 ghc ghc
check "--only: some, in the usual order, and once" joined 2 census,rwsp,clogv,rwsp clogv rwsp census

apart() { # apart DIRECTORY FILE...: these are there, and no others, as from each program
    local file
    diff <(cd "$1" && printf '%s\n' *) <(printf '%s\n' "${@:2}") || return
    for file in "${@:2}"; do
        cmp "$1/$file" "$scratch/${file%.*}.${file##*.}" || return
    done
}
in_directory() {
    nca-measure -d "$scratch/apart" --threads "$1" "$run" >"$out" && [ ! -s "$out" ] &&
        apart "$scratch/apart" census.tsv clogv.tsv cnwa.tsv ctfp.tsv entropy.tsv gcvp.tsv \
            ghc.tsv rwsp.tsv scatter.tsv
}
check "--directory: a table for each" in_directory 1
for table in "$scratch/apart"/*; do echo old >"$table"; done
check "--directory: again, on two threads" in_directory 2
some_in_directory() {
    nca-census --csv "$run" >"$scratch/census.csv" && nca-ghc --csv "$run" >"$scratch/ghc.csv" &&
        nca-measure --csv --only ghc,census -d "$scratch/some" "$run" &&
        apart "$scratch/some" census.csv ghc.csv
}
check "--directory --only --csv" some_in_directory
# Parts of two runs, with the same serials in the same slots for other genomes
other=$scratch/other.zst both=$scratch/both.zst
nca-seed -W 40 -H 30 --init 0.2 --seed 2 | nca-step -n 13 | nca-cat --generations 4: -o "$other"
nca-cat --generations :3 "$run" | cat - "$other" >"$both"
another_run() { # another_run COLUMNS COMMAND...: of generations 5 to 13, as from that run alone
    "${@:2}" --tsv "$both" | tail -n 9 | cut -f "$1" >"$scratch/joint" &&
        "${@:2}" --tsv "$other" | tail -n 9 | cut -f "$1" | cmp - "$scratch/joint" &&
        [ "$(wc -l <"$scratch/joint")" -eq 9 ]
}
check "parts of two runs: GHC" another_run 1- nca-ghc
check "parts of two runs: RWSP" another_run 1- nca-rwsp --weights 1,2,3
check "parts of two runs: census" another_run 1- nca-census
check "parts of two runs: Hill numbers" another_run 1- nca-hill
check "parts of two runs: activity" another_run 1-6 nca-activity
check "parts of two runs: two threads" another_run 1-6 nca-measure --threads 2 --only ghc,census
two_threads() {
    nca-measure --tsv --threads 1 "$both" >"$out" &&
        nca-measure --tsv --threads 3 "$both" | cmp - "$out"
}
check "parts of two runs: any number of threads" two_threads

options() {
    local measure
    digits=2 k=3 weights=0,3,11
    nca-measure --digits $digits -k $k --weights "$weights" -d "$scratch/options" "$run" || return
    for measure in ctfp entropy gcvp clogv rwsp cnwa; do
        alone $measure | cmp - "$scratch/options/$measure.tsv" || return
        # the median may be the same type
        [ $measure = gcvp ] || ! cmp -s "$scratch/options/$measure.tsv" "$scratch/$measure.tsv" ||
            return
    done
    alone cnwa --scatter last | cmp - "$scratch/options/scatter.tsv"
}
check "--digits, --weights, --species" options
check "nca-measure refuses a weight that genomes lack" refuses 2 nca-measure --weights 0,1,44 "$run"

# A row is there as soon as its generation is, though the input goes on.
prompt() {
    local writer i status=1
    rm -f "$scratch/fifo"
    mkfifo "$scratch/fifo"
    nca-measure --tsv --threads "$1" "$scratch/fifo" >"$out" &
    exec {writer}>"$scratch/fifo"
    head -c -50 "$run" >&"$writer" # without the end
    for ((i = 0; i < 500 && status; i++)); do
        [ "$(wc -l <"$out")" -lt 42 ] || status=0
        sleep 0.02
    done
    tail -c 50 "$run" >&"$writer"
    exec {writer}>&-
    wait $! && side_by_side $all | cmp - "$out" && return $status
}
check "rows before the input ends, one thread" prompt 1
check "rows before the input ends, two threads" prompt 2

truncated() {
    head -c -50 "$run" >"$scratch/cut.zst"
    rm "$scratch/apart/cnwa.tsv"
    refuses 1 nca-measure -d "$scratch/apart" "$scratch/cut.zst" || return
    cmp "$scratch/apart/cnwa.tsv" "$scratch/cnwa.tsv" && [ ! -e "$scratch/apart/scatter.tsv" ]
}
check "a truncated stream gives tables of its complete generations, and no scatter" truncated
interrupted() {
    local status measure
    rm -f "$scratch/fifo"
    mkfifo "$scratch/fifo"
    nca-step -n 0 "$run" >"$scratch/fifo" 2>"$scratch/message" &
    nca-measure -d "$scratch/stopped" "$scratch/fifo" &
    measure=$!
    soon [ -s "$scratch/stopped/census.tsv" ]
    kill -TERM $measure
    wait $measure
    status=$?
    wait
    [ $status -eq 143 ] &&
        [[ $(cd "$scratch/stopped" && tail -qn 1 ./*.tsv | cut -f 1 | sort -u) =~ ^[0-9]+$ ]]
}
check "interrupted: all tables end with the same generation" interrupted
parts() { # generations that come again, and a pool that begins anew
    nca-step -n 5 "$run" -o "$scratch/more.zst" &&
        nca-measure -d "$scratch/parts" "$run" "$scratch/more.zst" &&
        nca-ghc --tsv "$run" "$scratch/more.zst" | cmp - "$scratch/parts/ghc.tsv" &&
        nca-cnwa --tsv --scatter 45 "$run" "$scratch/more.zst" | cmp - "$scratch/parts/scatter.tsv"
}
check "a stream of several parts gives the tables of one" parts

lacking() {
    nca-step -n 1 --sections state "$run" -o "$scratch/state.zst" &&
        refuses 1 nca-measure "$scratch/state.zst" &&
        grep -q 'has no genomes,ages, only state' "$scratch/message" &&
        nca-measure --only gcvp,ctfp --tsv "$scratch/state.zst" | cmp - <(
            nca-ctfp --tsv "$scratch/state.zst" |
                paste - <(nca-gcvp --tsv "$scratch/state.zst" | cut -f 2)
        )
}
check "missing sections are refused only where a measure needs them" lacking
full() {
    mkdir "$scratch/full" && ln -s /dev/full "$scratch/full/ghc.tsv" &&
        refuses 1 nca-measure -d "$scratch/full" "$run" &&
        grep -qx "nca-measure: $scratch/full/ghc.tsv: No space left on device" "$scratch/message"
}
check "--directory: a full disk" full
check "--directory: below a file" refuses 1 nca-measure -d "$run/below" "$run"
wrong() {
    refuses 2 nca-measure "$@" "$run" && [ "$(wc -l <"$scratch/message")" -eq 1 ]
}
check "--only: none" wrong --only ''
check "--only: what is no measure" wrong --only ghc,render
check "--threads 0" wrong --threads 0
check "--threads 1025" wrong --threads 1025
for plot in --png=x.png '--live 3' '--output x'; do
    check "--directory $plot" wrong -d "$scratch/plot" $plot
done
finish
