#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Runs that are killed, disks that fill, reads and writes that come short, readers that stop or die,
# clocks that jump, memory that ends: nothing that was computed is lost, and nothing wrong is passed
# on. TEST_LONG=1: 120 kills and 60 full disks.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=$(cd "${BUILD:-build}/bin" && pwd) || exit 1
faults=$(cd "${BUILD:-build}/preload" && pwd)/faults.so || exit 1
PATH=$bin:$PATH
cd "$scratch" || exit 1
exec </dev/null
# What is preloaded comes before a sanitizer; what is killed cannot free.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0:detect_leaks=0
kills=$(at_length 8 120) disks=$(at_length 8 60)

# ill VARIABLE=VALUE... COMMAND...: on a system that behaves like that
ill() {
    LD_PRELOAD=$faults env "$@"
}
patience=1000 # for soon
gone() { # gone PID
    ! kill -0 "$1" 2>/dev/null
}
whole() { # that this file is the run in one go, byte for byte
    nca-info --check run.zst >info && cmp "$1" run.zst
}

nca-seed -W 40 -H 30 --init 0.1 --ip 0.5 --ppp 0.05 --budget 7 --seed 5 -o start.zst
until=400
options=(--every 2 --keyframe 90)
nca-step --until $until "${options[@]}" start.zst -o whole.zst

# Killed at random moments, again and again, until it is there; then anew.
resume() {
    exec nca-step --resume run.zst --until $until --sync 0 "${options[@]}" start.zst 2>>messages
}
moved() { # moved SIZE PID: run.zst has another size, or PID is gone
    [ "$(stat -c %s run.zst 2>/dev/null)" != "$1" ] || gone "$2"
}
killed() { # each second time not before it has written
    local done=0 rounds=0 status size
    RANDOM=1
    rm -f run.zst
    while [ "$done" -lt "$kills" ]; do
        size=$(stat -c %s run.zst 2>/dev/null)
        (resume) &
        ((done % 2)) || soon moved "$size" $! || return
        sleep "0.$(printf %03d $((RANDOM % 120)))"
        kill -9 $! 2>/dev/null
        wait $! 2>/dev/null
        status=$?
        if [ "$status" -eq 137 ]; then
            ((++done))
        else
            [ "$status" -eq 0 ] && whole whole.zst && rm run.zst && ((++rounds)) || return
        fi
    done
    (resume) && whole whole.zst && echo "# $kills kills, $((rounds + 1)) runs" >&2
}
check "$kills kills at random moments" killed

interrupted() { # by signals that can be caught, too
    local signal
    rm -f run.zst
    for signal in INT TERM USR1 TERM INT; do
        (
            set -m
            (resume) &
            set +m
            sleep 0.05
            kill -$signal $! 2>/dev/null
            wait $!
        )
        [ ! -s run.zst ] || nca-info --check run.zst >info || return
    done
    (resume) && whole whole.zst
}
check "interrupted five times" interrupted

full_disks() {
    local size room i
    RANDOM=2
    size=$(stat -c %s whole.zst)
    rm -f run.zst
    for ((i = 0; i < disks; i++)); do
        room=$(((RANDOM << 15 | RANDOM) % (size * 2 / disks)))
        ill FAULT_FULL=$room nca-step --resume run.zst --until $until "${options[@]}" start.zst \
            2>message
        case $? in
        0) whole whole.zst && rm run.zst ;; # there was room enough
        1) tail -n 1 message | grep -qx 'nca-step: run.zst: No space left on device' ;;
        *) false ;;
        esac || return
        refuses 1 ill FAULT_FULL=$((room / 2)) nca-step --until $until start.zst -o other.zst &&
            grep -qx 'nca-step: other.zst: No space left on device' message || return
    done
    (resume) && whole whole.zst
}
check "$disks disks that fill at random bytes" full_disks
limited() { # the size of files is limited: an error like a full disk
    local status
    rm -f run.zst
    (ulimit -f 40 &&
        exec nca-step --resume run.zst --until $until "${options[@]}" start.zst) 2>message
    status=$?
    [ "$status" -eq 1 ] && grep -qx 'nca-step: run.zst: File too large' message && (resume) &&
        whole whole.zst
}
check "ulimit -f: nca-step fails with a message, and --resume completes the run" limited

# Disks that fail to keep what was written
unsynced() { # unsynced COMMAND...: it fails, and says why
    refuses 1 ill FAULT_SYNC=1 "$@" -o lost.zst &&
        grep -qx "$1: lost.zst: Input/output error" message
}
check "nca-step: fsync fails in the end" unsynced nca-step --until 5 start.zst
check "nca-cat: fsync fails in the end" unsynced nca-cat start.zst
early() { # long before the end, so that the stream has none
    unsynced nca-step --until $until --sync 0 start.zst && refuses 1 nca-info lost.zst &&
        grep -q truncated message
}
check "nca-step --sync 0: fsync fails after the first generations" early

# Progress, which is shown after half a second
progress() { # progress GENERATIONS: how often it is shown where each look at a clock takes 40 ms
    ill FAULT_TICK=40 nca-step --until "$1" --progress start.zst -o shown.zst 2>&1 |
        grep -o 'generation' | wc -l
}
check "--progress: nothing is shown in the first half second" [ "$(progress 1)" -eq 0 ]
shown() { # a generation looks at the clock twice
    local times
    times=$(progress 100)
    echo "$times times"
    [ "$times" -gt 10 ] && [ "$times" -lt 60 ]
}
check "--progress: then it is shown, but not for each generation" shown

