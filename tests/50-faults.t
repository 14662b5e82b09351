#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check, sanitized
# Broken streams, and such as are made to do harm: refused in one line that names file, record and
# byte, after all that was complete has been delivered, and in little memory. One in 37 broken
# streams is tried; TEST_LONG=1: all.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=$(cd "${BUILD:-build}/bin" && pwd) || exit 1
PATH=$bin:$PATH
find_python
exec </dev/null

export FAULTS_EVERY=${FAULTS_EVERY:-$(at_length 37 1)}
faults() {
    "$python" tests/faults.py "$scratch" "$@"
}

# Two parts; the second starts with the generation that the first ended with, and has births of
# generations left out, and a pool in place of births.
nca-seed -W 5 -H 4 --init 0.3 --ip 0.6 --ppp 0.1 --budget 8 | nca-step -n 2 -o "$scratch/one.zst"
nca-step -n 7 --every 2 "$scratch/one.zst" -o "$scratch/two.zst"
nca-step -n 3 "$scratch/two.zst" -o "$scratch/three.zst"
small=$scratch/small.zst
cat "$scratch/one.zst" "$scratch/two.zst" >"$small"

example=format/example.zst
check "cut to every length: $(stat -c %s $example) bytes" faults cut $example
check "cut to every length: $(stat -c %s "$small") bytes in two parts" faults cut "$small"
check "the example with any bit changed is refused" faults flips $example
check "two parts with a bit changed in any byte are refused" faults flip "$small"
check "two parts with any record missing, doubled or swapped are refused" faults records "$small"
check "payloads with any byte changed and the right hash are taken or refused as by nca.py" \
    faults payloads $example
check "the same of births left out, and of a pool in the place of births" \
    faults payloads "$scratch/two.zst"
check "bad variants of the example are refused, good ones taken" faults variants
check "salvage takes time in proportion to the size of the file" faults salvage
check "nca-step does not go on from no generation, nor from the last possible one" faults ends
check "streams that promise much take little memory" faults memory

broken() { # each sample in its folder, and no other, with its message
    local name expected message
    while IFS=$'\t' read -r name expected; do
        message=$(cd format/broken && nca-info --check "$name.zst" 2>&1 >/dev/null)
        [ $? -eq 1 ] && [ "$message" = "nca-info: $expected" ] && continue
        printf '%s\n' "$message" "nca-info: $expected"
        return 1
    done <format/broken/messages.tsv
    cut -f1 format/broken/messages.tsv | diff - <(cd format/broken && printf '%s\n' *.zst |
        sed 's/\.zst$//')
}
check "the broken samples: $(wc -l <format/broken/messages.tsv)" broken

# Parts of streams

