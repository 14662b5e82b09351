#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# What all programs promise: help, wrong usage, messages and statuses, what they do where they
# cannot read or write, signals, and the forms of their output.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=$(cd "${BUILD:-build}/bin" && pwd) || exit 1
PATH=$bin:$PATH
unset DISPLAY WAYLAND_DISPLAY GNUTERM
exec </dev/null
# A program that fails need not free what it has, whatever a sanitizer says of that.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

programs=()
for program in "$bin"/nca-*; do
    programs+=("${program##*/}")
done

run=$scratch/run.zst seed=$scratch/seed.zst out=$scratch/out message=$scratch/message
nca-seed -W 9 -H 7 --init 0.3 --ip 0.4 --ppp 0.1 -o "$seed"
nca-step -n 6 "$seed" -o "$run"

# ordinary PROGRAM [FILE]: sets $command to its plainest use; on FILE, if it reads one.
ordinary() {
    local file=${2:-$run}
    case $1 in
    nca-seed) command=("$1" -W 9 -H 7) ;;
    nca-step) command=("$1" -n 200 "$file") ;;
    nca-diff) command=("$1" "$file" "$run") ;;
    nca-batch) command=("$1" -n 5 -d "$scratch/runs" "$file") ;;
    nca-export) command=("$1" --npy "$scratch/npy" "$file") ;;
    nca-import) command=("$1" --npy "$scratch/npy") ;;
    *) command=("$1" "$file") ;;
    esac
}

takes_files() {
    "$1" --help | grep -q '^Usage: .*FILE'
}

# one_line TEXT PROGRAM: the message is one line, of this program, and holds TEXT.
one_line() {
    local lines
    mapfile -t lines <"$message"
    [ ${#lines[@]} -eq 1 ] && [[ ${lines[0]} == "$2: "*"$1"* ]]
}

# fails STATUS TEXT COMMAND...: it does, with such a message, and nothing on standard output.
fails() {
    local expected=$1 text=$2 status
    shift 2
    "$@" >"$out" 2>"$message"
    status=$?
    [ "$status" -eq "$expected" ] && one_line "$text" "$1" && [ ! -s "$out" ] && return
    echo "$*: status $status, $(stat -c %s "$out") bytes, and: $(cat "$message")"
    echo "expected: status $expected, nothing, and one line with '$text'"
    return 1
}

# quietly STATUSES COMMAND...: it ends with one of them, and nothing on standard error.
quietly() {
    local expected=$1 status
    shift
    "$@" 2>"$message"
    status=$?
    [[ " $expected " == *" $status "* ]] && [ ! -s "$message" ] && return
    echo "$*: status $status, and: $(cat "$message")"
    return 1
}

# Help and wrong usage

help() {
    local short long
    short=$(quietly 0 "$1" -h) && long=$(quietly 0 "$1" --help) && [ "$short" = "$long" ] &&
        [[ $long == "Usage: $1 [OPTION]..."* ]] && [ "$(wc -L <<<"$long")" -le 100 ]
}
version() {
    local short long
    short=$(quietly 0 "$1" -V) && long=$(quietly 0 "$1" --version) && [ "$short" = "$long" ] &&
        [[ $long =~ ^"$1 (nca) "[0-9]+\.[0-9]+\.[0-9]+" "?("("[0-9a-f]{12}(-modified)?")")?$ ]]
}
# What --help ends with: a command that can be typed as it is, here with fewer generations.
example() {
    local lines
    mapfile -t lines < <("$1" --help | tail -n 3)
    [ -z "${lines[0]}" ] && [ "${lines[2]}" = "See $1(1)." ] &&
        [[ ${lines[1]} == "Example: nca-"*"$1"* || ${lines[1]} == "Example: $1 "* ]] || return
    (cd "$scratch/examples" && PATH=$first_path &&
        bash -euo pipefail -c "$(sed 's/^Example: //; s/1000/10/' <<<"${lines[1]}")")
}
mkdir "$scratch/examples"
for name in run a b; do
    cp "$run" "$scratch/examples/$name.zst"
done
first_path=$PATH
unknown_option() {
    fails 2 --nonsense "$1" --nonsense && fails 2 -Z "$1" -Z && fails 2 -Z "$1" -Zh &&
        fails 2 --nonsense "$1" operand --nonsense && fails 2 --help=3 "$1" --help=3
}
suggestions() {
    fails 2 '--tvs: unrecognized option; did you mean --tsv?' nca-ghc --tvs "$run" &&
        fails 2 '--untill=9: unrecognized option; did you mean --until?' \
            nca-step --untill=9 "$run" &&
        fails 2 "--nonsense: unrecognized option; try 'nca-ghc --help'" nca-ghc --nonsense &&
        fails 2 "-Z: unrecognized option; try 'nca-ghc --help'" nca-ghc -Z &&
        fails 2 '--cull-: ambiguous: one of --cull-from, --cull-until, --cull-every' \
            nca-step --cull- 3 &&
        fails 2 "--tsv=3: takes no argument; try 'nca-ghc --help'" nca-ghc --tsv=3 "$run"
}
check "a misspelled option gets a suggestion" suggestions
missing_argument() {
    local name
    fails 2 -o "$1" -o || return
    for name in $("$1" --help | sed -nE 's/^ +(-., )?(--[a-z-]+) [^ ].*/\2/p'); do
        fails 2 "$name: needs an argument" "$1" "$name" || return
    done
    for name in $("$1" --help | sed -nE 's/^ +(-., )?(--[a-z-]+) (FILE|DIR) .*/\2/p'); do
        fails 2 "$name: needs an argument" "$1" "$name=" || return
    done
}
for program in "${programs[@]}"; do
    check "$program: --help" help "$program"
    check "$program: --version" version "$program"
    check "$program: --help ends with an example, which runs" example "$program"
    check "$program: unknown options" unknown_option "$program"
    check "$program: options without their arguments" missing_argument "$program"
    takes_files "$program" || check "$program: an operand" fails 2 operand "$program" operand
done

# Wrong arguments: a row for each option, with the range that the message has to name.

refuses_all() {
    local program=$1 option=$2 range=$3 value
    local values=('' -1 1x nan 1e400) # and at length:
    [ ! "${TEST_LONG:-}" ] || values+=(x ' 1' '1 ' 0x1 '1,5' NaN -1e400 99999999999999999999)
    for value in "${values[@]}" "${@:4}"; do
        fails 2 "$option: $value: not a" "$program" "$option" "$value" "$run" &&
            one_line "$range" "$program" || return
    done
}
while read -r program option range; do
    case $range in
    fraction) check "$program $option" refuses_all "$program" "$option" 'number from 0 to 1' \
        -0.1 1.1 inf 1e-2x 1.0.0 ;;
    *) check "$program $option" refuses_all "$program" "$option" "whole number from $range" \
        +1 1.5 1e2 inf0 18446744073709551616 ;;
    esac
