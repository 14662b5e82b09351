#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# The package for Python, pipelines/python/nca: runs as they come from the programs, tables, data
# sets, pictures. What needs pandas, xarray, pyarrow or IPython is skipped where they are missing.
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
build=$(cd "${BUILD:-build}" && pwd) || exit 1
find_python
export PATH=$build/bin:$PATH PYTHONPATH=$PWD/pipelines/python PYTHONDONTWRITEBYTECODE=1

nca-seed -W 30 -H 20 --init 0.1 --ip 0.3 --seed 7 | nca-step -n 20 -o "$scratch/run.zst"
include "$python" tests/package.py "$scratch/run.zst"
finish
