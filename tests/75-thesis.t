#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# The thesis's pickles, good and bad.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
"$python" tests/thesis.py "${BUILD:-build}"
exit
