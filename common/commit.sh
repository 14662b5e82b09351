#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the C source of nca_commit (common/version.h): common/commit.sh > build/commit.c. The commit
# is the one that git archive has put into common/commit or, in a clone, the one checked out; in
# any other directory it is not known.
set -eu
cd "$(dirname "$0")/.."
export GIT_OPTIONAL_LOCKS=0
read -r commit <common/commit
case $commit in
*[!0-9a-f]* | '')
    commit=
    # not that of a repository which only holds a copy of this one
    if [ -e .git ] && commit=$(git rev-parse -q --verify HEAD 2>/dev/null) &&
        ! git diff --quiet HEAD -- Makefile '*.gp' 'bin-src/*.[ch]' \
            bin-src/play.html 'format/*.[ch]' common kernels
    then
        modified=-modified
    fi
    ;;
esac
cat <<EOF
/* Made by common/commit.sh. */
#include "common/version.h"
const char nca_commit[] = "$(printf %.12s "$commit")${modified-}";
EOF
