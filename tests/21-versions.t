#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: quick
# Minor versions of the stream: samples of each are read, cull-every makes a stream 1.1, and what a
# later one brings is read, passed on, and not computed.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH || exit 1
find_python

# Samples of each version, and what they hold: two parts, with generations left out.
sample() {
    nca-info --check "$1" | grep -qx 'every record is good' &&
        nca-info --digest "$1" | grep -qx "$2  all 13 generations" &&
        nca-replay --check "$1" | grep -qx '12 generations recomputed: all the same' &&
        nca-step -n 3 "$1" | nca-census --tsv | tail -n 1 | grep -q '^23' &&
        "$python" -c "import sys; sys.path.append('format'); import nca
run = nca.open('$1', model=True)
assert [g.generation for g in run] == [*range(0, 13, 3), *range(13, 21)]
assert '1.%d' % run.minor == '$(basename "$1" .zst)'"
}
while IFS=$'\t' read -r name digest; do
    check "the sample of version ${name%.zst}" sample "tests/streams/$name" "$digest"
done <tests/streams/digests.tsv

# Catastrophes in some generations only. Nobody survives one here.
nca-seed -W 13 -H 11 --init 0.3 --ip 0.5 --seed 7 -o "$scratch/seed.zst"
cd "$scratch" || exit 1
head_of() {
    zstd -dc "$1" | head -n 17
}
ends_at() { # ends_at GENERATION OPTION...
    local end=$1
    shift
    nca-step -n 15 --cull 1 "$@" seed.zst | nca-census --tsv |
        awk -v end="$end" 'NR > 1 && ($2 > 0) != ($1 < end) { print; bad = 1 }
            END { exit bad || NR != 17 }'
}
check "--cull-every 5: in generation 5" ends_at 5 --cull-every 5
check "--cull-every 5 from 6 on: in generation 10" ends_at 10 --cull-every 5 --cull-from 6
check "--cull-every 4 until 4: never" ends_at 99 --cull-every 4 --cull-until 4
check "--cull-every 4 from 13 until 16: never" \
    ends_at 99 --cull-every 4 --cull-from 13 --cull-until 16
check "--cull-every 4294967295: never" ends_at 99 --cull-every 4294967295
in_header() {
    nca-step -n 9 --cull 0.2 --cull-every 4 seed.zst -o some.zst &&
        [ "$(head_of some.zst | sed -n '1p; /cull/p' | paste -sd' ')" = \
            "NCA1.1 cull 0.2 cull-from 0 cull-until never cull-every 4" ] || return
    nca-step -n 2 some.zst -o more.zst && nca-step --until 11 --cull 0.2 --cull-every 4 seed.zst |
        nca-cat --generations 9: | nca-info --digest | diff - <(nca-info --digest more.zst) &&
        nca-seed -W 13 -H 11 --init 0.3 --ip 0.5 --seed 7 --cull 0.2 --cull-every 4 |
        nca-step -n 9 | nca-info --digest | diff - <(nca-info --digest some.zst)
}
check "it is in the header, also of nca-seed's, and holds for what continues the run" in_header
not_in_header() { # 1, given or given again
    nca-step -n 9 --cull 0.2 seed.zst -o all.zst &&
        nca-step -n 9 --cull 0.2 --cull-every 1 seed.zst | nca-info --digest |
        diff - <(nca-info --digest all.zst) &&
        nca-step -n 1 --cull-every 1 some.zst -o again.zst &&
        for stream in all.zst again.zst; do
            [ "$(head_of "$stream" | sed -n '1p; /cull-/p' | paste -sd' ')" = \
                "NCA1 cull-from 0 cull-until never" ] || return
        done
}
check "where it is 1 the stream is of version 1.0" not_in_header
parts() {
    [ "$(nca-cat some.zst again.zst | nca-info | grep ^NCA1 | paste -sd' ')" = "NCA1.1 NCA1" ]
}
check "nca-cat keeps two parts of different versions apart" parts
digests() {
    "$python" "$OLDPWD/tests/digest.py" some.zst >digest &&
        diff digest <(nca-info --digest some.zst)
}
check "digests are as STREAM.md defines them" digests

# A version that is not known here: what is stored is read, the model is not computed.
# change FROM TO OLD NEW: a stream with other text in its headers
change() {
    "$python" - "$OLDPWD/tests" "$@" <<'END'
import sys
folder, source, target, *words = sys.argv[1:]
sys.path.insert(0, folder)
import variants, writer
old, new = (word.encode().replace(b'|', b'\n') for word in words)
with open(source, 'rb') as one, open(target, 'wb') as other:
    for tag, number, payload, _ in variants.records(one.read()):
        other.write(writer.record(tag, number, payload.replace(old, new)))
END
}
change some.zst later.zst 'NCA1.1|' 'NCA1.2|weather stormy|'
nca-cat --generations 9: later.zst -o end.zst
later_read() {
    nca-info --check later.zst | grep -qx 'every record is good' &&
        nca-census --tsv some.zst | diff - <(nca-census --tsv later.zst) &&
        for filter in "nca-cat" "nca-cat --generations 3:" "nca-cat --generations 0::2"; do
            [ "$($filter later.zst | zstd -dc | head -n 20 | grep -aE '^(NCA1|cull-every|weather)' |
                paste -sd' ')" = "NCA1.2 cull-every 4 weather stormy" ] || return
        done
}
check "a later version is read, and passed on" later_read
later_apart() { # weather may be of the model
    [ "$(nca-cat later.zst end.zst | nca-info | grep -c '^NCA1.2')" -eq 1 ] &&
        change end.zst other.zst stormy serene &&
        [ "$(nca-cat later.zst other.zst | nca-info | grep -c '^NCA1.2')" -eq 2 ]
}
check "parts with keys of a later version that differ are kept apart" later_apart
later_refused() {
    local why="is of version 1.2: its model is not known here, only that of versions up to 1.1"
    for command in "nca-step -n 1 later.zst -o new.zst" "nca-replay later.zst" \
        "nca-replay --check later.zst" "nca-step --until 20 --resume copy.zst" \
        "nca-step --until 20 --resume empty.zst later.zst"; do
        cp later.zst copy.zst && : >empty.zst
        # shellcheck disable=SC2086
        refuses 1 $command && grep -qE "^${command%% *}: (later|copy).zst: $why$" message &&
            [ ! -s refused ] && [ ! -e new.zst ] && [ ! -s empty.zst ] &&
            cmp later.zst copy.zst && continue
        cat message
        return 1
    done
    refuses 1 nca-replay some.zst end.zst && grep -qx "nca-replay: end.zst: $why" message &&
        nca-info refused | grep -qx 'generations 10, 0 to 9'
}
check "a later version is not computed, and what comes before it is" later_refused
check "nca.py reads a later version, but for those who compute the model" "$python" -c "
import sys; sys.path.append('$OLDPWD/format'); import nca
run = nca.open('later.zst')
assert len([*run]) == 10 and run.minor == 2 and run.header['weather'] == 'stormy'
try:
    nca.open('later.zst', model=True)
except nca.Error as error:
    assert 'version 1.2' in str(error), error
else:
    assert False"
finish
