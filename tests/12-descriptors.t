#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Outputs: never a file that is an input, never one that another program writes, never one that took
# the place of a closed descriptor, never cut short because a pipe does not block, never under the
# name of another format.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=$(cd "${BUILD:-build}/bin" && pwd) || exit 1
nonblocking=$PWD/tests/nonblocking.py
PATH=$bin:$PATH
find_python
cd "$scratch" || exit 1
exec </dev/null
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

nca-seed -W 9 -H 7 --init 0.3 --ip 0.4 --ppp 0.1 -o seed.zst
nca-step -n 6 seed.zst -o run.zst
cp run.zst good.zst
ln run.zst hard.zst
ln -s run.zst soft.zst

readers=()
for program in "$bin"/nca-*; do
    program=${program##*/}
    "$program" --help | grep -q '^Usage: .*FILE' && readers+=("$program")
done
check "all readers of streams" [ "${#readers[@]}" -ge 20 ]

# ordinary PROGRAM FILE: sets $command to its plainest use
ordinary() {
    case $1 in
    nca-step) command=("$1" -n 5 "$2") ;;
    nca-diff) command=("$1" good.zst "$2") ;;
    nca-batch) command=("$1" -n 5 -d . "$2") ;;
    nca-export) command=("$1" --npy arrays "$2") ;;
    *) command=("$1" "$2") ;;
    esac
}
# protected COMMAND...: refused, status 2, with a line that says how to go on; the run is as it was
protected() {
    refuses 2 "$@" && [ "$(wc -l <message)" -eq 1 ] &&
        grep -q ': is also an input, which .*: write to another file, or .*--resume$' message &&
        cmp good.zst run.zst && return
    cat message
    cat good.zst >run.zst # for the checks that follow
    return 1
}
from() { # from FILE COMMAND...
    "${@:2}" <"$1"
}
protected_from() { # protected_from FILE COMMAND...: appending to it
    "${@:2}" >>"$1" 2>message
    [ $? -eq 2 ] && grep -q ': standard output: is also an input, .*--resume$' message &&
        cmp good.zst run.zst && return
    cat good.zst >run.zst
    return 1
}
is_input() {
    local name
    ordinary "$1" run.zst
    if [ "$1" = nca-batch ]; then
        protected "${command[@]}" && mkdir -p runs && ln -f hard.zst runs/run.zst &&
            protected "$1" -n 5 -d runs run.zst
    elif [ "$1" != nca-export ]; then
        for name in run.zst hard.zst soft.zst ./run.zst; do
            protected "${command[@]}" -o "$name" || return
        done
        protected_from hard.zst "${command[@]}" || return
        ordinary "$1" -
        from run.zst protected "${command[@]}" -o hard.zst || return
        from run.zst protected_from run.zst "${command[@]}" || return
        ordinary "$1" empty.zst
        : >empty.zst
        "${command[@]}" >empty.zst 2>message
        [ $? -eq 2 ] && grep -q 'standard output: is also an input' message
    else
        mkdir -p arrays && ln -f run.zst arrays/born.npy && protected "${command[@]}" &&
            rm arrays/born.npy && ln -f run.zst arrays/header.txt && protected "${command[@]}" &&
            [ "$(ls arrays)" = header.txt ] && rm -r arrays
    fi
}
for program in "${readers[@]}"; do
    check "$program: its input is not its output" is_input "$program"
done
second_input() {
    protected nca-cat seed.zst run.zst -o hard.zst &&
        protected nca-diff run.zst good.zst -o soft.zst
}
check "nca-cat, nca-diff: none of several inputs is the output" second_input
tables() {
    mkdir tables && ln run.zst tables/scatter.tsv && protected nca-measure -d tables run.zst &&
        [ "$(ls tables)" = scatter.tsv ] && mv tables/scatter.tsv tables/rwsp.csv &&
        protected nca-measure --csv -d tables run.zst && [ "$(ls tables)" = rwsp.csv ]
}
check "nca-measure -d: no table is the input" tables
drawn() {
    protected nca-entropy --png hard.zst run.zst && protected nca-measure --pdf soft.zst run.zst
}
check "a picture that gnuplot is to draw is not the input" drawn
import_onto() {
    local name
    nca-export --npy npy run.zst && cp -r npy npy.before || return
    for name in alpha.npy header.txt; do
        refuses 2 nca-import --npy npy -o npy/$name && grep -q 'is also an input' message || return
    done
    diff -r npy npy.before
}
check "nca-import: no array is its output" import_onto
held() { # held DIRECTORY: there is a lock on it; to try one would keep out who is to take it
    grep -q ":$(stat -c %i "$1") " /proc/locks
}
through_pipe() { # the arrays are still being read
    local status
    rm -f fifo && mkfifo fifo
    nca-import --npy npy -o fifo &
    soon held npy && refuses 1 nca-export --npy npy run.zst &&
        grep -q 'npy: locked: another program is reading it or' message && diff -r npy npy.before
    status=$?
    timeout $((20 * SLOW)) nca-info --check fifo && wait $! && return $status
}
check "nca-export: not into the directory that is being imported" through_pipe
map() {
    printf 'P2 9 7 2\n%s\n' "$(yes '1 2' | head -n 32 | tr '\n' ' ' | cut -d' ' -f1-63)" >map.pgm
    cp map.pgm map.before
    refuses 2 nca-step -n 2 --landscape map:map.pgm seed.zst -o map.pgm &&
        grep -q 'map.pgm: is also an input' message && cmp map.pgm map.before
}
check "nca-step: the map of its landscape is not its output" map
landscape_on() {
    local what
    for what in budget alpha ip ppp; do
        refuses 2 nca-step -n 1 --landscape-on $what run.zst &&
            grep -q -- '--landscape-on: there is no landscape' message || return
    done
}
check "nca-step --landscape-on: refused alike without a landscape" landscape_on

