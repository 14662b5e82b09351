#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: quick, sanitized
# nca-cat: parts become what a run in one go has written, cuts keep lineages, and of broken streams
# comes all that is complete before a fault, and behind it from the next pool on.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
bin=$(cd "${BUILD:-build}/bin" && pwd) || exit 1
PATH=$bin:$PATH agree=$PWD/tests/agree.py
cd "$scratch" || exit 1
exec </dev/null

mkfifo asked answered
"$python" "$agree" serve <asked >answered &
exec {ask}>asked {answer}<answered
agree() { # agree CHECK ARGUMENT...: of tests/agree.py, in one process
    local fault
    (IFS=$'\t' && echo "$*") >&"$ask" && read -r fault <&"$answer" && [ -z "$fault" ] && return
    echo "$fault"
    return 1
}
good() { # good FILE GENERATIONS: a good stream of these
    nca-info --check "$1" >info && grep -qx "generations $2" info && return
    cat info
    return 1
}
payload() { # without the lines that say where a stream comes from
    zstd -dc "$1" | sed '/^history /d; /^every /d'
}
run() { # run FILE STEP-OPTIONS...
    nca-step "${@:2}" seed.zst -o "$1"
}
nca-seed -W 13 -H 11 --init 0.2 --ip 0.5 --ppp 0.1 --budget 6 --seed 3 -o seed.zst
run full.zst -n 30

joined() { # joined FIRST-END SECOND-END STEP-OPTIONS...
    run whole.zst --until 30 "${@:3}" && run one.zst --until "$1" "${@:3}" &&
        nca-step --until "$2" "${@:3}" one.zst -o two.zst &&
        nca-step --until 30 "${@:3}" two.zst -o three.zst &&
        nca-cat one.zst two.zst three.zst >joined.zst && nca-info --check joined.zst >info &&
        cmp <(payload whole.zst) <(payload joined.zst) &&
        cat one.zst two.zst three.zst | nca-cat | cmp - joined.zst
}
check "parts joined are the run in one go" joined 7 19
check "every third generation" joined 9 21 --every 3
check "with keyframes" joined 12 20 --keyframe 4
check "with keyframes, every second" joined 12 20 --keyframe 5 --every 2
genomes_alone() {
    nca-cat --sections genomes full.zst >genomes.zst && good genomes.zst '31, 0 to 30' &&
        grep -qx 'sections genomes' info &&
        cmp <(nca-ghc --tsv genomes.zst) <(nca-ghc --tsv full.zst)
}
check "genomes alone" genomes_alone
same_again() {
    run key.zst -n 30 --keyframe 7 --every 3 &&
        nca-cat key.zst | cmp <(payload key.zst) <(payload -)
}
check "a part alone stays as it is" same_again
other_parameters() {
    run one.zst -n 8 && nca-step -n 8 --cull 0.2 one.zst -o two.zst &&
        nca-cat one.zst two.zst >joined.zst && good joined.zst '17, 0 to 16' &&
        [ "$(grep -c ^NCA1 info)" -eq 2 ] && grep -qx 'cull 0.2' info &&
        cat one.zst two.zst >both.zst && agree same joined.zst both.zst
}
check "another part where parameters change" other_parameters
gap() {
    run one.zst -n 5 && nca-cat --generations 9:20 full.zst >late.zst &&
        nca-cat one.zst late.zst >joined.zst && good joined.zst '18, 0 to 20' &&
        agree among full.zst joined.zst
}
check "parts with a gap between" gap
not_the_same() { # the same parameters and generation, but other cells
    nca-step -n 5 seed.zst -o five.zst
    nca-step -n 5 --cull 0.5 seed.zst | nca-step -n 4 --cull 0 >culled.zst
    nca-cat five.zst culled.zst >joined.zst && good joined.zst '10, 0 to 9' &&
        [ "$(grep -c ^NCA1 info)" -eq 2 ] && 
        cat five.zst culled.zst >both.zst && agree same both.zst joined.zst
}
check "a part that does not go on from the one before" not_the_same

cut() { # cut A:B:K EXPECTED
    nca-cat --generations "$1" full.zst >cut.zst && good cut.zst "$2" &&
        agree among full.zst cut.zst
}
check "--generations 7" cut 7 '1, 7 to 7'
check "--generations 7:12" cut 7:12 '6, 7 to 12'
check "--generations :4" cut :4 '5, 0 to 4'
check "--generations 26:" cut 26: '5, 26 to 30'
check "--generations ::10" cut ::10 '4, 0 to 30'
check "--generations 5:29:6" cut 5:29:6 '5, 5 to 29'
no_such() { # no_such RANGE COMMAND...: one refusal for all, and the output stays as it was
    echo good >kept
    refuses 1 "${@:2}" --generations "$1" -o kept full.zst && [ "$(<kept)" = good ] &&
        [ "$(<message)" = "$2: --generations $1: the stream has no such generation" ] &&
        refuses 1 "${@:2}" --generations "$1" -o kept.new full.zst && [ ! -e kept.new ] &&
        refuses 1 "${@:2}" --generations "$1" full.zst && [ ! -s refused ]
}
for program in nca-cat 'nca-cat --salvage' nca-replay 'nca-replay --check' nca-play nca-render \
    'nca-render --format ansi' 'nca-render --format ppm'; do
    # shellcheck disable=SC2086
    check "$program --generations 31:40, of which there is none" no_such 31:40 $program