# Reads and writes that come short, signals between, clocks that jump
same_under() { # same_under VARIABLE=VALUE...
    ill "$@" nca-step --until 60 --progress --sync 0 start.zst -o under.zst 2>message &&
        nca-step --until 60 start.zst | cmp - under.zst &&
        ill "$@" nca-cat <under.zst | cmp - <(nca-cat under.zst) &&
        ill "$@" nca-step --resume under.zst --until 70 &&
        nca-step --until 70 start.zst | cmp - under.zst &&
        ill "$@" nca-census --tsv <under.zst | cmp - <(nca-census --tsv under.zst) &&
        ill "$@" nca-info --check under.zst >info
}
check "short reads and writes" same_under FAULT_SHORT=301
check "every third call interrupted" same_under FAULT_EINTR=3
check "short, and every second interrupted" same_under FAULT_SHORT=999 FAULT_EINTR=2
check "clocks that jump by a day" same_under FAULT_CLOCK=86400

# Readers
unread() { # starts a writer, $step, for a reader, $reader, that reads no more than a byte
    rm -f fifo
    mkfifo fifo
    set -m
    nca-step -n 0 start.zst >fifo 2>message &
    step=$!
    set +m
    exec {reader}<fifo
    head -c 1 <&"$reader" >out.zst # it has begun
    sleep 0.3
}
stalled() { # the reader does nothing for a while; the signal is heeded when it goes on
    local status step reader
    unread
    kill -TERM $step
    sleep 0.1
    cat <&"$reader" >>out.zst
    wait $step
    status=$?
    exec {reader}<&-
    [ "$status" -eq 143 ] && [ ! -s message ] && nca-info --check out.zst >info
}
check "a reader stops and goes on: TERM ends the stream with a generation" stalled
stopped() { # it never goes on: the second signal ends the writer
    local status step reader
    unread
    kill -INT $step
    sleep 0.2
    kill -INT $step
    soon gone $step || kill -9 $step
    wait $step
    status=$?
    exec {reader}<&-
    [ "$status" -eq 130 ]
}
if grep -q __tsan_init "$bin/nca-step"; then
    skip "a reader stops for good: the second INT ends the writer" \
        "TSan holds signals back while a write waits"
else
    check "a reader stops for good: the second INT ends the writer" stopped
fi
waiting() { # a filter whose input has nothing to say heeds the first signal, at once
    local status filter writer signal
    for signal in INT TERM USR1; do
        rm -f fifo
        mkfifo fifo
        set -m
        nca-cat <fifo >out.zst 2>message &
        filter=$!
        set +m
        exec {writer}>fifo
        nca-step -n 5 start.zst | head -c 40000 >&"$writer"
        soon [ -s out.zst ]
        sleep 0.1
        kill -$signal $filter
        soon gone $filter || kill -9 $filter
        wait $filter
        status=$?
        exec {writer}>&-
        case $signal in INT) expected=130 ;; TERM) expected=143 ;; *) expected=0 ;; esac
        [ "$status" -eq $expected ] && [ ! -s message ] && nca-info --check out.zst >info || return
    done
}
check "a filter that waits for its input: one signal, and a good stream" waiting

# A pipe of five programs, one of which is killed: it ends with a failure.
tabled() { # the last one has a generation
    grep -q '^0	' table.tsv
}
of_five() {
    local victim=$1 status pid
    rm -f pid.* table.tsv
    set -m
    (
        as() { echo $BASHPID >"pid.$1" && exec "${@:2}"; }
        as 1 nca-step -n 0 start.zst | as 2 nca-cat | as 3 tee copy.zst | as 4 nca-cat |
            as 5 nca-census --tsv >table.tsv
    ) 2>message &
    pid=$!
    set +m
    soon tabled && sleep 0.1
    kill -9 "$(<"pid.$victim")"
    soon gone $pid || { kill -9 -- -$pid && echo "still there" && return 1; }
    wait $pid
    status=$?
    if [ "$victim" -eq 5 ]; then
        [ "$status" -eq 137 ]
    else # the last one reports it
        [ "$status" -eq 1 ] && grep -q '^nca-census: .*truncated' message
    fi
}
for victim in 1 2 3 4 5; do
    check "a pipe of five, number $victim killed: it ends with a failure" of_five $victim
done

# Memory that ends: all, or a message and nothing that looks whole
memory() {
    local limit status some=false
    nca-step --until 20 start.zst -o expected.zst
    for ((limit = 5000; limit < 60000; limit += 2500)); do
        (ulimit -v $limit && exec nca-step --until 20 --threads 1 start.zst) >out.zst 2>message
        status=$?
        if [ "$status" -eq 0 ]; then
            some=true
            cmp expected.zst out.zst || return
        else
            [ "$status" -eq 1 ] || [ "$status" -eq 127 ] || { echo "$limit: $status" && return 1; }
            [ -s message ] && ! nca-info out.zst >info 2>&1 || return
        fi
    done
    $some
}
if { (ulimit -v 60000 && exec nca-info --version) >info 2>&1; } 2>/dev/null; then
    check "nca-step in less and less memory: the whole run or a message" memory
else
    skip "nca-step in less and less memory: the whole run or a message" \
        "sanitizers and valgrind take more for themselves"
fi

second_writer() {
    local status
    rm -f run.zst
    set -m
    nca-step -n 0 --every 1000000 start.zst -o run.zst &
    set +m
    soon [ -s run.zst ]
    refuses 1 nca-step --resume run.zst --until 5 start.zst && grep -q 'run.zst: locked' message
    status=$?
    kill -9 $!
    wait $! 2>/dev/null
    [ "$status" -eq 0 ] && nca-step --resume run.zst --until 5 start.zst 2>message
}
check "a second writer on the same file is refused" second_writer
finish
