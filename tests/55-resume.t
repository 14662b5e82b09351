#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: quick
# Runs that were stopped, and files that were cut: nca-step --resume makes of them what they would
# have been in one go, byte for byte.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=$(cd "${BUILD:-build}/bin" && pwd) || exit 1
PATH=$bin:$PATH
cd "$scratch" || exit 1
exec </dev/null

nca-seed -W 7 -H 5 --init 0.3 --ip 0.5 --ppp 0.1 --budget 6 -o seed.zst

same() { # same EXPECTED FILE: the same payload, and a good stream
    cmp <(zstd -dc "$1") <(zstd -dc "$2") && nca-info --check "$2" >info
}
# fails STATUS MESSAGE COMMAND...: with that, in one line
fails() {
    local status=$1 expected=$2
    shift 2
    refuses "$status" "$@" || return
    [[ $(wc -l <message) -eq 1 && $(<message) =~ $expected ]] && return
    cat message
    return 1
}

# Cut anywhere; the start is at hand where the first generation is not whole.
cut() {
    local size step=$1
    shift
    nca-step --until 12 "$@" seed.zst -o whole.zst
    for ((size = 0; size < $(stat -c %s whole.zst); size += step)); do
        head -c "$size" whole.zst >cut.zst
        nca-step --resume cut.zst --until 12 "$@" seed.zst 2>message && cmp whole.zst cut.zst ||
            { echo "cut to $size bytes" && cat message && return 1; }
        [ "$size" -eq 0 ] || [ "$(wc -l <message)" -eq 1 ] || { cat message && return 1; }
    done
}
check "cut to any length" cut 61
check "cut to any length, every third generation" cut 67 --every 3
check "cut to any length, keyframes" cut 71 --keyframe 4
check "cut to any length, keyframes, every third generation, from there on" \
    cut 73 --keyframe 5 --every 3 --ip 0.7 --cull 0.1
check "cut to any length, a catastrophe in every fourth generation" \
    cut 151 --cull 0.5 --cull-every 4 --cull-from 3

# Ended before, as a signal does, and brought on; also where a pool takes the place of births.
longer() {
    local g
    for g in 0 1 5 6 7 11; do
        nca-step --until $g "$@" seed.zst -o run.zst
        nca-step --resume run.zst --until 8 2>message || [ "$g" -gt 8 ] || return
        nca-step --resume run.zst --until 12 && same whole.zst run.zst || return
    done
}
for options in "" "--every 2" "--every 5" "--keyframe 3" "--every 3 --keyframe 2" "--level 9"; do
    # shellcheck disable=SC2086
    nca-step --until 12 $options seed.zst -o whole.zst
    # shellcheck disable=SC2086
    check "--resume with a later end goes on: ${options:-all generations}" longer $options
done
wild() {
    nca-seed -W 13 -H 11 --init 0.2 --ip 1 --ppp 0.3 -o wild.zst
    nca-step --until 60 --every 24 wild.zst -o whole.zst
    nca-step --until 50 --every 24 wild.zst -o run.zst
    nca-step --resume run.zst --until 60 && same whole.zst run.zst
}
check "--resume with a later end goes on from a pool in place of births" wild

nothing_to_do() {
    nca-step --until 5 seed.zst -o run.zst && cp -p run.zst before.zst && sleep 0.01 &&
        nca-step --resume run.zst --until 5 2>message && [ ! -s message ] &&
        cmp before.zst run.zst && [ ! run.zst -nt before.zst ]
}
check "there already: nothing is done" nothing_to_do
check "beyond: an error" fails 1 'until 3: run.zst is at generation 5 already' \
    nca-step --resume run.zst --until 3

