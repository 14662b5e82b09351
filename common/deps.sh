#!/bin/sh
# Finds what building, testing and the pipelines need and this machine lacks, and installs it where
# it may: through apt, as root or by sudo. Otherwise it prints the command, and fails.
# usage: deps.sh [CC]
CC=${1:-gcc}
missing=

need() { # need PACKAGES command...: PACKAGES are missing if the command fails
    packages=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $packages"
}
header() {
    echo "#include <$1>" | "$CC" -E -
}
module() {
    for python in "${PYTHON:-python3}" /usr/bin/python3; do
        "$python" -c "import $1" && return
    done
}

need "gcc libc6-dev" header stdio.h
need g++ command -v "${CXX:-g++}"
need libzstd-dev header zstd.h
need libxxhash-dev header xxhash.h
need liblapacke-dev header lapacke.h
need zstd command -v zstd
need gnuplot-nox command -v gnuplot
need datamash command -v datamash
need parallel sh -c 'parallel --version | grep -q GNU'
need ffmpeg command -v ffmpeg
need perl command -v prove
need file command -v file
need python3-numpy module numpy
need python3-zstandard module zstandard
need "fontconfig fonts-dejavu-core" sh -c 'fc-list | grep -q .'
[ -z "$missing" ] && exit 0

command="apt-get install -y --no-install-recommends$missing"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "nca needs what Debian calls:$missing. Install these with your system's tools." >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    sudo=
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo=sudo
else
    printf 'Missing packages. As root, run:\n    apt-get update && %s\n' "$command" >&2
    exit 1
fi
echo "Installing:$missing"
# shellcheck disable=SC2086
$sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive $command
