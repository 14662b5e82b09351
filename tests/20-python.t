#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# The programs against Python that knows nothing of their code: format/nca.py, a reader written from
# format/STREAM.md, and tests/model.py, the rule written from the model's definition.
# TEST_LONG=1: 40 generations of each model, not 8.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
build=${BUILD:-build}
find_python

# agree DESCRIPTION CHECK ARGUMENT...: a check of tests/agree.py, where this script ends
agree() {
    (IFS=$'\t' && echo "$*") >>"$scratch/checks"
}

# run NAME SEED-OPTIONS STEP-OPTIONS: makes $scratch/NAME.zst
run() {
    # shellcheck disable=SC2086
    "$build/bin/nca-seed" $2 | "$build/bin/nca-step" $3 >"$scratch/$1.zst"
}

# The rule
printf 'P2 13 11 4 ' >"$scratch/map.pgm"
for ((i = 0; i < 143; i++)); do
    echo $((i % 5)) >>"$scratch/map.pgm"
done
printf 'P2 13 11 9 %s\n' "$(yes 9 | head -n 143 | tr '\n' ' ')" >>"$scratch/map.pgm"
generations=$(at_length 8 40) number=0
while IFS='|' read -r seed step; do
    run "model$((++number))" "$seed" "-n $generations ${step/MAP/$scratch/map.pgm}"
    agree "model: $seed $step" model "$scratch/model$number.zst"
    agree "life: $seed $step" life "$scratch/model$number.zst"
done <<'END'
-W 13 -H 11 --init 0.2 --ip 0.3 --ppp 0.1|
-W 13 -H 11 --init 0.2 --ip 0.3 --ppp 0.1|--schedule sync
-W 13 -H 11 --init 0.2 --ip 0.5 --alpha 0.3 --budget 8|
-W 13 -H 11 --init 0.2 --ip 0.5 --alpha 0.3 --budget 8|--schedule sync
-W 13 -H 11 --init 0.2 --ip 0.5 --ppp 0.1 --activation tanh --alpha 0 --budget inf|
-W 13 -H 11 --init 0.2 --ip 0.5 --activation tanh --alpha 0 --hidden tanh --seed 5|
-W 13 -H 11 --init 0.2 --ip 0.5 --activation tanh --alpha 0 --hidden relu|
-W 13 -H 11 --init 0.2 --ip 0.5 --activation tanh --alpha 0 --hidden leakyrelu|--schedule sync
-W 13 -H 11 --init 0.2 --ip 0.5 --hidden none|
-W 13 -H 11 --init 0.2 --ip 0.5 --alpha 0.6 --budget 9|
-W 13 -H 11 --channels 3 --init 0.2 --ip 0.5 --budget inf --seed 18446744073709551615|
-W 13 -H 11 --channels 3 --init 0.2 --ip 0.5 --seed 9|--cull 0.05 --cull-from 2 --cull-until 6
-W 13 -H 11 --init 0.2 --ip 0.5 --seed 9|--cull 0.4 --cull-every 3 --cull-from 2 --cull-until 8
-W 13 -H 11 --channels 1 --init 0.3 --ip 0.4 --alpha 0.3|
-W 13 -H 11 --init 0.2 --ip 0.5 --budget 8|--landscape season:6,0.9
-W 13 -H 11 --init 0.2 --ip 0.5 --budget 5|--landscape season:2,0.8
-W 13 -H 11 --init 0.2 --ip 0.5 --budget inf|--landscape wave:7,5,0.9,30 --landscape-on ip
-W 13 -H 11 --init 0.2 --ip 0.5 --ppp 0.3|--landscape patches:4,3,1 --landscape-on ppp
-W 13 -H 11 --init 0.2 --ip 0.5 --budget 8|--landscape wave:9,8,0.4,250 --landscape-on alpha
-W 13 -H 11 --init 0.2 --ip 0.5 --budget 8|--landscape map:MAP --schedule sync
-W 5 -H 3 --init 0.5 --ip 1 --ppp 0.3 --alpha 0.4|
-W 7 -H 1 --init 0.6 --ip 0.5 --ppp 0.2 --alpha 0.4|
-W 1 -H 1 --init 1 --ip 0.5 --ppp 0.1 --alpha 0.3 --budget 3|
END

