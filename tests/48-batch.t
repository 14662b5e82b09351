#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# nca-batch: each run gets the bytes that nca-step makes of it, whatever else is in the batch, on
# the CPU and, in emulation or on a device, by CUDA. NCA_WAYS=device: on a device alone.
# shellcheck disable=SC2086,SC2317 # options are lists; functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
build=$(cd "${BUILD:-build}" && pwd) || exit 1
PATH=$build/bin:$PATH
emulated=$build/emulated/nca-batch
cd "$scratch" || exit 1
exec </dev/null

# Runs that share a device, and others: of another size, number of channels or generation, and in a
# landscape. Rows of a batch end within a block of threads.
mkdir seeds
seed() {
    nca-seed -W 43 -H 37 --init 0.3 --ip 0.5 --ppp 0.1 --alpha 0.3 "${@:2}" -o "seeds/$1.zst"
}
seed a --budget 6
seed b --seed 2 --budget inf --ip 0.02
seed c --seed 3 --activation tanh --alpha 0
seed d --seed 4 --hidden none --ip 0.9 --ppp 0.5
seed dead --init 0 2>/dev/null
seed small -W 20 -H 9
seed three --channels 3
seed three2 --channels 3 --seed 9 --budget 9
nca-step -n 1 --schedule sync --cull 0.1 seeds/a.zst -o seeds/sync.zst
nca-step -n 1 --ip 0.7 seeds/b.zst -o seeds/later.zst
nca-step -n 1 --landscape season:9,0.9 seeds/a.zst -o seeds/season.zst

ways=("nca-batch --backend cpu --threads 3")
for order in $(at_length 5 "0 1 2 5"); do
    ways+=("env EMULATION=$order $emulated --backend cuda")
done
if nca-batch --backend cuda --until 0 -d none seeds/dead.zst 2>/dev/null; then
    device=true
    ways+=("nca-batch --backend cuda")
else
    device=false
    skip "all of this on a device" "none answers, or built without"
fi
[ "${NCA_WAYS:-}" != device ] || ways=("nca-batch --backend cuda")

# The same files as those in steps, but for the first record, which has the name of the program.
same_records() {
    local file a b bytes
    for file in out/*; do
        a=$(stat -c %s "$file") b=$(stat -c %s "steps/${file##*/}") || return
        bytes=$(((a < b ? a : b) - 700))
        cmp <(tail -c $bytes "$file") <(tail -c $bytes "steps/${file##*/}") || return
    done
}
batch() { # batch OPTIONS COMMAND...
    rm -rf out && "${@:2}" $1 -d out seeds/*.zst && same_records && [ "$(ls steps)" = "$(ls out)" ]
}
for options in "-n 12" "-n 12 --every 5" "-n 25 --every 1000 --keyframe 9" \
    "--until 9 --sections state,ages --every 4"; do
    rm -rf steps && mkdir steps
    for file in seeds/*; do
        nca-step $options "$file" -o "steps/${file##*/}"
    done
    for way in "${ways[@]}"; do
        check "$options: ${way//"$build/"/}" batch "$options" $way
    done
done
if [ "${NCA_WAYS:-}" = device ]; then
    finish
fi

rm -rf steps && mkdir steps
for file in seeds/*; do
    nca-step -n 9 "$file" -o "steps/${file##*/}"
done
same_model() {
    rm -rf out && nca-batch -n 9 -d out seeds/{a,later,season}.zst || return
    for file in out/*; do
        [ "$(nca-info --digest "$file")" = "$(nca-info --digest "steps/${file##*/}")" ] || return
    done
}
check "the same digests" same_model
# 4 MB for genomes on their way to the host, and 0.4 MB for each of a, b, c, d and the dead one
on_device() { # on_device LOG BYTES
    EMULATED_LOG=$1 EMULATED_BYTES=$2 batch "-n 9" "$emulated" --backend cuda
}
parts() {
    on_device whole.log 100000000 && on_device parts.log 5600000 &&
        [ "$(wc -l <parts.log)" -gt "$(wc -l <whole.log)" ]
}
check "a device that has no memory for all takes some at a time" parts
too_small() {
    refuses 1 env EMULATED_BYTES=1000 "$emulated" --backend cuda -n 1 -d none seeds/a.zst &&
        grep -qx 'nca-batch: --backend cuda: no usable GPU: out of memory .*' message
}
check "a device that has no memory for one is not used" too_small
$device || check "no device: --backend cuda fails" refuses 1 \
    nca-batch --backend cuda -n 1 -d none seeds/a.zst