# The start, where there is none yet
piped() {
    rm -f new.zst
    nca-seed -W 9 -H 9 | nca-step --resume new.zst --until 4 - &&
        nca-seed -W 9 -H 9 | nca-step --until 4 | cmp - new.zst &&
        nca-seed -W 9 -H 9 | nca-step --resume new.zst --until 6 - &&
        nca-seed -W 9 -H 9 | nca-step --until 6 | cmp - new.zst
}
check "from standard input, begun and then gone on with" piped
no_start() {
    rm -f new.zst
    : >empty.zst
    head -c 300 seed.zst >broken.zst
    fails 1 'new.zst: has no generation yet' nca-step --resume new.zst --until 3 &&
        fails 1 'none.zst: No such file' nca-step --resume new.zst --until 3 none.zst &&
        [ ! -e new.zst ] && fails 1 'no/new.zst: No such file or directory' \
        nca-step --resume no/new.zst --until 3 seed.zst &&
        fails 1 'empty.zst: has no generation yet' nca-step --resume empty.zst --until 3 &&
        fails 1 'broken.zst: has no generation yet' nca-step --resume broken.zst --until 3 &&
        [ "$(stat -c %s broken.zst)" -eq 300 ]
}
check "--resume without a start and without a file is refused" no_start
other_start() {
    nca-seed -W 7 -H 5 --seed 2 -o other.zst
    cp run.zst before.zst
    fails 1 'run.zst: (init|seed) differs from that of the input stream' \
        nca-step --resume run.zst --until 9 other.zst && cmp before.zst run.zst
}
check "--resume refuses a start of another run" other_start

# What the file was begun with
begun_with() {
    local option
    nca-step --until 6 --every 2 --keyframe 7 --ip 0.25 seed.zst -o run.zst && cp run.zst before.zst
    for option in '--every 3' '--keyframe 8' '--ip 0.3' '--sections state' '--cull 0.1' \
        '--cull-every 2'; do
        # shellcheck disable=SC2086
        fails 2 "^nca-step: ${option% *}: differs from that of run.zst" \
            nca-step --resume run.zst --until 9 $option || return
    done
    cmp before.zst run.zst &&
        nca-step --resume run.zst --until 9 --every 2 --keyframe 7 --ip 0.25 \
            --sections state,ages,genomes &&
        nca-step --until 9 --every 2 --keyframe 7 --ip 0.25 seed.zst | cmp - run.zst
}
check "options that the file was not begun with" begun_with
usage() {
    fails 2 'resume run.zst: needs --until G, and no -n or -o' \
        nca-step --resume run.zst -n 4 &&
        fails 2 'no -n or -o' nca-step --resume run.zst --until 4 -o x.zst &&
        fails 2 'exactly one of -n N and --until G' nca-step --resume run.zst &&
        fails 2 'sync: x: not a whole number from 0 to 86400' nca-step --sync x --until 4 seed.zst
}
check "wrong usage" usage
some_sections() {
    nca-step --until 4 --sections state,ages seed.zst -o some.zst && cp some.zst before.zst
    fails 1 'some.zst: has no genomes, only ages,state: cannot be resumed' \
        nca-step --resume some.zst --until 9 && cmp before.zst some.zst
}
check "sections that are missing" some_sections

# Parts
behind_another_program() { # cut anywhere in what was appended, too
    local size
    cp seed.zst run.zst && nca-step --resume run.zst --until 6 --every 2 || return
    cat seed.zst <(nca-step --until 6 --every 2 seed.zst) | cmp - run.zst || return
    for ((size = 1; size < $(stat -c %s run.zst); size += 131)); do
        head -c $size run.zst >cut.zst
        nca-step --resume cut.zst --until 6 --every 2 seed.zst 2>message || return
        same run.zst cut.zst || cmp cut.zst <(nca-step --until 6 --every 2 seed.zst) ||
            { echo "cut to $size" && return 1; }
    done
}
check "--resume adds a part to what nca-seed wrote" behind_another_program
last_of_parts() {
    nca-step --until 5 seed.zst -o one.zst && nca-step --until 8 --ip 0.9 one.zst -o two.zst &&
        nca-step --until 12 --ip 0.9 one.zst -o three.zst || return
    cat one.zst two.zst >run.zst && nca-step --resume run.zst --until 12 &&
        cmp <(cat one.zst three.zst) run.zst || return
    head -c $(($(stat -c %s one.zst) + 700)) run.zst >cut.zst
    nca-step --resume cut.zst --until 12 2>message && cmp run.zst cut.zst
}
check "the last of several parts goes on" last_of_parts
before_parts() { # what another part has is not in the first one
    cat one.zst two.zst | head -c 2000 >run.zst && printf x >>run.zst &&
        cat one.zst two.zst | tail -c +2002 >>run.zst && cp run.zst before.zst
    fails 1 'run.zst: record [0-9]+ at byte .*; more parts follow: recover them with nca-cat' \
        nca-step --resume run.zst --until 20 && cmp before.zst run.zst
}
check "--resume leaves a file as it is where a part follows the fault" before_parts
damaged() {
    nca-step --until 12 seed.zst -o whole.zst
    local at
    for ((at = 1000; at < $(stat -c %s whole.zst); at += 197)); do
        { head -c "$at" whole.zst && printf '\xa5' && tail -c +$((at + 2)) whole.zst; } >run.zst
        cmp -s whole.zst run.zst && continue
        nca-step --resume run.zst --until 12 seed.zst 2>message && cmp whole.zst run.zst &&
            grep -q "run.zst: record .*: continuing from generation" message || return
    done
}
check "--resume cuts a file before a changed byte, and computes the rest" damaged

