#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: quick
# Runs recorded from the thesis's own program: the rule leads from each generation to the next, and
# the measures come out as that program printed them.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
# shellcheck disable=SC2046,SC2086,SC2317 # words are to be split, functions are called by check
build=${BUILD:-build}
find_python

# compare CSV TSV SHIFT TOLERANCE: the CSV's row k is the TSV's generation k + SHIFT. Columns are
# matched by name; those that the CSV lacks are 0.
compare() {
    awk -F '[,\t]' -v shift="$3" -v tolerance="$4" '
        { sub(/\r$/, "") }
        FNR == 1 {
            file++
            for (i = 2; i <= NF; i++) {
                name = tolower($i)
                sub(/^value /, "", name)
                column[file, i] = name
            }
            next
        }
        file == 1 {
            rows++
            for (i = 2; i <= NF; i++)
                expected[$1 + shift, column[1, i]] = $i
        }
        file == 2 && $1 >= shift {
            rows--
            for (i = 2; i <= NF; i++) {
                key = $1 SUBSEP column[2, i]
                if (!(key in expected)) # a column of our own
                    continue
                difference = $i - expected[key]
                if ($i ~ /nan/ || difference > tolerance || difference < -tolerance) {
                    printf "generation %s, %s: %s, recorded %s\n", $1, column[2, i], $i,
                        expected[key]
                    bad = 1
                }
                delete expected[key]
            }
        }
        END {
            for (key in expected)
                missing++
            if (rows || missing)
                printf "missing: %d rows, %d values\n", rows, missing
            exit bad || rows || missing
        }' "$1" "$2"
}

golden() {
    "$build/tools/golden" - <"$stream" >"$scratch/golden"
    local status=$?
    cat "$scratch/golden"
    return "$status"
}

measure() {
    # the recorded run drew these positions for RWSP
    local weights=
    [ "$1" != nca-rwsp ] || weights=--weights=3,17,38
    "$build/bin/$1" --tsv $weights "$stream" >"$scratch/tsv" &&
        compare "$2" "$scratch/tsv" "$3" "$4"
}

model() { # KEY=VALUE... as options; channels are in the data
    printf -- '--%s\n' "$@" | grep -v channels
}
by_hand() { # the stream that Python makes of a recorded run
    "$python" tests/stream-from-npy.py "$@"
}
imported() { # the one that nca-import makes
    local folder=$1 array
    mkdir -p "$scratch/npy"
    for array in state genomes; do
        zstd -qdcf "$folder/$array.npy.zst" >"$scratch/npy/$array.npy" || return
    done
    "$build/bin/nca-import" --npy "$scratch/npy" $(model "${@:2}")
}
pickled() { # the one of the pickles that the thesis's program would have left
    "$python" tests/pickles.py "$1" "$scratch/pickles" 4 &&
        PATH=$(realpath "$build/bin"):$PATH "$python" pipelines/nca-import-thesis \
            "$scratch/pickles" \
            $(model "${@:2}")
    local status=$?
    rm -rf "$scratch/pickles"
    return "$status"
}
measures() { # measures MAKER
    local measure name shift tolerance program
    for measure in ctfp:1:0 gep:1:1e-12 gcvp:1:1e-12 clogv:1:1e-12 ghc:0:0 rwsp:0:0; do
        IFS=: read -r name shift tolerance <<<"$measure"
        program=nca-${name/gep/entropy}
        check "$run, $1: $program" measure "$program" "$folder/$name.csv" "$shift" "$tolerance"
    done
}

while read -r run parameters; do
    folder=tests/golden/$run stream=$scratch/$run.zst
    for maker in by_hand imported pickled; do
        # shellcheck disable=SC2086
        $maker "$folder" $parameters >"$stream"
        check "$run, $maker: the rule, step by step" golden
        grep '^# ' "$scratch/golden"
        measures $maker
    done
done <<'END'
sigmoid-budget3 init=0.1 ip=0.2 ppp=0.2 budget=3
sigmoid-immortal init=0.09 ip=0.1 ppp=0.02 budget=inf
tanh-budget4 init=0.08 ip=0.1 ppp=0.02 budget=4 alpha=0 activation=tanh
three-channels init=0.08 ip=0.5 ppp=0.02 budget=8 channels=3
END
finish
