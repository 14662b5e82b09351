#!/bin/sh
# SPDX-License-Identifier: MIT
# Finds what building, testing and the pipelines need and this machine lacks, says how much that is,
# and installs it where it may: through apt, as root or by sudo. Otherwise it prints the command,
# and fails. CC and $CXX may be several words.
# usage: deps.sh [CC]
CC=${1:-gcc}
missing=

need() { # need PACKAGES command...: PACKAGES are missing if the command fails
    packages=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $packages"
}
header() {
    # shellcheck disable=SC2086
    echo "#include <$1>" | $CC ${CPPFLAGS:-} -E -
}
compiler() {
    # shellcheck disable=SC2086
    set -- $1
    command -v "$1"
}

need "gcc libc6-dev" header stdio.h
need g++ compiler "${CXX:-g++}"
need libzstd-dev header zstd.h
need libxxhash-dev header xxhash.h
need liblapacke-dev header lapacke.h
need zstd command -v zstd
need gnuplot-nox command -v gnuplot
need datamash command -v datamash
need parallel sh -c 'parallel --version | grep -q GNU'
need ffmpeg command -v ffmpeg
need util-linux command -v flock
need perl command -v prove
need file command -v file
need "python3-numpy python3-zstandard python3-xxhash" \
    "$(dirname "$0")/../pipelines/find-python" numpy zstandard xxhash
need "fontconfig fonts-dejavu-core" sh -c 'fc-list | grep -q .'
[ -z "$missing" ] && exit 0

command="apt-get install -y --no-install-recommends$missing"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "nca needs what Debian calls:$missing. Install these with your system's tools." \
        'Or go on without: make DEPS=no.' >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    sudo=
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo=sudo
else
    printf 'Missing packages. As root, run:\n    apt-get update && %s\n' "$command" >&2
    echo "Or go on without: make DEPS=no." >&2
    exit 1
fi
echo "Missing:$missing (make DEPS=no goes on without)"
$sudo apt-get update -qq || exit
# shellcheck disable=SC2086
count=$(LC_ALL=C $command -s | grep -c '^Inst ')
# shellcheck disable=SC2086
megabytes=$(LC_ALL=C $command --print-uris |
    awk '$2 ~ /\.deb$/ { bytes += $3 } END { printf "%.1f", bytes / 1e6 }')
echo "Installing $count packages, with all that they need; $megabytes MB to download"
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive $command