done <<'ROWS'
nca-seed --experiment 1 to 24
nca-seed --width 1 to 4294967294
nca-seed --height 1 to 4294967294
nca-seed --channels 1 to 32
nca-seed --init fraction
nca-seed --alpha fraction
nca-seed --ip fraction
nca-seed --ppp fraction
nca-seed --budget 0 to 4294967295 or inf
nca-seed --seed 0 to 18446744073709551615
nca-seed --flip 0 to 4294967294
nca-step --generations 0 to 4294967295
nca-batch --generations 1 to 4294967295
nca-step --until 0 to 4294967295
nca-step --every 1 to 4294967295
nca-step --ip fraction
nca-step --ppp fraction
nca-step --budget 0 to 4294967295 or inf
nca-step --cull fraction
nca-step --cull-from 0 to 18446744073709551615
nca-step --cull-until 0 to 18446744073709551615 or never
nca-step --cull-every 1 to 4294967295
nca-seed --cull-every 1 to 4294967295
ROWS
level() {
    local value
    for value in '' x - -8 20 1.5 1e1 0x1 +1 ' 1' nan 99999999999999999999; do
        fails 2 "--level: $value: not a whole number from -7 to 19" \
            nca-step --level "$value" || return
    done
}
check "nca-step --level" level
digits() {
    local value
    for value in '' 0 4 1.5 -1 x; do
        fails 2 "--digits: $value: not a whole number from 1 to 3" "$1" --digits "$value" || return
    done
}
for program in "${programs[@]}"; do
    ! "$program" --help | grep -q -- '--digits D' || check "$program --digits" digits "$program"