done
check "nca-render --format png: the same" no_such 31 nca-render --format png
lineage() {
    nca-cat --generations 0:30:5 full.zst >cut.zst && agree lineage full.zst cut.zst
}
check "a cut does not break lineages" lineage
usage() {
    local range
    for range in x 1:2:0 3:2 1:2:3:4 -1 1:x '1 '; do
        refuses 2 nca-cat --generations "$range" full.zst &&
            grep -q -- "--generations: " message && [ ! -s refused ] || return
    done
    refuses 2 nca-cat --generations 5-10 full.zst && grep -q '5-10: not A, A:B or A:B:K' message &&
        refuses 2 nca-cat --sections wings full.zst
}
check "wrong usage" usage
goes_on() {
    nca-cat --generations 12 full.zst | nca-step --until 30 | nca-cat --generations 13: >tail.zst &&
        good tail.zst '18, 13 to 30' && agree among full.zst tail.zst
}
check "a run goes on from a cut" goes_on
lacks() {
    run state.zst -n 3 --sections state
    refuses 1 nca-cat --sections genomes state.zst &&
        grep -q 'has no genomes, only state' message &&
        nca-cat state.zst | cmp <(payload state.zst) <(payload -)
}
check "sections that are missing" lacks

# Faults. Keyframes are at 8, 16 and 24.
run key.zst -n 30 --keyframe 8
at() { # where the record of this tag and generation starts
    "$python" - key.zst "$1" "$2" <<'END'
import struct, sys
data, at = open(sys.argv[1], 'rb').read(), 0
while data[at + 12:at + 16] != sys.argv[2].encode() or data[at + 16] != int(sys.argv[3]):
    at += 48 + struct.unpack('<Q', data[at + 32:at + 40])[0]
print(at)
END
}
flip() { # flip FILE OFFSET...: with a byte changed there
    local file=$1 offset
    shift
    cp key.zst "$file"
    for offset; do
        printf '\\x%02x' $(($(od -An -tu1 -j "$offset" -N1 key.zst) ^ 16)) >byte
        printf "$(<byte)" | dd of="$file" bs=1 seek="$offset" conv=notrunc status=none
    done
}
without() {
    flip bad.zst $(($(at STAT 11) + 20))
    refuses 1 nca-cat bad.zst && [ "$(wc -l <message)" -eq 1 ] && mv refused before.zst &&
        refuses 1 nca-info before.zst && grep -q 'truncated: .*, after generation 10' message
}
check "without --salvage: the generations before a fault, and no DONE" without
salvaged() { # salvaged GENERATIONS MISSING OFFSET...
    flip bad.zst "${@:3}"
    refuses 1 nca-cat --salvage bad.zst && good refused "$1" && agree among key.zst refused &&
        grep '^nca-cat: generations .* missing$' message |
        sed 's/nca-cat: generations //; s/ are.*//' |
        paste -sd, | diff - <(echo "$2") && ! grep -v '^nca-cat: ' message
}
check "--salvage: a fault in STAT" salvaged '26, 0 to 30' '11 to 15' $(($(at STAT 11) + 30))
check "--salvage: a fault in the hash of GENE" \
    salvaged '24, 0 to 30' '1 to 7' $(($(at GENE 1) + 41))
check "--salvage: a fault in the size of AGES" \
    salvaged '28, 0 to 30' '21 to 23' $(($(at AGES 21) + 33))
check "--salvage: a fault in the first POOL: all from the next POOL on" \
    salvaged '23, 8 to 30' '0 to 7' $(($(at POOL 0) + 99))
check "--salvage: a fault in a later POOL" salvaged '23, 0 to 30' '16 to 23' $(($(at POOL 16) + 99))
check "--salvage: faults in the last record of a generation and the magic of the next" \
    salvaged '28, 0 to 30' '13 to 15' $(($(at STAT 13) + 60)) $(($(at GENE 14)))
check "--salvage: three faults" salvaged '18, 0 to 30' '1 to 7,12 to 15,22 to 23' \
    $(($(at GENE 1) + 50)) $(($(at GIDS 12) + 50)) $(($(at GIDS 22) + 5))
check "--salvage: a fault in DONE" salvaged '31, 0 to 30' '' $(($(at DONE 30) + 60))
no_head() { # of the first part; the second has one of its own
    flip bad.zst 60
    cat key.zst >>bad.zst
    refuses 1 nca-cat --salvage bad.zst && good refused '31, 0 to 30' && agree among key.zst refused
}
check "--salvage: a fault in HEAD: all from the next part on" no_head
cut_short() {
    head -c $(($(at STAT 20) + 9)) key.zst >bad.zst
    refuses 1 nca-cat --salvage bad.zst && good refused '20, 0 to 19' &&
        cat bad.zst <(nca-cat --generations 22: key.zst) >two.zst &&
        refuses 1 nca-cat --salvage two.zst && good refused '29, 0 to 30' &&
        agree among key.zst refused
}
check "--salvage: a stream cut short, with another part behind it" cut_short
holes() { # a block of a disk lost
    cp key.zst bad.zst
    dd if=/dev/zero of=bad.zst bs=512 seek=7 count=5 conv=notrunc status=none
    refuses 1 nca-cat --salvage bad.zst && good refused '23, 8 to 30' &&
        agree among key.zst refused
}
check "--salvage: a block of zeros" holes
state_alone() {
    nca-cat --sections state key.zst >state.zst
    cp state.zst bad.zst
    printf '\xff' | dd of=bad.zst bs=1 seek=2000 conv=notrunc status=none
    refuses 1 nca-cat --salvage bad.zst && good refused '30, 0 to 30' &&
        agree among state.zst refused
}
check "--salvage: with state alone only the damaged generation is lost" state_alone
no_stream() {
    local file
    : >empty.zst
    for file in empty.zst info; do
        refuses 1 timeout 60 nca-cat --salvage "$file" && [ ! -s refused ] || return
    done
    refuses 1 nca-cat --salvage nothing.zst key.zst && grep -q 'nothing.zst: No such file' message
}
check "--salvage: a file with nothing to salvage is refused" no_stream
finish
