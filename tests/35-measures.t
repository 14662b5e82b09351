#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: quick
# The measures against values worked out by hand, and in Python from their definitions.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
"$python" tests/measures.py "${BUILD:-build}"
exit
