#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# pipelines/nca-questions: a page whose pictures are there, with numbers in all places; its
# sentences follow from them, and say what other seeds do not repeat.
# shellcheck disable=SC2086,SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
questions=$PWD/pipelines/nca-questions pages=$PWD/pipelines/answers-page
unset DISPLAY WAYLAND_DISPLAY GNUTERM
exec </dev/null
cd "$scratch" || exit 1

made() {
    timeout $((300 * SLOW)) "$questions" --seeds 2 --first-seed 5 -n 12 --size 18 page >said 2>&1 &&
        [ "$(cat said)" = page/README.md ] && return
    cat said
    return 1
}
check "questions makes a page, and prints only where it is" made
pictures() { # those of the page, and no others
    local picture
    for picture in $(sed -nE 's/^!\[.*\]\((.*)\)$/\1/p' page/README.md); do
        [[ $(file -b "page/$picture") == PNG* ]] || return
    done
    diff <(sed -nE 's/^!\[.*\]\((.*)\)$/\1/p' page/README.md | LC_ALL=C sort) \
        <(cd page && printf '%s\n' *.png | LC_ALL=C sort)
}
check "its pictures are those in the directory" pictures
complete() { # no number is missing, none is not a number
    [ "$(grep -c '^## ' page/README.md)" -eq 11 ] &&
        [ "$(grep -c '^> Objective' page/README.md)" -eq 7 ] &&
        ! grep -v '^| growth' page/README.md |
        grep -nE '[^ ]  |[,.] ,|\( |[ (]-?nan|\| -? \|$|SUMMARY'
}
check "the page has all seven questions and seven objectives, with all numbers" complete
# interval VALUE VALUE: the mean of two with its 95 % interval
interval() {
    awk -v a="$1" -v b="$2" 'function short(x) { return sprintf(x < 1000 ? "%.3g" : "%.0f", x) }
        BEGIN { m = (a + b) / 2; h = 12.706 * (a > b ? a - b : b - a) / 2
            print short(m) " (" short(m - h) " to " short(m + h) ")" }'
}
founders() { # of 6 at the start, the ones that have descendants in generation 12: again by hand
    local seed left=()
    for seed in 5 6; do
        left+=("$(nca-seed -W 18 -H 18 --seed $seed | nca-step -n 12 | nca-lineage |
            awk -F , 'NR > 1 && $2 == "[none]"' | wc -l)")
    done
    grep -qF "| $(interval "${left[@]}") |" <(grep '^| budget 4 ' page/README.md)
}
check "as many founders as the phylogeny has roots" founders
colours() { # in all runs, those to repeat, too
    local seed ghc
    ghc=$(for seed in 5 6 7 8; do
        nca-seed -W 18 -H 18 --seed $seed | nca-step -n 12 | nca-ghc --tsv | tail -n 1 | cut -f 2
    done | sort -n | sed -n '1p; $p' | paste -sd ' ' | sed 's/ / to /')
    grep -qF " genotypes are $ghc GHC colours" page/README.md
}
check "GHC colours of all seeds" colours

blind() { # without selection no weight has an effect: one component
    grep -qxF '| the same without selection | 1 (1 to 1) | 1 (1 to 1) | 1 (1 to 1) |' page/README.md
}
check "runs without selection: weights have no effect" blind

# What is said of selection and of what still comes: what both sets of seeds show.
values() { # values KIND QUANTITY FIRST-SEEDS OTHER-SEEDS
    local set value
    for set in 3 4; do
        for value in ${!set}; do printf '%s\t%s\t%s\t10000\t%s\n' $1 $((set - 2)) "$2" $value; done
    done
}
fates() {
    local weight
    {
        values 4 'omega W2[0][0]' '0.5 0.5 0.6' '1.4 1.5 1.5'
        values 4 'omega W2[0][1]' '0.7 0.8 0.8' '0.6 0.7 0.7'
        values 4 'omega W1[0][3]' '0.9 1.3 1.1' '1.1 1 0.9'
        for weight in 'W2[0][0]' 'W2[0][1]' 'W1[0][3]'; do
            values blind-4 "omega $weight" '0.9 1 1.1' '0.9 1 1.1'
        done
        values long1 'second novelty' '2 3 3' '1 1.5 2'
        values long9 'second novelty' '2 3 3' '0 0.5 0'
    } >values.tsv
    "$pages" values.tsv 3 1 500 100 >text && grep -A 2 '^Experiment 1\.' text |
        diff - <(printf '%s\n' "Experiment 1. Of 3 weights, both sets of seeds show selection on 1 \
(births that persist over those expected):" 'W2[0][1] 0.767 (0.623 to 0.91).' "Without selection: \
Of 3 weights, none is under selection by both sets of seeds.")
}
check "selection: on a weight that both sets show, the same way" fates
goes_on() {
    diff <(grep 'components still appear' text) <(echo "In experiment 1 new functional components \
still appear in the second half.")
}
check "it goes on, if both sets show that something new comes" goes_on

# What is said of two kinds of runs, by each set of seeds.
said() { # said SET-1-OF-4 SET-1-OF-INF SET-2-OF-4 SET-2-OF-INF: of three values each
    local set kind value n=0
    for set in 1 2; do
        for kind in 4 inf; do
            ((++n))
            for value in ${!n}; do printf '%s\t%s\tclades\t500\t%s\n' $kind $set $value; done
        done
    done >values.tsv
    "$pages" values.tsv 3 1 500 100 >text && grep -F '| founders with descendants |' text
}
verdict() { # verdict PATTERN-OF-ROW SENTENCES...
    local row
    row=$(said "$2" "$3" "$4" "$5") && [[ $row == *"$1" ]] || { echo "$row" && return 1; }
    diff <(grep -o 'Founders keep.*' text) <(printf '%s' "${6:+$6$'\n'}")
}
fewer="Founders keep fewer descendants where cells live 4 generations than where they live as \
long as \
they can maintain themselves."
check "shown, and repeated" verdict \
    '| -20 (-22.3 to -17.7) | -16.0 | -20 (-22.3 to -17.7) | repeated |' \
    '1 2 3' '21 22 23' '4 5 6' '24 25 26' "$fewer"
check "shown, and not repeated: the sentence says so" verdict '| not repeated |' \
    '1 2 3' '21 22 23' '4 5 6' '3 5 7' "$fewer The other seeds do not repeat this."
check "shown, and contradicted" verdict '| not repeated |' \
    '1 2 3' '21 22 23' '24 25 26' '4 5 6' "$fewer The other seeds do not repeat this."
check "the other way round" verdict '| repeated |' \
    '21 22 23' '1 2 3' '24 25 26' '4 5 6' "Founders keep more descendants with a budget of 4."
check "not shown: the sentence is left out" verdict \
    '| not shown |' '1 9 17' '2 11 18' '1 2 3' '21 22 23'
wrong() { # wrong MESSAGE ARGUMENT...
    refuses 2 timeout 20 "$questions" "${@:2}" && grep -q -e "$1" message
}
check "--seeds" wrong '--seeds: 1: not a whole number from 2' --seeds 1
check "--first-seed" wrong '--first-seed: 0: not a whole number from 1' --first-seed 0
check "--generations" wrong '--generations: 2: not a whole number from 3' -n 2
check "--size" wrong '--size: x: not a whole number' --size x
check "two directories" wrong 'one directory, not 2' a b
check "an option that is not" wrong 'unrecognized option' --nonsense
finish
