#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Every build of the rule makes the plain one's stream, byte for byte: so does the CUDA backend, its
# source run on the CPU (tests/emulation), and itself where a device answers.
# TEST_LONG=1: the experiments at full size, for 200 generations; more threads.
# NCA_WAYS=device: on a device alone.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
build=${BUILD:-build}

"$build/bin/nca-seed" -W 3 -H 3 -o "$scratch/tiny"
check "NCA_KERNEL is heeded" refuses 2 \
    env NCA_KERNEL=none "$build/bin/nca-step" --until 0 "$scratch/tiny"
ways=() cpu="fma simd avx2 avx512"
[ "${NCA_WAYS:-}" != device ] || cpu=
for kernel in $cpu; do
    step=$build/bin/nca-step
    [ $kernel != simd ] || step=$build/portable/nca-step # on x86-64 no other program has it
    if NCA_KERNEL=$kernel "$step" --until 0 "$scratch/tiny" >/dev/null 2>&1; then
        ways+=("NCA_KERNEL=$kernel $step --threads 1")
    else
        echo "# this machine has no $kernel"
    fi
done
for threads in ${cpu:+$(at_length 3 "2 3 8")}; do
    ways+=("NCA_GRAIN=1 $build/bin/nca-step --threads $threads")
done
[ -z "$cpu" ] || ways+=("EMULATION=2 $build/emulated/nca-step --backend cuda")
if "$build/bin/nca-step" --backend cuda --until 0 "$scratch/tiny" >/dev/null 2>&1; then
    ways+=("$build/bin/nca-step --backend cuda")
else
    skip "CUDA on a device" "none answers, or built without"
fi

same() { # same WAY STEP-OPTIONS
    # shellcheck disable=SC2086
    env $1 $2 "$scratch/seed" | cmp - "$scratch/plain"
}
# parity SEED-OPTIONS STEP-OPTIONS
parity() {
    rm -f "$scratch/seed" "$scratch/plain"
    # shellcheck disable=SC2086
    "$build/bin/nca-seed" $1 -o "$scratch/seed"
    # shellcheck disable=SC2086
    NCA_KERNEL=plain "$build/bin/nca-step" $2 "$scratch/seed" -o "$scratch/plain"
    for way in ${ways[@]+"${ways[@]}"}; do
        check "$1 $2: $way" same "$way" "$2"
    done
}

while IFS='|' read -r seed step; do
    parity "$seed" "-n $(at_length 16 60) $step"
done <<'LIST'
-W 61 -H 47 --init 0.2 --ip 0.3 --ppp 0.1|
-W 61 -H 47 --init 0.2 --ip 0.3 --ppp 0.1|--schedule sync
-W 64 -H 32 --init 0.2 --ip 1 --ppp 1 --budget 9|
-W 64 -H 32 --init 0.1 --ip 0.2|--every 7
-W 64 -H 32 --init 0.1 --ip 0.2|--sections state,ages --keyframe 5
-W 48 -H 33 --init 0.3 --ip 0.5 --alpha 0.3 --budget 8|
-W 49 -H 33 --init 0.3 --ip 0.5 --alpha 0.3 --budget 8|--schedule sync
-W 37 -H 41 --init 0.3 --ip 0.5 --alpha 0.2 --budget inf --ppp 0.5|
-W 37 -H 41 --init 0.3 --ip 0.7 --alpha 0.3 --budget 0|
-W 53 -H 31 --init 0.2 --ip 0.5 --ppp 0.1 --activation tanh --alpha 0 --budget inf|
-W 53 -H 31 --init 0.2 --ip 0.5 --activation tanh --alpha 0 --hidden tanh --seed 5|
-W 53 -H 31 --init 0.2 --ip 0.5 --activation tanh --alpha 0 --hidden relu|
-W 53 -H 31 --init 0.2 --ip 0.5 --activation tanh --alpha 0 --hidden leakyrelu|--schedule sync
-W 53 -H 31 --init 0.2 --ip 0.5 --hidden none --alpha 0.6|
-W 53 -H 31 --channels 3 --init 0.2 --ip 0.5 --budget inf --seed 18446744073709551615|
-W 53 -H 31 --channels 3 --init 0.2 --ip 0.5 --seed 9|--cull 0.05 --cull-from 3 --cull-until 12
-W 53 -H 31 --channels 3 --init 0.2 --ip 0.5 --alpha 0.3 --ppp 0.3|--cull 0.2 --schedule sync
-W 53 -H 31 --init 0.2 --ip 0.5 --seed 4|--cull 0.3 --cull-every 3 --cull-from 4 --cull-until 15
-W 41 -H 29 --channels 1 --init 0.3 --ip 0.4 --alpha 0.3|
-W 23 -H 19 --channels 8 --init 0.3 --ip 0.4 --ppp 0.1|
-W 5 -H 7 --channels 32 --init 0.5 --ip 1|
-W 131 -H 1 --init 0.6 --ip 0.5 --ppp 0.2 --alpha 0.4|
-W 1 -H 131 --init 0.6 --ip 0.5 --ppp 0.2 --alpha 0.4|
-W 15 -H 2 --init 0.6 --ip 0.5 --ppp 0.2|
-W 2 -H 17 --init 0.6 --ip 0.5 --ppp 0.2|--schedule sync
-W 1 -H 1 --init 1 --ip 0.5 --ppp 0.1 --alpha 0.3 --budget 3|
-W 31 -H 31 --init 0 --alpha 0.5|
-W 53 -H 31 --init 0.2 --ip 0.5 --budget 9|--landscape season:9,0.9
-W 53 -H 31 --init 0.2 --ip 0.5 --budget 5|--landscape season:2,0.8
-W 53 -H 31 --init 0.2 --ip 0.5 --budget 9|--landscape wave:9,20,1,30 --cull 0.01
-W 53 -H 31 --init 0.2 --ip 0.5 --budget 9|--landscape wave:9,20,0.4,30 --landscape-on alpha
-W 53 -H 31 --init 0.2 --ip 0.5 --budget 9 --alpha 0.6|--landscape season:8,0.1 --landscape-on alpha
-W 53 -H 31 --init 0.2 --ip 0.7 --budget 9 --channels 3|--landscape patches:7,4,1 --landscape-on ip
-W 53 -H 31 --init 0.2 --ip 0.7 --ppp 0.4 --alpha 0.3|--landscape wave:9,20,1,200 --landscape-on ppp
LIST

size=$(at_length "-W 32 -H 32" "-W 200 -H 200") generations=$(at_length 16 200)
for experiment in $(at_length "1 2 7 9 17 24" "$(seq -s " " 24)"); do
    parity "--experiment $experiment $size" "-n $generations"
done
finish
