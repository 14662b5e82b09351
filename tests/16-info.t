#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: quick, sanitized
# How much nca-info prints of a stream of many parts.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
info=${BUILD:-build}/bin/nca-info
find_python

parts() { # parts COUNT BYTES: of so many bytes each, about
    "$python" -c "
import sys
sys.path.insert(0, 'tests')
import writer
part = writer.head({'remark': $2 * 'x'}) + writer.done(0, 0, 2)
sys.stdout.buffer.write($1 * part)"
}
parts 3 9 >"$scratch/three"
three() {
    [ "$("$info" "$scratch/three" | grep -c '^NCA1$')" -eq 3 ] &&
        ! "$info" "$scratch/three" | grep 'more headers'
}
check "nca-info prints all headers of three parts" three
parts 60 500000 >"$scratch/many"
many() {
    "$info" "$scratch/many" >"$scratch/printed" && [ "$(wc -c <"$scratch/printed")" -lt 1100000 ] &&
        [ "$(grep -c '^NCA1$' "$scratch/printed")" -eq 2 ] &&
        grep -qx '58 more headers: 1048576 bytes of them are printed at most' "$scratch/printed"
}
check "nca-info prints 1 MiB of 60 long headers, and counts the rest" many
finish
