# SPDX-License-Identifier: MIT
# Test Anything Protocol for the shell tests, which source this from the folder above.

# What a shell without job control starts in the background ignores SIGINT, and so would all that
# the tests start.
[ -z "$(trap -p INT QUIT)" ] ||
    exec perl -e '$SIG{INT} = $SIG{QUIT} = "DEFAULT"; exec @ARGV' "$BASH" "tests/${0##*/}"

tests=0 failures=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

# check DESCRIPTION COMMAND...: whether the command succeeds; if not, shows what it printed.
check() {
    local description=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok $((++tests)) - $description"
    else
        echo "not ok $((++tests)) - $description"
        ((++failures))
        [ -z "$output" ] || sed 's/^/# /' <<<"$output" | head -n 20
    fi
}

# skip DESCRIPTION WHY
skip() {
    echo "ok $((++tests)) - $1 # SKIP $2"
}

# check_terminal DESCRIPTION COMMAND...: as check, where there are pseudo terminals for script(1).
check_terminal() {
    : "${terminal=$(script -qec 'echo one' /dev/null 2>/dev/null)}"
    if [ "$terminal" ]; then
        check "$@"
    else
        skip "$1" "no pseudo terminal"
    fi
}

# at_length SHORT LONG: prints the latter with TEST_LONG=1, else the former.
at_length() {
    if [ "${TEST_LONG:-}" ]; then echo "$2"; else echo "$1"; fi
}

# How many times longer all may take, as under valgrind.
SLOW=${SLOW:-1}

# soon COMMAND...: whether the command succeeds within ten seconds, or $patience fiftieths of one,
# times $SLOW.
soon() {
    local i
    for ((i = 0; i < ${patience:-500} * SLOW; i++)); do
        "$@" && return
        sleep 0.02
    done
    return 1
}

# refuses STATUS COMMAND...: succeeds if the command fails with that status and a message.
refuses() {
    local expected=$1 status
    shift
    "$@" 2>"$scratch/message" >"$scratch/refused"
    status=$?
    [ "$status" -eq "$expected" ] && [ -s "$scratch/message" ] && return
    echo "$*: status $status, $expected expected; message: $(cat "$scratch/message")"
    return 1
}

# include COMMAND...: it prints TAP; its tests are also tests of this script.
include() {
    "$@" >"$scratch/tap"
    sed -E '/^1\.\./d; s/^((not )?ok) [0-9]+/\1/' "$scratch/tap"
    ((tests += $(grep -cE '^(not )?ok ' "$scratch/tap")))
    ((failures += $(grep -c '^not ok' "$scratch/tap")))
    check "$(basename "${*: -1}") came to its end" grep -q '^1\.\.' "$scratch/tap"
}

# drawn COMMAND...: gnuplot draws what it prints, as text and into plot.png, and has nothing to say.
drawn() {
    pictured "$@" && [ ! -s said ] && "$@" | gnuplot >text 2>said && [ ! -s said ] && [ -s text ]
}
# pictured COMMAND...: gnuplot draws it into plot.png, perhaps with warnings about ranges.
pictured() {
    rm -f plot.png
    "$@" --png plot.png | gnuplot 2>said && [[ $(file -b plot.png) == PNG* ]]
}

finish() {
    echo "1..$tests"
    exit $((failures > 0))
}

# Sets $python to one that has numpy and zstandard; the whole test fails if there is none.
find_python() {
    python=$(pipelines/find-python numpy zstandard) && return
    check "a Python with numpy and zstandard; 'make deps' installs them" false
    finish
}