done
just_beyond() {
    fails 2 'from 1 to 24' nca-seed --experiment 0 &&
        fails 2 'from 1 to 24' nca-seed --experiment 25 &&
        fails 2 'from 1 to 32' nca-seed --channels 0 &&
        fails 2 'from 1 to 32' nca-seed --channels 33 &&
        fails 2 'from 1 to 4294967294' nca-seed -W 0 &&
        fails 2 'from 1 to 4294967294' nca-seed -H 4294967295 &&
        fails 2 'from 0 to 4294967295' nca-seed --budget 4294967296 &&
        fails 2 'from 1 to 4294967295' nca-step --every 0 &&
        fails 2 'from 0 to 4294967295' nca-step -n 4294967296
}
check "just beyond the range" just_beyond
cells() {
    local size
    for size in '-W 65536 -H 65536' '-W 4294967294 -H 2' '-W 2 -H 4294967294' \
        '-W 4294967294 -H 4294967294'; do
        # shellcheck disable=SC2086
        fails 2 'from 1 to 4294967294 cells' nca-seed $size || return
    done
}
check "more than 2^32 - 2 cells" cells
extremes() {
    nca-seed -W 3 -H 2 --init 1 --alpha 0 --ip 1e0 --ppp 0.00000001 --budget inf --channels 32 \
        --seed 18446744073709551615 |
        nca-step --until 0 --cull 1 --cull-from 18446744073709551615 --cull-until never \
            --level -7 --every 4294967295 | nca-info >"$out" || return
    grep -xE '(init|alpha|ip|ppp|budget|channels|seed|cull|cull-from|cull-until) .*' "$out" |
        sort | diff - <(printf '%s\n' 'alpha 0' 'budget inf' 'channels 32' 'cull 1' \
            'cull-from 18446744073709551615' 'cull-until never' 'init 1' 'ip 1' 'ppp 1e-08' \
            'seed 18446744073709551615')
}
check "the ends of the ranges" extremes
words() {
    fails 2 'cubic: not one of sigmoid, tanh' nca-seed --activation cubic &&
        fails 2 'relu: not one of sigmoid, tanh' nca-seed --activation relu &&
        fails 2 'leakyrelu, none' nca-seed --hidden '' &&
        fails 2 'sine: not one of raster, sync' nca-step --schedule sine || return
    for list in 8.5 8.5,6, 8.5x6 2,6 8.5,101 nan,6 ,; do
        fails 2 "--size: $list: not two lengths in cm from 3 to 100, as in 8.5,6" \
            nca-ghc --size "$list" "$run" || return
    done
    fails 2 '--live: not with --colours' nca-rwsp --colours 2 --live 3 "$run" || return
    for list in 'ghc,' ',ghc' 'ghc,,ctfp' 'ghc ' GHC; do
        fails 2 'not one of ctfp, entropy, gcvp' nca-measure --only "$list" "$run" &&
            fails 2 'not one of channels, alpha, ages' nca-render --view "$list" "$run" || return
    done
    fails 2 'more than 16 names' nca-render --view "$(printf 'ghc,%.0s' {1..16})ghc" "$run" ||
        return
    for list in '' 0,1 0,1, 0,1,2,3 0,,2 0,1,x 0,1,1 0,1,96 0,1,99999999999999999999; do
        fails 2 "--weights: $list: not three different positions from 0 to " \
            nca-rwsp --weights "$list" "$run" || return
    done
    for list in '' 'state,' ',state' state,state states genomes,,ages; do
        fails 2 "--sections: $list: not a list of state, ages, genomes" \
            nca-step --sections "$list" || return
    done
}
check "words" words
how_far() {
    fails 2 'give exactly one of -n N and --until G' nca-step "$run" &&
        fails 2 'give exactly one of -n N and --until G' nca-step -n 1 --until 9 "$run" &&
        fails 2 'from 0 to 4294967295' nca-step -n 4294967295 "$run" &&
        fails 1 'at generation 6 already' nca-step --until 5 "$run"
}
check "nca-step: exactly one of -n and --until" how_far

born_dead() { # said, and done
    nca-seed -W 9 -H 9 --init 0.01 2>"$message" | nca-info | grep -qx 'generations 1, 0 to 0' &&
        one_line 'warning: no cell is alive: raise --init, 0.01 of 81 cells' nca-seed &&
        nca-seed -W 9 -H 9 --budget 0 2>"$message" | nca-info | grep -qx 'budget 0' &&
        one_line 'warning: budget 0: all cells die in the next generation' nca-seed &&
        nca-step -n 1 --budget 0 "$run" 2>"$message" | nca-census --tsv | tail -n 1 |
        grep -q $'^7\t0\t' && one_line 'warning: budget 0' nca-step &&
        quietly 0 nca-seed -W 9 -H 9 --init 0.02 >"$out" &&
        quietly 0 nca-seed -W 9 -H 9 --init 0 >"$out"
}
check "worlds without life: a warning" born_dead

# What is not there, and what is no stream

: >"$scratch/empty"
printf 'generation\tgep\n0\t0.5\n' >"$scratch/text"
zstd -qf "$scratch/text" -o "$scratch/plain.zst"
cp "$bin/nca-info" "$scratch/binary"
printf x >"$scratch/byte"
cp "$run" "$scratch/-" # is not standard input
no_stream() {
    local name
    for name in nothing '' empty text plain.zst binary byte 'text/below'; do
        ordinary "$1" "$scratch/$name"
        fails 1 "$scratch/$name: " "${command[@]}" || return
    done
    [ "$1" != nca-batch ] || return 0 # reads files alone
    ordinary "$1" -
    fails 1 'standard input: empty' "${command[@]}" &&
        fails 1 'standard input: zstd data, but not' "${command[@]}" <"$scratch/plain.zst" &&
        fails 1 'standard input: not' "${command[@]}" <"$scratch/text" &&
        fails 1 'standard input: ' "${command[@]}" <&- || return
    ordinary "$1"
    [ "$1" != nca-diff ] || command=("$1" "$run") # of which the second is missing
    refuses 1 "${command[@]}" "$scratch/nothing" && one_line "$scratch/nothing: No such file" "$1"
}
names_controls() { # a name that a terminal would obey
    ordinary "$1" "$scratch/"$'a\nb\e[2J'
    fails 1 "$scratch/a\\x0ab\\x1b[2J: " "${command[@]}"
}
for program in "${programs[@]}"; do
    takes_files "$program" || continue
    check "$program: no such file, or no stream" no_stream "$program"
    check "$program: a message is one line, whatever the name" names_controls "$program"
