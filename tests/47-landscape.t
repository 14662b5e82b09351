#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: quick, sanitized
# Landscapes. That the rule follows them is for 20-python.t, that all builds agree for 45-parity.t.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
build=${BUILD:-build}
step=$build/bin/nca-step

generations() { # the payload of a stream, but for its header
    "$build/bin/nca-step" "$@" | zstd -dc | sed '1,/^sections/d' | sed '/^history /d' |
        sed '/^landscape/d'
}
same() { # 2: nothing to compare
    generations "$@" >"$scratch/these" && [ -s "$scratch/these" ] || return 2
    cmp "$scratch/these" "$scratch/none"
}
differs() { # differs COMMAND...: cmp found a difference
    "$@" >/dev/null
    [ $? -eq 1 ]
}

"$build/bin/nca-seed" -W 40 -H 30 --init 0.2 --ip 0.3 --budget 20 -o "$scratch/seed"
generations -n 20 "$scratch/seed" >"$scratch/none"
check "a run without a landscape has generations" test -s "$scratch/none"
white=$(printf '%1200s' '' | tr ' ' '\377')
printf 'P5 40 30 255\n%s' "$white" >"$scratch/white.pgm"
for on in budget alpha ip ppp; do
    for flat in season:7,0 wave:9,5,0,45 patches:3,4,0 "map:$scratch/white.pgm"; do
        check "$on: ${flat/$scratch\//} changes no bit" \
            same -n 20 --landscape "$flat" --landscape-on $on "$scratch/seed"
    done
    check "$on: season:7,0.9 changes the run" \
        differs same -n 20 --landscape season:7,0.9 --landscape-on $on "$scratch/seed"
done

check "--landscape none changes no bit" same -n 20 --landscape none "$scratch/seed"

# 5 * (1 - 0.8) is 1, although in binary it comes out below; 5 * (1 - 0.80001) is 0
budget() { # budget DEPTH WHOLE: generation 1, halfway through the season
    generations -n 1 --budget "$2" "$scratch/seed" >"$scratch/budget" && [ -s "$scratch/budget" ] &&
        generations -n 1 --budget 5 --landscape "season:2,$1" "$scratch/seed" |
        cmp - "$scratch/budget"
}
check "5 x (1 - 0.8) gives a budget of 1" budget 0.8 1
check "5 x (1 - 0.80001) gives a budget of 0" budget 0.80001 0

# A run that goes on keeps its landscape
wave=(--landscape "wave:11,7,0.8,30" --landscape-on ip)
"$step" -n 20 "${wave[@]}" "$scratch/seed" -o "$scratch/whole"
"$step" -n 8 "${wave[@]}" "$scratch/seed" -o "$scratch/begun"
"$step" --until 20 "$scratch/begun" -o "$scratch/rest"
"$step" --until 20 --landscape none "$scratch/begun" -o "$scratch/without"
last() { # the last row, which is generation 20's
    "$build/bin/nca-census" --tsv "$1" | tail -n 1 | grep '^20	'
}
whole=$(last "$scratch/whole") rest=$(last "$scratch/rest") without=$(last "$scratch/without")
check "a continued run keeps its landscape" test -n "$whole" -a "$whole" = "$rest"
check "a run continued with --landscape none loses its landscape" \
    test -n "$without" -a "$whole" != "$without"
check "nca-info prints the landscape of a continued run" \
    grep -qx 'landscape wave:11,7,0.8,30' <("$build/bin/nca-info" "$scratch/rest")

# Maps: plain and raw, of one byte and of two, are the same
ramp() { # ramp MAGIC MAXVAL: 1200 pixels that count up to MAXVAL and over
    printf '%s\n# a comment\n40 30\n%s\n' "$1" "$2"
    for ((i = 0; i < 1200; i++)); do
        case $1$2 in
        P2*) echo $((i % ($2 + 1))) ;;
        P5255) printf "\\x$(printf %x $((i % 256)))" ;;
        P5*) printf "\\x$(printf %x $((i % ($2 + 1) / 256)))\\x$(printf %x $((i % 256)))" ;;
        esac
    done
}
mapped() {
    generations -n 20 --landscape "map:$1" "$scratch/seed"
}
alike() { # alike MAP MAP: both make something, and the same
    mapped "$1" >"$scratch/first" && [ -s "$scratch/first" ] && mapped "$2" | cmp "$scratch/first" -
}
for most in 255 1023; do
    ramp P2 $most >"$scratch/plain.pgm"
    ramp P5 $most >"$scratch/raw.pgm"
    check "maps of maxval $most: plain as raw" alike "$scratch/plain.pgm" "$scratch/raw.pgm"