# More genomes than fit in one record
seed="--channels 32 -W 31 -H 27 --init 0.505 --ip 1"
run split "$seed" "-n 2"
two_records() {
    "$build/bin/nca-info" "$scratch/split.zst" |
        awk '$1 == "POOL" { pools = $2 } $1 == "GENE" { genes = $2 }
             END { exit pools != 2 || genes != 3 }'
}
check "genomes over two records" two_records
agree "model: $seed" model "$scratch/split.zst"
agree "life: $seed" life "$scratch/split.zst"
run split-second "$seed" "-n 2 --every 2"
agree "births over two records, of a generation left out" \
    lineage "$scratch/split.zst" "$scratch/split-second.zst"

# Parts of a stream
seed="-W 13 -H 11 --init 0.2 --ip 0.3 --budget 6 --seed 3"
run full "$seed" "-n 20"
run third "$seed" "-n 20 --every 3"
agree "every third generation, without a gap in lineages" \
    lineage "$scratch/full.zst" "$scratch/third.zst"
run wild "$seed --ppp 0.3 --ip 1" "-n 50"
run sparse "$seed --ppp 0.3 --ip 1" "-n 50 --every 24"
agree "every 24th generation, with a pool in the place of births, holds the same cells" \
    same "$scratch/wild.zst" "$scratch/sparse.zst"
agree "every 24th generation, with a pool in the place of births, breaks lineages" \
    !lineage "$scratch/wild.zst" "$scratch/sparse.zst"
for sections in genomes ages state ages,state genomes,ages genomes,state; do
    run $sections "$seed" "-n 20 --sections $sections"
    agree "sections $sections" same "$scratch/full.zst" "$scratch/$sections.zst"
    run $sections-7 "$seed" "-n 20 --sections $sections --every 7"
    agree "sections $sections, every 7th" same "$scratch/full.zst" "$scratch/$sections-7.zst"
done
run one "$seed" "-n 8"
"$build/bin/nca-step" -n 5 "$scratch/one.zst" >"$scratch/two.zst"
"$build/bin/nca-step" -n 7 "$scratch/two.zst" >"$scratch/three.zst"
cat "$scratch/one.zst" "$scratch/two.zst" "$scratch/three.zst" >"$scratch/joined.zst"
agree "parts in three files are read as one stream" \
    lineage "$scratch/full.zst" "$scratch/one.zst" "$scratch/two.zst" "$scratch/three.zst"
agree "parts in one file are read as one stream" lineage "$scratch/full.zst" "$scratch/joined.zst"
"$build/bin/nca-step" -n 6 --every 2 --keyframe 2 -o "$scratch/thin.zst" "$scratch/three.zst"
agree "any generation can be read at once" \
    seek "$scratch/one.zst" "$scratch/two.zst" "$scratch/three.zst" "$scratch/thin.zst"
from_input() {
    "$python" tests/agree.py lineage "$scratch/full.zst" - <"$scratch/joined.zst"
}
check "parts from standard input are read as one stream" from_input
"$build/bin/nca-step" -n 1 "$scratch/joined.zst" >"$scratch/on.zst"
"$build/bin/nca-step" -n 1 "$scratch/full.zst" >"$scratch/on-full.zst"
agree "nca-step goes on from joined parts as from one" \
    payloads "$scratch/on.zst" "$scratch/on-full.zst"