done

# Where output cannot go

on_terminal() {
    script -qec "$1" /dev/null >"$out"
}
refuses_terminal() {
    local status
    on_terminal "${command[*]}"
    status=$?
    tr -d '\r' <"$out" >"$message"
    [ "$status" -eq 2 ] && one_line 'standard output is a terminal' "$1" &&
        one_line '-o FILE' "$1" && return
    echo "status $status: $(head -c 500 "$out" | tr -cd '[:print:]')"
    return 1
}
output_file() {
    "${command[@]}" >"$out" && "${command[@]}" -o "$scratch/file" >"$out.nothing" &&
        cmp "$out" "$scratch/file" && [ ! -s "$out.nothing" ] &&
        "${command[@]}" -o - | cmp "$out" -
}
unwritable() {
    fails 1 "$scratch: Is a directory" "${command[@]}" -o "$scratch" &&
        fails 1 "$run/below: Not a directory" "${command[@]}" -o "$run/below" &&
        fails 1 "$scratch/none/file: No such file" "${command[@]}" -o "$scratch/none/file"
}
to_full() {
    "$@" >/dev/full
}
to_closed() {
    "$@" >&-
}
full_disk() {
    refuses 1 to_full "${command[@]}" && one_line 'standard output: No space left on device' "$1" &&
        refuses 1 to_full "$1" --help && one_line 'standard output: No space' "$1" &&
        refuses 1 to_full "$1" --version && one_line 'standard output: No space' "$1" &&
        fails 1 '/dev/full: No space left on device' "${command[@]}" -o /dev/full
}
closed() {
    refuses 1 to_closed "${command[@]}" && one_line 'standard output: Bad file descriptor' "$1"
}
to_nobody() {
    "$@" >&"$nobody"
}
no_reader() { # 141: killed by SIGPIPE; 1: so where whoever started this ignores the signal
    local nobody
    exec {nobody}> >(:)
    wait $!
    quietly '141 1' to_nobody "${command[@]}" && (
        trap '' PIPE
        quietly 1 to_nobody "${command[@]}"
    )
}
twice() {
    "${command[@]}" >"$out" && "${command[@]}" | cmp "$out" -
}
for program in "${programs[@]}"; do
    ordinary "$program"
    [[ $program != nca-@(batch|export) ]] || continue # writes a folder
    if "${command[@]}" | head -c 12 | LC_ALL=C grep -qaE '^(\\\*M.+NCA1|YUV4MPEG2)'; then
        check_terminal "$program: not to a terminal" refuses_terminal "$program"
    fi
    check "$program: -o FILE" output_file
    check "$program: -o where no file can be" unwritable
    check "$program: a full disk" full_disk "$program"
    check "$program: no output at all" closed "$program"
    check "$program: a reader that has gone" no_reader
    check "$program: the same again" twice
done
command=(nca-step --threads 3 -n 200 "$run")
export NCA_GRAIN=1
check "nca-step with threads that write: a full disk" full_disk nca-step
check "nca-step with threads that write: no output at all" closed nca-step
check "nca-step with threads that write: a reader that has gone" no_reader
unset NCA_GRAIN
waits() { # for what is typed: nothing
    on_terminal "$1 --tsv" </dev/null
    tr -d '\r' <"$out" >"$message"
    [ "$(grep -c "^nca-.*: waiting for a stream from the terminal: .*'nca-.* --help'" "$message")" \
        -eq 1 ]
}
for program in nca-entropy nca-species; do
    check_terminal "$program on a terminal says that it waits for a stream" waits "$program"
done
says_once() { # not of a file
    on_terminal "nca-entropy --tsv '$run'" && ! grep -q waiting "$out"
}
check_terminal "$program with a file says nothing of the terminal" says_once
check_terminal "a table on a terminal" on_terminal "nca-entropy --tsv '$run'"
head_closes() {
    local statuses
    { nca-step -n 0 "$run" | head -c 100 >"$out"; } 2>"$message"
    statuses="${PIPESTATUS[*]}"
    [ ! -s "$message" ] && [[ $statuses == "141 0" || $statuses == "1 0" ]] && [ -s "$out" ]
}
check "nca-step -n 0 | head ends" head_closes

