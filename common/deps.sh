#!/bin/sh
# SPDX-License-Identifier: MIT
# Finds what building, testing and the pipelines need and this machine lacks, says how much that is,
# and installs it where it may: through apt, as root or by sudo. Otherwise it prints the command,
# and fails. With a list, only what is on it, as "build plots". CC and $CXX may be several words.
# usage: deps.sh [CC [LIST]]
CC=${1:-gcc}
LIST=${2:-build plots pipelines videos tests}
missing=

for_() { # for_ NAME: whether that is on the list
    case " $LIST " in *" $1 "*) ;; *) return 1 ;; esac
}

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

if for_ build; then
    need "gcc libc6-dev" header stdio.h
    need libzstd-dev header zstd.h
    need libxxhash-dev header xxhash.h
    need liblapacke-dev header lapacke.h
    need zlib1g-dev header zlib.h
fi
if for_ plots; then
    need gnuplot-nox command -v gnuplot
    need util-linux command -v flock
    need "fontconfig fonts-dejavu-core" sh -c 'fc-list | grep -q .'
fi
if for_ pipelines; then
    need datamash command -v datamash
    need parallel sh -c 'parallel --version | grep -q GNU'
fi
if for_ videos; then
    need ffmpeg command -v ffmpeg
fi
if for_ tests; then
    need g++ compiler "${CXX:-g++}"
    need zstd command -v zstd
    need perl command -v prove
    need file command -v file
    need "python3-numpy python3-zstandard python3-xxhash" \
        "$(dirname "$0")/../pipelines/find-python" numpy zstandard xxhash
fi
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
packages=$(LC_ALL=C $command -s | awk '$1 == "Inst" { print $2 }')
# shellcheck disable=SC2086
megabytes=$(LC_ALL=C $command --print-uris |
    awk '$2 ~ /\.deb$/ { bytes += $3 } END { printf "%.1f", bytes / 1e6 }')
# shellcheck disable=SC2086
on_disk=$(LC_ALL=C apt-cache show --no-all-versions $packages 2>/dev/null |
    awk '$1 == "Installed-Size:" { kibibytes += $2 } END { printf "%.0f", kibibytes * 1.024e-3 }')
echo "Installing $(echo "$packages" | wc -l) packages, with all that they need;" \
    "$megabytes MB to download, $on_disk MB on disk"
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive $command
