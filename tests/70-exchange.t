#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check, sanitized
# Streams as arrays of numpy, and back.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
include "$python" tests/exchange.py "${BUILD:-build}"

bin=$(cd "${BUILD:-build}/bin" && pwd)
cd "$scratch" || exit 1
"$bin/nca-seed" -W 40 -H 30 --init 0.3 --ip 0.5 | "$bin/nca-step" -n 40 -o run.zst
exported() { # exported FILE OPTION...: on a terminal; the message
    rm -rf out
    script -qec "'$bin/nca-export' --npy out ${*:2} $1" /dev/null </dev/null >said
    tr -d '\r' <said >message && cat message
}
says_size() { # nearly what is then written
    exported run.zst &&
        said=$(<message) &&
        [[ $said =~ ^nca-export:\ writes\ about\ ([0-9.]+)\ MB\ into\ out:\ 41\ generations ]] &&
        awk -v said="${BASH_REMATCH[1]}" -v made="$(cat out/*.npy | wc -c)" \
            'BEGIN { exit !(said * 1e6 / made > 0.9 && said * 1e6 / made < 1.1) }'
}
says_exact_size() {
    exported run.zst --arrays ages &&
        [ "$(<message)" = "nca-export: writes 197 kB into out: 41 generations" ] &&
        [ "$(cat out/*.npy | wc -c)" -eq $((41 * (4800 + 8) + 256)) ]
}
says_rates() {
    exported '<run.zst' --arrays alpha,serials && [ "$(<message)" = \
        "nca-export: writes 4.81 kB for each generation and 8 bytes for each genotype into out" ]
}
check_terminal "nca-export on a terminal: how many bytes" says_size
check_terminal "nca-export on a terminal, without genotypes: exactly" says_exact_size
check_terminal "nca-export on a terminal, from a pipe: for each generation" says_rates
finish
