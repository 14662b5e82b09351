#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Text of strangers - of headers, names and arguments - is shown harmlessly, and never run.
# shellcheck disable=SC2012,SC2016,SC2317 # commands in names are not run; check calls functions
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
here=$PWD
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
unset GNUTERM DISPLAY WAYLAND_DISPLAY
exec </dev/null
mkdir "$scratch/work" "$scratch/home"
cd "$scratch/work" || exit 1
export HOME=$scratch/home PYTHONPATH=$here/tests

evil=$'<script>"\'$(touch ran)`touch ran`; touch ran\e]0;x\a\e[31m\xc2\x9b31m\x9b1m\xe9\xc3\xa9'
stranger="./$evil.zst"
nca-seed -W 8 -H 6 --init 0.4 --ip 0.3 --ppp 0.1 | nca-step -n 3 -o run.zst
"$python" - "$stranger" "$evil" <<'END'
import os, sys
from variants import records
from writer import record
text = os.fsencode(sys.argv[2])
with open(sys.argv[1], 'wb') as out:
    for tag, number, payload, *_ in records(open('run.zst', 'rb').read()):
        if tag == 'HEAD':
            payload += b'landscape map:%s\n%s %s\nhistory %s\n' % (text, b'key' + text, text, text)
        out.write(record(tag, number, payload))
END
touch ../before
ls -A | LC_ALL=C sort >../before

harmless() { # harmless FILE...: UTF-8, whose only control characters are tabs and ends of lines
    LC_ALL=C.UTF-8 "$python" -c '
import sys, unicodedata
for name in sys.argv[1:]:
    for line in open(name, encoding="utf-8", newline="\n"):
        bad = [c for c in line if c not in "\t\n" and unicodedata.category(c) == "Cc"]
        if bad: sys.exit(ascii(line))' "$@"
}
shown() { # shown STATUS COMMAND...: ends so, and all that it prints is harmless
    local status
    "${@:2}" >../out 2>../err
    status=$?
    [ "$status" -eq "$1" ] && harmless ../out ../err && return
    echo "$2: status $status"
    return 1
}
unharmed() { # nothing was run that leaves a file
    ls -A | LC_ALL=C sort | diff ../before -
}
info() {
    shown 0 nca-info "$stranger" && grep -qFx \
        'history <script>"'\''$(touch ran)`touch ran`; touch ran\x1b]0;x\x07'\
'\x1b[31m\xc2\x9b31m\x9b1m\xe9'$'\xc3\xa9' ../out
}
check "nca-info: header and history" info
check "ordinary text is not touched" diff <(nca-info run.zst | sed '/^$/q') <(
    "$python" -c 'import sys
from variants import records
print(next(r[2] for r in records(open("run.zst", "rb").read())).decode())')
for program in census clogv cnwa ctfp entropy gcvp ghc rwsp measure lineage species; do
    check "nca-$program: its table" shown 0 "nca-$program" "$stranger"
done
check "nca-lineage --newick" shown 0 nca-lineage --newick "$stranger"
check "nca-diff" shown 0 nca-diff --tsv "$stranger" run.zst
check "nca-step: a map with such a name" shown 1 nca-step -n 1 "$stranger"
check "nca-seed: a landscape with such a name" shown 2 nca-seed --landscape "map:$evil"
for program in cat census diff export import info lineage measure render seed species step; do
    check "nca-$program: an option that is text" shown 2 "nca-$program" "--$evil"
done
for program in cat census info lineage measure render species; do
    check "nca-$program: a file that is not there" shown 1 "nca-$program" "$evil"
done
check "nothing of it was run" unharmed

drawn() { # drawn NAME: a picture of this name and nothing else
    mkdir ../pictures && cd ../pictures && mkdir -p "$(dirname -- "./$1")" || return
    nca-entropy --svg "$1" ../work/run.zst | gnuplot >../out 2>../err && [ ! -s ../err ] &&
        [ "$(find . -type f -printf x)" = x ] && [[ $(head -n 1 -- "./$1") == '<?xml'* ]]
    local status=$?
    cd ../work && rm -r ../pictures && return "$status"
}
for name in "$evil" '|touch ran' '<touch ran' '~' '~/x' '$data' $'a\nsystem("touch ran")\n' \
    $'`touch ran`\n"\\' "'" '%s' 'a\'; do
    check "a picture named $(printf %q "$name")" drawn "$name"
done
directory() { # of tables, for pipelines/*.gp
    local plot quoted=${1//\'/\'\'}
    mkdir "$1" && nca-measure -d "$1" run.zst || return
    cp "$1/census.tsv" "$1/a.tsv"
    printf '%s\n' 'one' "\"two\" \$(touch ran)\`touch ran\`'" >"$1/labels"
    printf '%s\t%s\t%s\t%s\n' '# generation' a_min a_mean a_max 0 1 2 3 1 1 2 3 >"$1/envelope.tsv"
    for plot in census ctfp envelope genotypes phenotypes scatter species compare; do
        gnuplot -e "dir='$quoted'; output='picture.svg'; tables='a.tsv census.tsv'" \
            -e "labels=dir.'/labels'" "$here/pipelines/$plot.gp" >../out 2>../err || break
        [ -s picture.svg ] || break
    done
    [ $plot = compare ] && "$python" -c 'import xml.dom.minidom as x; x.parse("picture.svg")' &&
        grep -qF '$(touch ran)`' picture.svg
    local status=$?
    cat ../err
    rm -rf "$1" picture.svg && unharmed && return "$status"
}
check "tables in a directory with a command for a name" \
    directory "\$(touch ran)\`touch ran\`'\" ; touch ran"
check "tables in a directory that begins with <" directory '<touch ran;'
check "tables in a directory that begins with \$" directory '$data'
finish