# Signals. INT is ignored in what a script starts with &, unless set -m.

send() { # send SIGNAL STATUS FILE-TO-WAIT-FOR STEP-OPTIONS
    local signal=$1 expected=$2 begun=$3 status step cat
    shift 3
    set -m
    rm -f "$scratch/fifo" "$out" "$message"
    mkfifo "$scratch/fifo"
    cat "$scratch/fifo" >"$out" &
    cat=$!
    nca-step -n 0 "$@" "$run" >"$scratch/fifo" 2>"$message" &
    step=$!
    set +m # else what is only suspended had ended
    soon [ -s "$begun" ]
    kill -"$signal" "$step"
    kill -"$signal" "$step" 2>"$scratch/gone" # as timeout does; is still one
    wait "$step"
    status=$?
    wait "$cat"
    [ "$status" -eq "$expected" ] && nca-info --check "$out" >"$scratch/info" &&
        grep -q '^DONE	1	' "$scratch/info" && return
    echo "status $status, message $(cat "$message")"
    return 1
}
ended_quietly() {
    send "$@" && [ ! -s "$message" ]
}
progress() {
    send TERM 143 "$message" --progress &&
        grep -qaE $'\rgeneration [0-9]+, [0-9.e+]+/s, [0-9]+ alive' "$message"
}
check "nca-step -n 0, INT: a complete stream, status 130" ended_quietly INT 130 "$out"
check "nca-step -n 0, TERM: status 143" ended_quietly TERM 143 "$out" --every 1000
check "nca-step -n 0, USR1: status 0" ended_quietly USR1 0 "$out" --no-progress
check "--progress shows the generation, the rate and the living" progress
on_terminals() {
    local seconds=$((8 * SLOW / 10)).$((8 * SLOW % 10))
    local timed="timeout --foreground $seconds nca-step -n 0 '$run'"
    script -qec "$timed -o '$scratch/one.zst'" "$scratch/shown" >/dev/null &
    script -qec "$timed -o '$scratch/two.zst' --no-progress" "$scratch/unshown" >/dev/null
    wait
    nca-info --check "$scratch/two.zst" >"$scratch/info" &&
        grep -qa 'generation' <(sed 1d "$scratch/shown") && ! grep -qaE 'generation|alive' <(
        sed 1d "$scratch/unshown")
}
check_terminal "on a terminal without being asked, but for --no-progress" on_terminals
many() { # generations in the plot: one alone would be a point
    [ "$(grep -c '^[0-9]' "$out")" -ge 100 ]
}
measure_interrupted() {
    local status measure
    rm -f "$scratch/fifo" "$out"
    mkfifo "$scratch/fifo"
    nca-step -n 0 "$run" >"$scratch/fifo" 2>"$message" &
    nca-entropy <"$scratch/fifo" >"$out" &
    measure=$!
    soon many
    kill -TERM "$measure"
    wait "$measure"
    status=$?
    wait
    [ "$status" -eq 143 ] && gnuplot "$out" | grep -q '\*'
}
check "a measure, TERM: a complete plot, status 143" measure_interrupted

waiting_interrupted() { # for its input, and would go on waiting
    local measure input
    rm -f "$scratch/fifo"
    mkfifo "$scratch/fifo"
    nca-entropy <"$scratch/fifo" >"$out" &
    measure=$!
    exec {input}>"$scratch/fifo"
    cat "$run" >&"$input"
    sleep 0.15
    kill -TERM "$measure"
    wait "$measure"
    [ $? -eq 143 ]
}
check "a measure that waits for its input, TERM: status 143" waiting_interrupted

unopened_interrupted() { # it waits for who writes into its second file, and nobody does
    rm -f "$scratch/fifo" "$out"
    mkfifo "$scratch/fifo"
    timeout -s KILL $((20 * SLOW)) nca-cat "$run" "$scratch/fifo" >"$out" &
    soon test -s "$out"
    sleep 0.2
    kill -TERM $!
    wait $!
    [ $? -eq 143 ]
}
check "a FIFO that nobody opens, after another file, TERM: status 143" unopened_interrupted

# Tables and plots

measures=()
for program in "${programs[@]}"; do # these have other tables, and tests of their own
    [[ " nca-diff nca-fate nca-modes nca-species " == *" $program "* ]] && continue
    "$program" --help | grep -q -- --tsv && measures+=("$program")