# Standard descriptors that are closed

nca-step --until 30 seed.zst -o whole.zst
resumed_without() {
    head -c $(($(stat -c %s whole.zst) * 2 / 3)) whole.zst >cut.zst
    (eval "nca-step --resume cut.zst --until 30 $1") && cmp whole.zst cut.zst
}
for closed in '2>&-' '<&-' '>&-' '<&- >&- 2>&-'; do
    check "nca-step --resume $closed" resumed_without "$closed"
done
outputs_without() { # -o takes the place of none; what it is, is as ever
    ordinary "$1" run.zst
    [[ $1 != nca-@(batch|export) ]] || return 0
    "${command[@]}" -o expected || return
    local closed
    for closed in '2>&-' '>&-' '<&- >&- 2>&-'; do
        rm -f closed.out
        eval '"${command[@]}" -o closed.out '"$closed" && cmp expected closed.out || return
    done
    ! "${command[@]}" 2>message >&- && grep -q 'standard output: Bad file descriptor' message &&
        ordinary "$1" - && ! "${command[@]}" <&- >closed.out 2>message &&
        grep -q 'standard input: .*Bad file descriptor' message && ! "$1" nothing <&- >&- 2>&-
}
for program in "${readers[@]}"; do
    check "$program: with closed descriptors" outputs_without "$program"
done
same_arrays() { # same_arrays DIRECTORY: as run.zst has them
    nca-import --npy "$1" | nca-export --npy imported &&
        diff -r -x header.txt npy.before "$1" && diff -r -x header.txt "$1" imported
}
directories_without() {
    nca-measure -d measured run.zst && nca-measure -d closed run.zst <&- >&- 2>&- &&
        diff -r measured closed && nca-export --npy exported run.zst <&- >&- 2>&- &&
        same_arrays exported
}
check "tables and arrays, with closed descriptors" directories_without

# Two writers