check "zstd -t takes a stream" zstd -qt "$scratch/joined.zst"
first_line() {
    [ "$(zstd -dc "$scratch/joined.zst" | head -n 1)" = NCA1 ]
}
check "zstd -dc shows its header" first_line
kind() {
    [ "$(file -b -m format/nca.magic "$1")" = "$2" ]
}
check "file knows a stream" kind "$scratch/joined.zst" "nca stream, version 1"
own_list() { # by the line of nca-stream(5), for which magic lies where it is installed
    local line
    line=$(sed -n 's,^cat /usr/local/share/file/magic/nca >,cat format/nca.magic >,p' \
        format/nca-stream.5)
    [ "$line" ] && HOME=$scratch bash -c "$line" &&
        [ "$(HOME=$scratch file -b "$scratch/joined.zst")" = "nca stream, version 1" ]
}
check "file knows a stream by a line in ~/.magic" own_list
whole() { # although it begins with a skippable frame
    zstd -dc "$scratch/joined.zst" | cmp - <("$python" -c 'import sys, zstandard
sys.stdout.buffer.write(zstandard.open(sys.argv[1], "rb").read())' "$scratch/joined.zst")
}
check "zstandard.open() reads all of a stream" whole
zstd -q <tests/tap.sh >"$scratch/other.zst"
check "file takes no other zstd data for a stream" kind "$scratch/other.zst" data

# The module
run module "-W 12 -H 9 --init 0.3 --ip 0.4 --channels 3" "-n 20"
agree "the module: networks, serials, what is closed" module "$scratch/module.zst"
agree "the module: hashes where there is no xxhash" hash "$scratch/module.zst"
example() { # its table is that of the census
    "$python" format/example.py "$scratch/module.zst" >"$scratch/example" &&
        diff <(awk '$1 % 10 == 0 && NF == 5 && $1 ~ /^[0-9]+$/ { print $1, $2, $4 }' \
            "$scratch/example") \
            <("$build/bin/nca-census" --tsv "$scratch/module.zst" |
                awk '!/#/ && $1 % 10 == 0 { print $1, $2, $4 }') &&
        grep -q '^[0-9]* cells carry genome [0-9]* <- ' "$scratch/example"
}
check "example.py prints the numbers of nca-census" example
map() { # as many as live in the last generation
    sed '1,/^<nca generation 20/d; /^channels/,$d' "$scratch/example" >"$scratch/map"
    [ "$(wc -l <"$scratch/map")" -eq 5 ] &&
        [ "$(sed 's/:/../g' "$scratch/map" | tr -cd ".'" | wc -c)" -eq \
            "$("$build/bin/nca-census" --tsv "$scratch/module.zst" | tail -n 1 | cut -f 2)" ]
}
check "example.py shows the living cells" map
no_run() {
    refuses 1 "$python" format/example.py "$scratch/none.zst" &&
        [ "$(wc -l <"$scratch/message")" = 1 ]
}
check "example.py without a run: one line" no_run
# Where Python finds it, or else make prints what to set; under valgrind, the programs themselves.
installed() {
    local modules build=${build%/memcheck}
    modules=$("$python" -c 'import site; print(site.getsitepackages()[0])') &&
        make -s install BUILD="$build" DESTDIR="$scratch/root" PREFIX="${modules%%/lib/*}" \
            PYTHON="$python" &&
        (cd / && PYTHONPATH=$scratch/root$modules "$python" -c "import nca, sys
assert nca.__file__.startswith('$scratch'), nca.__file__
for g in nca.open('$scratch/module.zst'): g.alpha, g.ages, g.genome(1, 2)
sys.path.insert(0, '$scratch/root${modules%%/lib/*}/share/nca')
del sys.modules['nca']
import nca  # the one file
assert nca.__file__.endswith('/share/nca/nca.py'), nca.__file__") &&
        make -s install BUILD="$build" DESTDIR="$scratch/root" PREFIX=/opt/nca PYTHON="$python" |
        grep -q 'PYTHONPATH=/opt/nca/share/nca/python$' &&
        make -s uninstall DESTDIR="$scratch/root" PREFIX="${modules%%/lib/*}" PYTHON="$python" &&
        make -s uninstall DESTDIR="$scratch/root" PREFIX=/opt/nca PYTHON="$python" &&
        find "$scratch/root" -type f -o -name nca ! -path '*/opt/nca' | diff - /dev/null
}
check "make install puts it where Python finds it; make uninstall leaves nothing" installed

# The document, and what it asks of readers
agree "STREAM.md shows the example's bytes" document format/example.zst
"$build/bin/nca-seed" -W 3 -H 2 --channels 1 --init 0.4 --ip 0.3 --ppp 0.1 --seed 28 |
    "$build/bin/nca-step" -n 1 >"$scratch/example.zst"
agree "the programs make the example's bytes" payloads format/example.zst "$scratch/example.zst"
agree "Python: the example, cut or damaged anywhere, is refused" broken format/example.zst
agree "Python: good variants of the example are taken, bad ones refused" variants
agree "Python: the broken samples are refused with the messages of nca-info --check" \
    samples
"$python" tests/variants.py "$scratch"
for file in "$scratch"/good/*.zst; do
    check "nca-info takes $(basename "$file")" "$build/bin/nca-info" --check "$file"
done
for file in "$scratch"/bad/*.zst; do
    check "nca-info refuses $(basename "$file")" refuses 1 "$build/bin/nca-info" --check "$file"
done
for file in "$scratch"/unlikely/*.zst; do
    check "nca-info --check refuses $(basename "$file")" \
        refuses 1 "$build/bin/nca-info" --check "$file"
done
include "$python" tests/agree.py tap <"$scratch/checks"
finish