done
check "thirteen measures" test ${#measures[@]} -eq 13
# What is a measure with an option, has it from here on.
mkdir "$scratch/with"
printf '#!/bin/sh\nexec "%s/nca-lineage" --stats "$@"\n' "$bin" >"$scratch/with/nca-lineage"
chmod +x "$scratch/with/nca-lineage"
PATH=$scratch/with:$PATH
columns() {
    case $1 in
    nca-ctfp) echo 'generation 0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0' ;;
    nca-entropy) echo 'generation gep gep_living h types' ;;
    nca-cnwa) echo 'generation species_1 species_2 species_3 species_4 species_5' ;;
    nca-census)
        echo 'generation alive genomes genotypes births deaths mean_age cell_sd genome_sd' \
            'genome_sd_carriers'
        ;;
    nca-lineage)
        echo 'generation genotypes ancestors depth_mean depth_max mrca_age diversity distance' \
            'founders sackin colless_like ed_mean ed_max vpd mutations'
        ;;
    nca-hill)
        echo generation {genotypes,clades,ghc,types}_{d0,d1,d2,dinf,evenness}
        ;;
    nca-activity)
        echo generation {,shadow_}{diversity,a_{cum,mean,median,new}} excess
        ;;
    nca-space) echo generation moran join join_expected xi patches largest h0 mi ;;
    nca-measure) columns nca-ctfp && echo gep gcvp clogv ghc rwsp ;;
    *) echo "generation ${1#nca-}" ;;
    esac
}
# rows FIRST LAST TABLE: one for each generation, of numbers in the C locale, as many as columns
rows() {
    LC_ALL=C awk -F '\t' -v first="$1" -v last="$2" 'NR == 1 { sub(/^# /, ""); fields = NF; next }
        NF != fields || $1 != first + NR - 2 { bad = 1 }
        { for (i = 2; i <= NF; i++) if ($i !~ /^(nan|-?[0-9]+(\.[0-9]+)?(e[+-][0-9]+)?)$/) bad = 1 }
        END { exit bad || NR != last - first + 2 }' "$3"
}
table() {
    "$1" --tsv "$run" >"$out.tsv" && rows 0 6 "$out.tsv" &&
        [[ "$(head -n 1 "$out.tsv") " == \
            "# $(columns "$1" | paste -sd ' ' | tr ' ' '\t')"[[:space:]]* ]]
}
csv() {
    "$1" --csv "$run" | cmp - <(sed '1s/^# //; s/\t/,/g' "$out.tsv")
}
plot() {
    "$1" "$run" >"$out" && grep -q '^plot ' "$out" &&
        [[ $(sed -n '2p' "$out") =~ ^\$[a-z]+" << EOD"$ ]] &&
        sed '1,2d; /^EOD$/,$d' "$out" | diff - "$out.tsv" &&
        quietly 0 gnuplot "$out" >"$out.drawn" &&
        grep -q '\*' "$out.drawn" && grep -q generation "$out.drawn"
}
picture() {
    local name="$scratch/it's the $1 plot.$2"
    "$1" "--$2" "$name" "$run" >"$out" && [ ! -e "$name" ] && quietly 0 gnuplot "$out" &&
        [[ $(file -b "$name") == "$3"* ]]
}
for program in "${measures[@]}"; do
    check "$program --tsv" table "$program"
    check "$program --csv: the same with commas" csv "$program"
    check "$program | gnuplot: the same, drawn as text" plot "$program"
    check "$program --png" picture "$program" png 'PNG image'