# refused MESSAGE PROGRAM ARGUMENT...: status 1, and one line with this extended regular expression
refused() {
    local expected=$1 lines
    shift
    refuses 1 "$@" || return
    mapfile -t lines <"$scratch/message"
    [ ${#lines[@]} -eq 1 ] && [[ ${lines[0]} =~ ^"${1##*/}: "$expected ]] && return
    printf '%s\n' "${lines[@]}" "expected: $expected"
    return 1
}
table() { # of the files, or of standard input
    nca-census --tsv "$@"
}
refused_after() { # refused_after TABLE-OF-WHAT-CAME-BEFORE MESSAGE ARGUMENT...
    refused "$2" nca-census --tsv "${@:3}" && diff "$1" "$scratch/refused" &&
        refused "$2" nca-step -n 1 "${@:3}" && [ ! -s "$scratch/refused" ]
}
cd "$scratch" || exit 1
cat one.zst two.zst three.zst >whole.zst
table whole.zst >whole.tsv
table one.zst >one.tsv
numbers() {
    [ "$(sed '1d; s/\t.*//' whole.tsv | paste -sd' ')" = "0 1 2 4 6 8 9 10 11 12" ]
}
check "the generation in which two parts overlap is read once" numbers
joined() {
    table one.zst two.zst three.zst | cmp whole.tsv - && table <whole.zst | cmp whole.tsv - &&
        cat two.zst three.zst | table one.zst - | cmp whole.tsv -
}
check "parts are one stream, in one file, in many or in a pipe" joined
split_and_joined() {
    local size
    for size in 1000 4096 "$(stat -c %s one.zst)"; do
        rm -f piece.*
        split -b "$size" -a 4 whole.zst piece. && [ -e piece.aaac ] &&
            cat piece.* | table | cmp whole.tsv - || return
    done
}
check "a stream split and joined again is the same stream" split_and_joined
pieces() {
    rm -f piece.*
    split -b 1000 whole.zst piece. && refused_after <(head -n 1 one.tsv) \
        'piece.aa: record [0-9]+ at byte [0-9]+: .*truncated' piece.*
}
check "pieces of a stream are refused as parts" pieces
gap() {
    table one.zst three.zst | awk '!/^#/ { print $1 }' | paste -sd' ' |
        diff - <(echo 0 1 2 9 10 11 12)
}
check "a part missing from the middle leaves a gap" gap
headless() {
    local size
    size=$(nca-info two.zst | awk '$1 == "HEAD" { print $3 }')
    tail -c +$((size + 1)) two.zst >headless.zst
    refused_after one.tsv 'headless.zst: record 1 at byte 0: POOL where a HEAD' \
        one.zst headless.zst || return
    cat one.zst headless.zst >joined.zst
    refused_after one.tsv "joined.zst: record [0-9]+ at byte $(stat -c %s one.zst): POOL where" \
        joined.zst
}
check "a part without its HEAD is refused" headless
no_done() {
    local size
    size=$(nca-info one.zst | awk '$1 == "DONE" { print $3 }')
    head -c -"$size" one.zst >endless.zst
    size=$(stat -c %s endless.zst)
    refused_after one.tsv \
        "endless.zst: record [0-9]+ at byte $size: truncated: .* after generation 2" endless.zst &&
        refused_after one.tsv "endless.zst: record [0-9]+ at byte $size: truncated" \
            endless.zst two.zst &&
        cat endless.zst two.zst >joined.zst &&
        refused_after one.tsv "joined.zst: record [0-9]+ at byte $size: HEAD: .* no DONE" \
            joined.zst &&
        refused "standard input: record [0-9]+ at byte $size: truncated" nca-step -n 1 <endless.zst
}
check "a part without DONE is refused at the end, before a file or a part, and in a pipe" no_done
back() {
    refused_after one.tsv 'one.zst: record 2 at byte [0-9]+: .*jumps back from generation 2' \
        one.zst one.zst &&
        refused_after <(table two.zst) 'one.zst: record 2 at byte .*jumps back' two.zst one.zst
}
check "a part that jumps back is refused" back
same_again() {
    nca-seed -W 5 -H 4 -o seed.zst && table seed.zst seed.zst seed.zst | cmp - <(table seed.zst)
}
check "a part that starts with the same generation is taken" same_again
geometry() {
    local size
    for size in '-W 4 -H 5' '-W 5 -H 4 --channels 3' '-W 5 -H 5'; do
        # shellcheck disable=SC2086
        nca-seed $size | nca-step -n 3 -o other.zst
        refused_after one.tsv \
            'other.zst: record 1 at byte 0: HEAD: [0-9x]+, . channels after 5x4, 2 channels' \
            one.zst other.zst || return
    done
}
check "a part of another size or number of channels is refused" geometry
garbage() {
    local size tail
    size=$(stat -c %s one.zst)
    for tail in '\0' '\n' 'x' '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' '\\*M\x18(\0\0\0NCA1DONE'; do
        # shellcheck disable=SC2059
        { cat one.zst && printf "$tail"; } >garbage.zst
        refused_after one.tsv "garbage.zst: record [0-9]+ at byte $size: " garbage.zst || return
    done
    { cat one.zst && zstd -qc one.tsv; } >garbage.zst
    refused_after one.tsv "garbage.zst: record [0-9]+ at byte $size: " garbage.zst &&
        refused_after one.tsv 'one.tsv: not a stream' one.zst one.tsv &&
        refused_after one.tsv 'nothing: No such file' one.zst nothing &&
        : >empty && refused_after one.tsv 'empty: empty' one.zst empty
}
check "anything but a part after DONE is refused" garbage

unknown() {
    "$python" "$OLDPWD/tests/variants.py" variants &&
        nca-step -n 1 variants/good/unknown-key.zst | nca-info | grep -qx 'colour deep red'
}
check "nca-step copies an unknown key of a header" unknown
finish