done
check "a map changes the run" differs same -n 20 --landscape "map:$scratch/raw.pgm" "$scratch/seed"
cat "$scratch/raw.pgm" "$scratch/white.pgm" >"$scratch/two.pgm"
unlike() { # unlike MAP MAP: both make something, and not the same
    mapped "$1" >"$scratch/first" && mapped "$2" >"$scratch/second" &&
        [ -s "$scratch/first" ] && [ -s "$scratch/second" ] &&
        differs cmp "$scratch/first" "$scratch/second"
}
check "a second picture of a map is for each second generation" \
    unlike "$scratch/raw.pgm" "$scratch/two.pgm"
"$step" -n 3 --landscape "map:$scratch/two.pgm" "$scratch/seed" -o "$scratch/mapped"
check "a run goes on with its map" "$step" -n 3 "$scratch/mapped" -o /dev/null
cp "$scratch/white.pgm" "$scratch/two.pgm"
says() { # says MESSAGE STATUS COMMAND...
    local message=$1
    shift
    refuses "$@" && grep -qF -- "$message" "$scratch/message" &&
        [ "$(wc -l <"$scratch/message")" -eq 1 ] && [ ! -s "$scratch/refused" ] && return
    cat "$scratch/message"
    return 1
}
check "a run does not go on with another map under the name" \
    says "not the map that the run began with" 1 "$step" -n 3 "$scratch/mapped"
check "a run goes on with another map given by --landscape" \
    "$step" -n 3 --landscape "map:$scratch/two.pgm" "$scratch/mapped" \
    -o /dev/null

# What is wrong is said, before any output
printf 'P5 40 30 255\nshort' >"$scratch/short.pgm"
printf 'P5 30 40 255\n%s' "$white" >"$scratch/turned.pgm"
printf 'P2 40 30 9\n%s' "$(yes 10 | head -n 1200)" >"$scratch/bright.pgm"
printf 'P5 4294967295 4294967295 65535\n' >"$scratch/huge.pgm"
printf 'P5 40 30 65536\n%s' "$white" >"$scratch/deep.pgm"
: >"$scratch/empty.pgm"
printf 'P2 40 30 9\n1 2 3\n' >"$scratch/cut.pgm"
(cat "$scratch/white.pgm" && yes) | head -c 1000000 >"$scratch/long.pgm"
mkfifo "$scratch/fifo"
while IFS='|' read -r landscape message; do
    check "$landscape: $message" says "$message" 2 \
        "$step" -n 3 --landscape "${landscape/@/$scratch/}" "$scratch/seed"
done <<'LIST'
season|not season:PERIOD,DEPTH, wave
season:5|not season:PERIOD,DEPTH
season:5,0.5,|not season:PERIOD,DEPTH
season:5,0.5x|not season:PERIOD,DEPTH
season:0,0.5|PERIOD 0: not a whole number from 1 to 4294967295
season:2.5,0.5|PERIOD 2.5: not a whole number from 1 to 4294967295
season:5,1.5|DEPTH 1.5: not a number from 0 to 1
season:5,nan|not season:PERIOD,DEPTH
wave:5,5,0.5,361|ANGLE 361: not a number from 0 to 360
wave:5,0,0.5,3|LENGTH 0: not a whole number
patches:0,5,0.5|SIZE 0: not a whole number
hills:3|not season:PERIOD,DEPTH, wave
map:@none.pgm|No such file
map:@short.pgm|ends within a picture of 40 x 30
map:@turned.pgm|a picture of 30 x 40; the grid is 40 x 30
map:@bright.pgm|pixel 0 of a picture: not a number from 0 to 9
map:@huge.pgm|a picture of 4294967295 x 4294967295; the grid is 40 x 30
map:@deep.pgm|maxval from 1 to 65535
map:@empty.pgm|byte 0: no PGM picture
map:@cut.pgm|ends within a picture of 40 x 30
map:@long.pgm|byte 1213: no PGM picture
map:@|not a regular file
map:@fifo|not a regular file
map:/dev/zero|not a regular file
LIST
# no wrong usage: it was not the user who named it
device() {
    (ulimit -t 5 && says "/dev/zero: not a regular file" 1 "$step" -n 1 tests/landscape-device.zst)
}
check "a device that a header names as map is refused" device
check "a map's name of 300 bytes is refused" \
    says "at most 255 bytes" 2 "$step" -n 3 --landscape "map:$(printf '%0300d' 1)" \
    "$scratch/seed"
check "--landscape-on depth is refused" \
    says "--landscape-on: depth: not one of budget, alpha, ip, ppp" 2 "$step" -n 3 \
    --landscape season:5,0.5 --landscape-on depth "$scratch/seed"
check "--landscape-on without a landscape is refused" \
    says "there is no landscape" 2 "$step" -n 3 --landscape-on ip "$scratch/seed"
"$build/bin/nca-seed" -W 9 -H 9 --budget inf -o "$scratch/endless"
check "a landscape on an infinite budget is refused" says "infinite budget" 2 \
    "$step" -n 3 --landscape season:5,0.5 "$scratch/endless"
finish