done
live() { # 7 generations, drawn after 3, 6 and 7, which is what is drawn without it
    local name=${1#nca-}
    "$1" --live 3 "$run" >"$out" && [ "$(grep -c '^\$.* << EOD$' "$out")" -eq 3 ] &&
        [ "$(grep -c '^EOD$' "$out")" -eq 3 ] &&
        [ "$(grep -c "GPVAL_TERM eq 'unknown'" "$out")" -eq 1 ] &&
        [ "$(grep -c '^set grid' "$out")" -eq 3 ] && [ "$(grep -c '^[0-9]' "$out")" -eq 16 ] &&
        tac "$out" | sed '1,/^EOD$/d; /^\$.* << EOD$/,$d' | tac | diff - "$out.tsv" &&
        quietly 0 gnuplot "$out" >"$out.drawn" || return
    [ "$name" != entropy ] || [ "$(grep -c 'Global entropy' "$out.drawn")" -eq 3 ] || return
    [ "$name" = entropy ] || [ "${TEST_LONG:-}" ] || return 0
    "$1" --live 3 --png "$scratch/live.png" "$run" | quietly 0 gnuplot &&
        "$1" --png "$scratch/end.png" "$run" | quietly 0 gnuplot &&
        cmp "$scratch/live.png" "$scratch/end.png"
}
for program in "${measures[@]}"; do
    "$program" --tsv "$run" >"$out.tsv"
    check "$program --live" live "$program"
done
offered() {
    ordinary "$1"
    "${command[@]}" --live 3 >"$out" 2>"$message" && grep -q '^plot' "$out"
}
for program in "${programs[@]}"; do
    "$program" --help | grep -q -- '--live K' || continue
    check "$program --live, which --help offers, is taken" offered "$program"
done
alone() { # points, which are G in text, or 0 for CTFP's type 0, not lines that show nothing
    local mark=G
    [ "$1" != nca-ctfp ] || mark=0
    "$1" "$seed" >"$out" && gnuplot "$out" 2>"$message" >"$out.drawn" &&
        grep -q "|[-+ .:|]*$mark[-+ .:|]*$" "$out.drawn"
}
for program in "${measures[@]}"; do # founders have no distance, nor that a logarithm
    [ "$program" = nca-lineage ] || check "$program: one generation alone" alone "$program"
done
live_before_end() { # a PDF, which is whole when gnuplot has closed it
    local writer status=0
    rm -f "$scratch/fifo" "$scratch/live.pdf"
    mkfifo "$scratch/fifo"
    nca-entropy --live 7 --pdf "$scratch/live.pdf" "$scratch/fifo" | gnuplot &
    exec {writer}>"$scratch/fifo"
    cat "$run" >&"$writer"
    soon grep -qsa '^%%EOF' "$scratch/live.pdf" || status=1
    exec {writer}>&-
    wait
    return "$status"
}
check "--live: drawn before the input ends" live_before_end
live_on_terminal() { # in text, as there is no display: again and again
    on_terminal "nca-entropy --live 3 '$run' | gnuplot" &&
        [ "$(grep -c 'Global entropy' "$out")" -eq 3 ] && grep -q '\*' "$out" &&
        { [ ! -e /proc/self/fd/1 ] || [ "$(grep -c $'\e\\[H\e\\[2J' "$out")" -eq 3 ]; }
}
check_terminal "--live on a terminal: each plot in the place of the one before" live_on_terminal
live_elsewhere() { # the same, one plot after the other
    nca-entropy --live 3 "$run" | gnuplot >"$out" && [ "$(grep -c 'Global' "$out")" -eq 3 ] &&
        ! grep -q $'\e' "$out" && nca-entropy --live 3 --png "$scratch/l.png" "$run" |
        gnuplot >"$out" && [ ! -s "$out" ]
}
check "--live into a file or a pipe: no control sequences" live_elsewhere
live_ends() {
    [ "$(nca-gcvp --live 6 "$run" | grep -c '^plot')" -eq 2 ] &&
        [ "$(nca-gcvp --live 7 "$run" | grep -c '^plot')" -eq 1 ] &&
        [ "$(nca-gcvp --live 4294967295 "$run" | grep -c '^plot')" -eq 1 ]
}
check "--live: each row is drawn at the end, and not twice" live_ends
live_wrong() {
    local value
    for value in '' 0 4294967296 1.5 -1 x; do
        fails 2 "--live: $value: not a whole number from 1 to 4294967295" "$1" --live "$value" ||
            return
    done
    fails 2 'not with --tsv or --csv' "$1" --live 3 --tsv "$run" &&
        fails 2 'not with --tsv or --csv' "$1" --csv --live 3 --png "$out.png" "$run"
}
for program in "${measures[@]}"; do
    check "$program --live: wrong usage" live_wrong "$program"
done
one_format() {
    fails 2 '--csv: not with --tsv: give one format' nca-ghc --tsv --csv "$run" &&
        fails 2 '--tsv: not with --png: give one format' nca-ghc --png "$out.png" --tsv "$run" &&
        fails 2 '--svg: not with --pdf: give one format' nca-measure --pdf a --svg b "$run" &&
        fails 2 '--png: not with --csv: give one format' \
            nca-lineage --csv --png "$out.png" "$run" &&
        quietly 0 nca-ghc --tsv --tsv "$run" >"$out"
}
check "two formats at once are refused" one_format
check "--live with --scatter" fails 2 'not with --scatter' nca-cnwa --live 3 --scatter 2 "$run"
check "--pdf" picture nca-entropy pdf 'PDF document'
check "--svg" picture nca-census svg 'SVG Scalable'
one_line_does_it() (
    set -o pipefail
    cd "$scratch" && nca-seed | nca-step -n 100 | tee hundred.zst | nca-entropy | gnuplot >"$out" &&
        grep -q generation "$out" && grep -q '\*' "$out" && nca-info --check hundred.zst >"$out" &&
        grep -qx 'generations 101, 0 to 100' "$out"
)
check "the pipeline of the first page" one_line_does_it
some=(genomes ages state 'genomes,ages' 'genomes,state' 'ages,state')
for sections in "${some[@]}"; do
    nca-step -n 2 --sections "$sections" "$run" -o "$scratch/$sections.zst"
done
lacks() { # each either has what it needs or says what that is, and to do as it says helps
    local sections list
    for sections in "${some[@]}"; do
        "$1" --tsv "$scratch/$sections.zst" >"$out" 2>"$message" && rows 6 8 "$out" && continue
        fails 1 'has no ' "$1" --tsv "$scratch/$sections.zst" &&
            one_line ": make it again with nca-step --sections " "$1" || return
        list=$(sed 's/.*--sections //' "$message")
        nca-step -n 2 --sections "$list" "$run" | "$1" --tsv >"$out" && rows 6 8 "$out" || return
    done
}
imported() { # what could not be made again with nca-step
    rm -rf "$scratch/alpha" && nca-export --npy "$scratch/alpha" "$run" &&
        find "$scratch/alpha" -type f ! -name alpha.npy -delete &&
        nca-import --npy "$scratch/alpha" -o "$scratch/alpha.zst" &&
        fails 1 'has no genomes, only ages,state: more was not imported' \
            nca-ghc "$scratch/alpha.zst" &&
        fails 1 'has only ages,state: more was not imported' \
            nca-render --view ghc "$scratch/alpha.zst"
}
check "sections that were not imported" imported
no_folder() {
    fails 1 "no/x.$2: No such file or directory" "$1" "--$2" "no/x.$2" "$run"
}
for program in nca-ghc nca-fate nca-measure; do
    for format in png svg pdf; do
        check "$program --$format into a folder that is not there" no_folder "$program" $format
    done
done
for program in "${measures[@]}"; do
    check "$program: sections that are missing" lacks "$program"
done
needs() { # needs PROGRAM THE-STREAM'S WHAT-IT-LACKS WHAT-TO-MAKE
    nca-step -n 1 --sections "$2" "$run" -o "$scratch/some.zst" &&
        fails 1 "$scratch/some.zst: has no $3, only $2: make it again with nca-step --sections $4" \
            "$1" "$scratch/some.zst"
}
check "entropy needs state" needs nca-entropy genomes,ages state genomes,ages,state
check "ghc needs genomes" needs nca-ghc state genomes genomes,state
check "census needs all" needs nca-census ages genomes,state genomes,ages,state

# What a stream records of its past, and the experiments of the thesis

history() {
    nca-seed -W 8 -H 5 --seed 7 -o "$scratch/a" &&
        nca-step -n 2 --ip 0.3 --no-progress --level 3 "$scratch/a" >"$scratch/b" &&
        nca-step --until 4 <"$scratch/b" | zstd -dc | head -n 40 | grep -a '^history' |
        diff - <(printf 'history nca-%s\n' "seed $version --width 8 --height 5 --seed 7" \
            "step $version --ip 0.3" "step $version")
}
version=$(nca-info --version | cut -d' ' -f3)
check "history: every program that it went through, in order" history
too_long() { # what no program would read
    local digits long=()
    digits=$(printf '%0120000d' 0)
    for ((i = 0; i < 9; i++)); do
        long+=(--init "0.5$digits")
    done
    fails 1 'header: more than 1048576 bytes of history' nca-seed "${long[@]}" &&
        nca-seed "${long[@]:2}" | nca-info --check >"$out"
}
check "history: not longer than streams may have it" too_long
experiment() {
    local names fields i
    read -ra names <<<"$1"
    read -ra fields <<<"$2"
    [ ${#names[@]} -gt 9 ] && [ ${#names[@]} -eq ${#fields[@]} ] || return
    nca-seed --experiment "${fields[0]}" | nca-info >"$out" || return
    grep -qx 'hidden sigmoid' "$out" && grep -qx 'schedule raster' "$out" &&
        grep -qx 'cull 0' "$out" && grep -qx 'seed 1' "$out" || return
    for ((i = 1; i < ${#names[@]}; i++)); do
        case ${names[i]} in
        generations | hours) ;;
        *) echo "${names[i]} ${fields[i]}" ;;
        esac
    done >"$scratch/expected"
    grep -xFf "$scratch/expected" "$out" | sort | diff - <(sort "$scratch/expected")
}
headings=$(sed -n 's/^# experiment/experiment/p' pipelines/experiments.tsv)
check "24 experiments" [ "$(grep -c '^[0-9]' pipelines/experiments.tsv)" -eq 24 ]
while read -r fields; do
    check "experiment ${fields%%[!0-9]*}" experiment "$headings" "$fields"
done < <(grep '^[0-9]' pipelines/experiments.tsv)
first_is_default() {
    diff <(nca-seed --experiment 1 | nca-info | grep -v -e ^history -e ^HEAD -e ^all) \
        <(nca-seed | nca-info | grep -v -e ^history -e ^HEAD -e ^all)
}
check "experiment 1 is the default" first_is_default
overridden() {
    nca-seed --experiment 8 --ip 0.25 -W 20 | nca-info |
        grep -xE '(ip|width|height|budget|activation) .*' |
        diff - <(printf '%s\n' 'width 20' 'height 200' 'ip 0.25' 'budget 8' 'activation tanh')
}
check "options after --experiment overrule it" overridden
finish