hold() { # hold COMMAND...: while nca-step is writing to held.zst by >>
    local status
    set -m
    rm -f held.zst
    nca-step -n 0 --every 1000000 seed.zst >>held.zst &
    set +m
    soon [ -s held.zst ]
    "$@"
    status=$?
    kill -INT $!
    wait $!
    return $status
}
second_refused() {
    nca-info run.zst >>held.zst 2>message
    [ $? -eq 1 ] &&
        grep -q 'standard output: locked: another program is writing it' message &&
        refuses 1 nca-seed -o held.zst && refuses 1 nca-step --resume held.zst --until 3 seed.zst
}
check "a file by >> has one writer" hold second_refused
both_share() {
    { nca-seed -W 3 -H 3 && nca-seed -W 3 -H 3; } >both && {
        nca-seed -W 3 -H 3 &
        nca-seed -W 3 -H 3
        wait
    } >>both && nca-info --check both | grep -q '^HEAD	4'
}
check "programs that share one descriptor go on sharing it" both_share
not_a_file() { # devices and pipes have any number
    nca-step -n 0 --every 1000000 seed.zst -o /dev/null &
    sleep 0.1
    nca-info -o /dev/null run.zst
    local status=$?
    kill $! && wait $!
    return $status
}
check "devices and pipes are not locked" not_a_file
directory() {
    local lock status
    mkdir -p shared && exec {lock}<shared && flock -n "$lock" || return
    nca-measure -d shared run.zst && nca-export --npy shared run.zst && # what we hand down
        refuses 1 without "$lock" nca-measure -d shared run.zst &&
        grep -q 'shared: locked: another program is' message &&
        refuses 1 without "$lock" nca-export --npy shared run.zst &&
        grep -q 'shared: locked: another program is' message
    status=$?
    exec {lock}<&-
    return $status
}
without() { # without DESCRIPTOR COMMAND...
    (eval "exec $1<&-" && "${@:2}")
}
check "a directory has one writer, or several that share its lock" directory
directory_of_measure() {
    local input status
    rm -f fifo && mkfifo fifo
    nca-measure -d measuring fifo &
    exec {input}>fifo
    cat run.zst >&"$input"
    soon [ -s measuring/entropy.tsv ] && refuses 1 nca-measure -d measuring run.zst &&
        grep -q 'measuring: locked: another program is reading it or writing into it' message
    status=$?
    exec {input}>&-
    wait $! && [ $status -eq 0 ] && diff -r measured measuring
}
check "nca-measure -d: a second writer is refused" directory_of_measure
no_file() {
    mkdir -p odd && rm -f odd/* && mkfifo odd/ghc.tsv odd/header.txt odd/run.zst
    refuses 1 timeout 5 nca-measure -d odd run.zst && grep -q 'ghc.tsv: not a regular' message &&
        refuses 1 timeout 5 nca-import --npy odd && grep -q 'header.txt: not a regular' message &&
        refuses 1 timeout 5 nca-step --resume odd/run.zst --until 3 seed.zst &&
        grep -q 'run.zst: not a regular file' message
}
check "a FIFO is refused where a file is needed" no_file
links() { # what an array's name links to is another's
    mkdir -p linked && echo mine >mine && ln -sf ../mine linked/header.txt &&
        ln -sf ../mine linked/alpha.npy &&
        refuses 1 nca-export --npy linked run.zst && [ "$(<mine)" = mine ] &&
        [ "$(ls linked)" = "$(printf 'alpha.npy\nheader.txt')" ]
}
check "nca-export follows no link in its directory" links

# Pipes that do not block

nca-seed -W 60 -H 50 --init 0.2 | nca-step -n 60 -o long.zst
slowly() {
    "$@" long.zst >expected && "$python" "$nonblocking" long.zst "$@" >got && cmp expected got
}
for command in nca-cat 'nca-step -n 40' nca-measure\ --tsv nca-lineage 'nca-lineage --newick' \
    'nca-render --scale 1' 'nca-render --format ansi' 'nca-entropy --live 2'; do
    # shellcheck disable=SC2086
    check "$command: pipes that do not block" slowly $command
done

# Names after formats

named() { # named NAME LINE [OPTION]...
    rm -f -- "$1"
    refuses 2 nca-render -o "$1" "${@:3}" run.zst && [ ! -e "$1" ] &&
        [[ $(<message) == "nca-render: "*": in place of -o, end the command with: $2" ]] && return
    cat message
    return 1
}
films() {
    local video='| ffmpeg -i - -pix_fmt yuv420p -color_range tv'
    named x.mp4 "$video x.mp4" && named x.MKV "$video x.MKV" &&
        named x.gif '--format y4m | ffmpeg -i - x.gif' --format ppm &&
        named "it's \$(a).webm" "$video 'it'\\''s \$(a).webm'" &&
        named -x.mov "$video ./-x.mov" && named a:b.avi "| ffmpeg -i - './a:b.avi'" &&
        named x.jpg '| ffmpeg -i - -update 1 x.jpg' &&
        named x%02d.jpg '| ffmpeg -i - x%02d.jpg' && named x.mp4 "$video x.mp4" --format y4m
}
check "nca-render: a name that ffmpeg has to make true" films
formats() {
    refuses 2 nca-render -o x.ppm run.zst && grep -q 'use --format ppm' message &&
        refuses 2 nca-render -o x.png run.zst && grep -q 'use --format png' message &&
        refuses 2 nca-render --format png --generations 0 -o x.pdf run.zst &&
        refuses 2 nca-render -o x.y4m --format ppm run.zst &&
        refuses 2 nca-render -o x.pdf run.zst && [ ! -e x.ppm ] && [ ! -e x.y4m ] &&
        [ ! -e x.pdf ] && nca-render -o x.y4m run.zst && nca-render -o mp4 run.zst &&
        cmp x.y4m mp4 && nca-render --format ppm -o x.PPM run.zst
}
check "nca-render: a name of another format" formats
made() { # the line does as it says
    refuses 2 nca-render -o "it's.mkv" run.zst &&
        (eval "nca-render run.zst $(sed 's/.*with: //' message)") 2>/dev/null &&
        [[ $(file -b "it's.mkv") == Matroska* ]]
}
check "nca-render: the line for ffmpeg makes it" made
finish
