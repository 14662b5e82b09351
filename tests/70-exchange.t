#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check, sanitized
# Streams as arrays of numpy, and back.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
"$python" tests/exchange.py "${BUILD:-build}"
exit
