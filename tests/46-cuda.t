#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# The CUDA backend beyond parity in every generation (45-parity.t): what comes to the host when not
# all is written, in whatever order a device works; and what is reported where there is none.
# TEST_LONG=1: four orders, not one. NCA_WAYS=device: on a device alone.
# shellcheck disable=SC2086 # options are lists
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=${BUILD:-build}/bin emulated=${BUILD:-build}/emulated/nca-step

same() { # same OPTIONS COMMAND...: the plain version's bytes come from the command
    local options=$1
    shift
    NCA_KERNEL=plain "$bin/nca-step" $options "$scratch/seed" >"$scratch/plain" &&
        "$@" $options "$scratch/seed" | cmp - "$scratch/plain"
}

ways=()
orders=$(at_length 3 "0 1 2 3")
[ "${NCA_WAYS:-}" != device ] || orders=
for order in $orders; do
    ways+=("env EMULATION=$order $emulated --backend cuda")
done
"$bin/nca-seed" -W 7 -H 5 -o "$scratch/tiny"
device=false
if "$bin/nca-step" --backend cuda --until 0 "$scratch/tiny" >"$scratch/none" 2>"$scratch/why"; then
    device=true
    ways+=("$bin/nca-step --backend cuda")
else
    skip "all of this on a device" "$(sed "s/^nca-step: [^:]*: //" "$scratch/why")"
fi

# Many births, some of them of the newborn, some that die at once.
"$bin/nca-seed" -W 43 -H 37 --init 0.3 --ip 0.6 --ppp 0.1 --alpha 0.3 --budget 6 -o "$scratch/seed"
for options in "-n 30 --every 4" "-n 40 --every 3 --keyframe 10" "-n 45 --every 1000" \
    "-n 20 --sections state" "-n 20 --sections ages" \
    "-n 25 --sections genomes --every 6 --cull 0.2" \
    "-n 20 --cull 0.6 --cull-every 4" \
    "-n 20 --sections genomes,state --schedule sync" "-n 1" "--until 0"; do
    for way in "${ways[@]}"; do
        check "$options: ${way#env }" same "$options" $way
    done
done

# Nobody lives, and nothing changes: few births, so that no POOL takes their place.
for seed in "-W 20 -H 20 --init 0" "-W 60 -H 60 --budget inf --ip 0.01"; do
    rm "$scratch/seed"
    "$bin/nca-seed" $seed -o "$scratch/seed"
    for way in "${ways[@]}"; do
        check "$seed --every 7: ${way#env }" same "-n 40 --every 7" $way
    done
done

check "--backend: another name is refused" refuses 2 \
    "$bin/nca-step" --backend gpu -n 1 "$scratch/tiny"
if ! $device; then
    check "no device: --backend cuda fails" refuses 1 \
        "$bin/nca-step" --backend cuda -n 1 "$scratch/tiny" -o "$scratch/out"
    check "no device: the message is one line with the option's name" \
        grep -qx 'nca-step: --backend cuda: .\+' "$scratch/message"
    check "no device: no output is written" \
        test ! -e "$scratch/out" -a "$(wc -l <"$scratch/message")" -eq 1
fi

if $device && command -v compute-sanitizer >/dev/null; then
    check "compute-sanitizer has nothing to say" compute-sanitizer --error-exitcode 1 \
        "$bin/nca-step" --backend cuda -n 20 --every 3 "$scratch/tiny" -o "$scratch/out"
else
    skip compute-sanitizer "no device, or not installed"
fi

# A grid so large that auto looks for a device.
rm "$scratch/seed"
"$bin/nca-seed" -W 1000 -H 1000 --init 0.0001 -o "$scratch/seed"
silent() {
    same "-n 2" "$@" 2>"$scratch/message" && [ ! -s "$scratch/message" ] && return
    cat "$scratch/message"
    return 1
}
check "auto, the same with or without a device, and silent" silent "$bin/nca-step"
if [ -z "$orders" ]; then
    finish
fi
check "auto with a device" silent env EMULATED_LOG="$scratch/log" "$emulated"
check "auto with a device takes memory of the device" test -s "$scratch/log"
rm "$scratch/log"
check "a device too small: auto does without, silently" silent \
    env EMULATED_LOG="$scratch/log" EMULATED_BYTES=1000 "$emulated"
check "a device too small: auto takes none of its memory" test ! -e "$scratch/log"
check "a device too small: --backend cuda fails" refuses 1 \
    env EMULATED_BYTES=1000 "$emulated" --backend cuda -n 1 "$scratch/seed"
# 1000000 times 254 bytes, and 4 MiB of genomes on their way to the host
check "a device too small: the message says how much memory is needed" \
    grep -q 'no usable GPU: out of memory (247 MiB needed)' "$scratch/message"

finish
