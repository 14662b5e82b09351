#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# nca-replay: what a stream leaves out is recomputed, bit for bit, and what it has is checked. And
# nca-info --digest: the same run has the same digest, however it is stored.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
bin=$(cd "${BUILD:-build}/bin" && pwd) || exit 1
PATH=$bin:$PATH here=$PWD/tests
cd "$scratch" || exit 1
exec </dev/null

payload() { # but for lines of HEAD that say how a stream was made
    zstd -dc "$1" | sed '/^history /d; /^every /d'
}
digest() {
    nca-info --digest "$@"
}
run() { # run NAME STEP-OPTIONS...: NAME.full.zst, every generation
    nca-step -n 40 "${@:2}" seed.zst -o "$1.full.zst"
}
nca-seed -W 23 -H 17 --init 0.2 --ip 0.5 --ppp 0.1 --budget 6 --seed 3 -o seed.zst

# replayed NAME K STEP-OPTIONS...: every K-th generation is enough to make NAME.full.zst again
replayed() {
    local threads
    nca-step -n 40 --every "$2" "${@:3}" seed.zst -o thin.zst || return
    for threads in 1 2 5; do
        nca-replay --threads "$threads" thin.zst -o again.zst &&
            nca-info --check again.zst >info &&
            cmp <(payload "$1.full.zst") <(payload again.zst) &&
            cmp <(digest "$1.full.zst") <(digest again.zst) || return
    done
}
run plain
run keyframes --keyframe 7
run sync --schedule sync --cull 0.01 --cull-from 5
run culled --cull 0.5 --cull-every 5
run season --landscape season:12,0.9
for every in 1 3 16 40; do
    check "every generation again, of each ${every}th" replayed plain "$every"
done
check "every generation again, with keyframes" replayed keyframes 9 --keyframe 7
check "every generation again, sync schedule and culling" \
    replayed sync 16 --schedule sync --cull 0.01 --cull-from 5
check "every generation again, a catastrophe in every fifth" \
    replayed culled 16 --cull 0.5 --cull-every 5
check "every generation again, in a landscape" replayed season 16 --landscape season:12,0.9

three_channels() {
    nca-seed -W 12 -H 9 --channels 3 --init 0.3 --ip 0.4 --ppp 0.2 --activation tanh --alpha 0 \
        --budget inf | nca-step -n 30 -o three.full.zst &&
        nca-cat --generations 0::10 three.full.zst | nca-replay >again.zst &&
        cmp <(payload three.full.zst) <(payload again.zst)
}
check "every generation again, three channels, thinned by nca-cat" three_channels

parts() { # each goes on from the one before, with parameters of its own
    nca-step -n 13 --every 5 seed.zst -o one.zst && nca-step -n 9 --ip 0.9 one.zst -o two.zst &&
        nca-step -n 20 --every 8 --ip 0.2 two.zst -o three.zst || return
    nca-step -n 13 seed.zst -o one.full.zst &&
        nca-step -n 9 --ip 0.9 one.full.zst -o two.full.zst &&
        nca-step -n 20 --ip 0.2 two.full.zst -o three.full.zst || return
    nca-replay one.zst two.zst three.zst >again.zst && nca-info --check again.zst >info &&
        cmp <(cat one.full.zst two.full.zst three.full.zst | payload -) <(payload again.zst)
}
check "every generation of several parts" parts

range() { # range A:B: as nca-cat cuts it from the full run
    nca-step -n 40 --every 16 seed.zst | nca-replay --generations "$1" >cut.zst &&
        nca-cat --generations "$1" plain.full.zst >cut.full.zst &&
        nca-info --check cut.zst >info && cmp <(payload cut.full.zst) <(payload cut.zst)
}
for range in 0:3 5:20 16 17:32 39: :; do
    check "generations $range alone" range "$range"
done

checked() { # checked GENERATIONS FILE...
    local count=$1
    shift
    nca-replay --check "$@" >message &&
        grep -qx "$count generations recomputed: all the same" message
}
check "a run is checked" checked 40 plain.full.zst
check "a run of every 16th generation is checked" \
    checked 3 <(nca-step -n 40 --every 16 seed.zst)
check "parts are checked" checked 42 one.full.zst two.full.zst three.full.zst

# Faults
differs() { # differs GENERATION WHAT FILE: says so, after the generations before it
    ! nca-replay --check "$3" >out 2>message && [ ! -s out ] && [ "$(wc -l <message)" -eq 1 ] &&
        grep -qE "^nca-replay: generation $1 is not what the rule makes of generation [0-9]+: $2" \
            message && return
    cat message
    return 1
}
changed() { # changed WHAT GENERATION: plain.full.zst, every 8th, where one number is another
    nca-step -n 40 --every 8 --keyframe 8 seed.zst |
        "$python" "$here/change.py" "$1" "$2" >changed.zst && nca-info changed.zst >info
}
cell='cell [0-9]+ \(row [0-9]+, column [0-9]+\)'
for what in "genome:genome [0-9]+, parameter [0-9]+" "age:age [0-9]+, not [0-9]+" \
    "state:channel [01]: [0-9.]+, not [0-9.]+"; do
    check "a changed ${what%%:*} in a stored generation is reported" \
        eval "changed ${what%%:*} 24 && differs 24 '$cell: ${what#*:}' changed.zst"