# Bad runs do not cost the others.
bad() {
    head -c 3000 seeds/a.zst >cut.zst && nca-cat --generations 0:0 --sections ages seeds/b.zst \
        >ages.zst || return
    rm -rf out fifo && mkfifo fifo || return
    refuses 1 timeout 20 "$@" -n 9 -d out cut.zst seeds/a.zst gone.zst ages.zst fifo \
        seeds/d.zst || return
    [ "$(ls out)" = "a.zst"$'\n'"d.zst" ] && [ "$(wc -l <message)" -eq 4 ] &&
        grep -q 'fifo: not a regular file' message &&
        grep -q '^nca-batch: cut.zst: .*truncated' message && grep -q 'gone.zst: No such' message &&
        same_records
}
check "bad runs are reported, and the others computed" bad nca-batch
check "likewise on a device" bad "$emulated" --backend cuda
map() {
    rm -rf out && mkdir out && { printf 'P5 43 37 255\n' && head -c 1591 /dev/zero; } >map &&
        cp map out/onmap.zst &&
        nca-step -n 1 --landscape map:out/onmap.zst seeds/a.zst -o onmap.zst || return
    refuses 2 nca-batch -n 1 -d out onmap.zst && cmp map out/onmap.zst
}
check "an output that is the map of a run" map
past() {
    refuses 1 nca-batch --until 0 -d out seeds/later.zst seeds/a.zst &&
        grep -q 'later.zst: is at generation 1: ' message && nca-info --check out/a.zst >info
}
check "a run beyond --until" past

check "an output that is an input" refuses 2 nca-batch -n 1 -d seeds seeds/a.zst
check "it is whole" nca-info --check seeds/a.zst
link() {
    rm -rf out && mkdir out && echo mine >mine && ln -s ../mine out/a.zst || return
    refuses 1 nca-batch -n 1 -d out seeds/a.zst && [ "$(<mine)" = mine ] &&
        grep -q 'out/a.zst: a link: only regular files are replaced' message
}
check "no link is followed" link
two_names() {
    rm -rf out && mkdir out && echo mine >out/a.zst && ln out/a.zst out/b.zst || return
    refuses 2 nca-batch -n 1 -d out seeds/{a,b,c}.zst && [ "$(<out/a.zst)" = mine ] &&
        grep -q 'out/b.zst: another name of a file that is written, too' message
}
check "two outputs that are links to one file" two_names
mkdir other && cp seeds/a.zst other
names() {
    rm -rf out
    refuses 2 nca-batch -n 1 -d out seeds/a.zst other/a.zst &&
        grep -q 'seeds/a.zst and other/a.zst would be written to the same file, out/a.zst\|'\
'other/a.zst and seeds/a.zst would' message && [ ! -e out ]
}
check "two runs of one name" names
check "standard input" refuses 2 nca-batch -n 1 -d out - <seeds/a.zst
check "no directory" refuses 2 nca-batch -n 1 seeds/a.zst
check "no run" refuses 2 nca-batch -n 1 -d out
check "-n and --until" refuses 2 nca-batch -n 1 --until 2 -d out seeds/a.zst

# Each of the large ones may come to take 1.6 GB, so that the last file is not read with the first.
large() {
    local name
    rm -rf out large && mkdir large || return
    nca-seed -W 1 -H 1 --channels 32 --init 1 -o large/a.zst || return
    for name in b c d; do
        nca-seed -W 200 -H 200 --channels 32 --init 0 -o large/$name.zst 2>/dev/null || return
    done
    EMULATED_BYTES=1 "$emulated" -n 100000000 --every 1000000 -d out large/*.zst gone.zst \
        2>message &
    soon test -s out/a.zst && kill -TERM $! && wait $!
    [ $? -eq 143 ] && [ ! -s message ] && [ "$(ls out)" = a.zst ]
}
check "a small run does not make many large ones be loaded" large

# A signal: each run that was begun is whole up to some generation, and can be continued.
stopped() { # stopped COMMAND...
    local file name
    rm -rf out
    "$@" -n 100000000 --every 1000 -d out seeds/a.zst seeds/d.zst &
    soon test -s out/a.zst && soon test -s out/d.zst && kill -TERM $! && wait $!
    [ $? -eq 143 ] || return
    for file in out/*; do
        name=${file##*/}
        nca-info --check "$file" >info && at=$(nca-info "$file" | sed -n 's/^generations .* to //p')
        nca-step --until $((at + 20)) --every 1000 "seeds/$name" -o whole.zst &&
            nca-step --until $((at + 20)) --resume "$file" &&
            [ "$(nca-info --digest "$file" | tail -n 1)" = "$(nca-info --digest whole.zst |
                tail -n 1)" ] || return
    done
}
check "a signal ends all runs in good order" stopped nca-batch --threads 2
check "likewise on a device" stopped "$emulated" --backend cuda

# Nor does a signal cost what a run would have replaced that had not begun.
waiting() {
    rm -rf out && mkdir out && echo old >out/d.zst || return
    EMULATED_BYTES=4700000 "$emulated" --backend cuda -n 100000000 --every 1000 -d out \
        seeds/a.zst seeds/d.zst &
    soon test -s out/a.zst && kill -TERM $! && wait $!
    [ $? -eq 143 ] && nca-info --check out/a.zst >info && [ "$(<out/d.zst)" = old ]
}
check "runs that wait for memory of a device are not begun after a signal" waiting

finish