# What --salvage could take is not erased: keyframes at 5 and 10, and a fault before the first.
harm() { # harm FILE BYTE: changes it
    printf '\xa5' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
kept() { # kept MESSAGE OPTION...: refused so, and as it was
    cp run.zst before.zst
    fails 1 "$1" nca-step --resume run.zst "${@:2}" && cmp before.zst run.zst
}
first_damaged() {
    nca-step --until 12 --keyframe 5 seed.zst -o whole.zst && cp whole.zst run.zst &&
        harm run.zst 1000 && nca-cat --salvage run.zst 2>/dev/null | nca-info |
        grep -q '^generations 8, 5 to 12$' &&
        kept 'record 2 .*; generations 5 to 12 follow: recover them with' --until 20 seed.zst &&
        kept 'record 2 .*; generations 5 to 12 follow: recover them with' --until 20
}
check "the first generation is damaged: what follows is kept" first_damaged
first_of_another() {
    nca-seed -W 7 -H 5 --seed 2 | nca-step --until 3 -o run.zst && harm run.zst 1000 &&
        kept 'run.zst: (init|seed) differs from that of the input stream' --until 9 seed.zst
}
check "the first generation of another run is damaged: the head is compared" first_of_another
beyond() {
    cp whole.zst run.zst && harm run.zst 3300 &&
        kept '; generations [0-9]+ to 12 follow: recover them with' --until 11 &&
        nca-step --resume run.zst --until 12 2>message && cmp whole.zst run.zst
}
check "--resume reports generations behind a fault, and how to keep them" beyond
beyond_of_parts() { # of a part that another program made, nothing is made again
    nca-cat whole.zst >run.zst && harm run.zst 3300 &&
        kept '; generations [0-9]+ to 12 follow: recover them with' --until 20 --ip 0.5
}
check "--resume keeps what nca-cat wrote behind a fault" beyond_of_parts
first_generation_of_part() { # of which the start is not in the file
    nca-step --until 20 seed.zst | nca-step --until 34 --keyframe 5 -o b.zst
    local head
    head=$(nca-info b.zst | awk '$1 == "HEAD" { print $3 }')
    cat seed.zst b.zst >run.zst && harm run.zst "$(($(stat -c %s seed.zst) + head + 60))" &&
        kept '; generations 2[0-9] to 34 follow: recover them with' --until 40
}
check "--resume keeps a part without its first generation" first_generation_of_part
no_stream() {
    printf 'a letter to my aunt\n' >letter && cp letter before
    fails 1 'letter: not a stream of nca' nca-step --resume letter --until 3 seed.zst &&
        cmp letter before &&
        fails 1 ': Is a directory' nca-step --resume . --until 3 seed.zst &&
        fails 1 '/dev/null: not a regular file' nca-step --resume /dev/null --until 3 seed.zst
}
check "--resume leaves a file that is no stream as it is" no_stream

# One writer at a time
locked() {
    local status
    set -m # the first may be interrupted
    rm -f held.zst
    nca-step -n 0 --every 1000000 seed.zst -o held.zst &
    set +m
    soon [ -s held.zst ]
    fails 1 'held.zst: locked: another program is writing it' \
        nca-step --resume held.zst --until 3 seed.zst &&
        fails 1 'held.zst: locked' nca-step -n 3 seed.zst -o held.zst &&
        fails 1 'held.zst: locked' nca-seed -o held.zst
    status=$?
    kill -INT $!
    wait $!
    [ "$status" -eq 0 ] && nca-info --check held.zst >info
}
check "--resume refuses a file that another program writes" locked
finish