done
before_the_fault() { # what was recomputed from good generations is delivered, and is no whole part
    ! nca-replay changed.zst >part.zst 2>message || return
    ! nca-info part.zst >info 2>/dev/null && grep -qx 'generations 24, 0 to 23' info &&
        nca-cat --salvage part.zst 2>/dev/null | nca-info --digest >one
    nca-cat --generations 0:23 plain.full.zst | digest | cmp - one
}
check "generations before a fault are delivered" before_the_fault

says() { # says STATUS TEXT COMMAND...
    local status
    "${@:3}" >out 2>message
    status=$?
    [ $status -eq "$1" ] && [ "$(wc -l <message)" -eq 1 ] && grep -qE "$2" message && return
    echo "status $status: $(cat message)"
    return 1
}
imported() {
    nca-export --npy arrays plain.full.zst && nca-import --npy arrays -o imported.zst &&
        says 1 'recorded by another program' nca-replay imported.zst &&
        nca-step -n 20 --every 10 imported.zst | nca-replay --check | grep -q '^2 generations'
}
check "imported generations can't be recomputed, those computed from them can" imported
check "nca-replay refuses a stream without genomes" says 1 'has no genomes' \
    nca-replay <(nca-step -n 4 --sections state,ages seed.zst)
no_map() {
    printf 'P2 23 17 255\n%s\n' "$(seq 391 | sed 's/.*/200/' | tr '\n' ' ')" >map.pgm
    nca-step -n 8 --every 4 --landscape map:map.pgm seed.zst -o mapped.zst && rm map.pgm &&
        says 1 'landscape: .*map.pgm' nca-replay mapped.zst
}
check "nca-replay refuses a stream whose landscape's map is gone" no_map
moved_map() { # the same map under another name, but no other map
    mkdir -p moved
    { echo P2 23 17 255 && seq 391 | awk '{ print $1 % 199 + 56 }'; } >map.pgm
    nca-step -n 8 --landscape map:map.pgm seed.zst -o all.zst &&
        nca-step -n 8 --every 4 --landscape map:map.pgm seed.zst -o mapped.zst &&
        mv map.pgm moved/other.pgm && sed '2s/.*/98/' moved/other.pgm >moved/wrong.pgm &&
        nca-replay --landscape map:moved/other.pgm mapped.zst -o again.zst &&
        cmp <(payload all.zst) <(payload again.zst) &&
        nca-replay --check --landscape map:moved/other.pgm mapped.zst >out &&
        says 1 'not the map that the run began with' \
            nca-replay --landscape map:moved/wrong.pgm mapped.zst &&
        says 2 'season:3,1: not map:FILE' \
            nca-replay --landscape season:3,1 mapped.zst
}
check "nca-replay --landscape names a map that has moved" moved_map
check "nca-replay --check refuses a stream that is cut short" \
    says 1 'truncated' nca-replay --check <(head -c 20000 plain.full.zst)
check "generations that end before they begin" says 2 'ends before it begins' \
    nca-replay --generations 9:3 plain.full.zst

# Digests
one_digest() { # of the same run, stored in other ways
    digest plain.full.zst >one && [ "$(wc -l <one)" -eq 2 ] || return
    local way
    for way in "nca-cat --level 12" "nca-step --until 40 --keyframe 3" "nca-cat"; do
        $way plain.full.zst 2>/dev/null | digest | head -n 1 | cmp - <(head -n 1 one) || return
    done
    nca-cat --level 9 plain.full.zst | digest | cmp - one &&
        nca-step --until 20 seed.zst -o a.zst && nca-step --until 40 a.zst -o b.zst &&
        digest a.zst b.zst | cmp - one
}
check "the same run has one digest" one_digest
other_digests() { # of a run that differs in one number
    local what
    nca-step -n 40 --every 8 --keyframe 8 seed.zst | digest >one
    for what in genome age state; do
        changed "$what" 24 && ! digest changed.zst | cmp -s - one || return
        digest changed.zst | head -n 1 | cmp -s - <(head -n 1 one) || return
    done
    nca-step -n 40 --ip 0.4999999 --every 8 seed.zst | digest | head -n 1 |
        cmp -s - <(head -n 1 one) && return 1
    return 0
}
check "a run that differs in one number has another digest" other_digests
by_hand() { # as STREAM.md defines it, in Python
    "$python" "$here/digest.py" plain.full.zst | cmp - <(digest plain.full.zst)
}
check "the digest is that of STREAM.md's definition" by_hand
finish
