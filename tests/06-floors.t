#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: quick
# The floors of the source: common, kernels, format, bin-src. A file includes only files of its own
# floor and of those below; kernels/ opens no file, parses no command line and draws no plot.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh

sources() { # FOLDER...
    find "$@" -name '*.[ch]' -o -name '*.cu'
}

# Each line: a file, and one that it includes.
sources common kernels format bin-src | xargs sed -nE \
    -e '/^[[:space:]]*#[[:space:]]*include[[:space:]]+"/{' \
    -e 's/^[^"]*"([^"]*)".*/\1/' -e 'F;p' -e '}' | paste -d ' ' - - >"$scratch/includes"

# included FOLDER ALLOWED...: all that files in the folder include is in the folders allowed.
included() {
    awk -v folder="$1" -v allowed="${*:2}" '
        index($1, folder "/") == 1 {
            count = split(allowed, folders, " ")
            found = 0
            for (i = 1; i <= count; i++)
                found += index($2, folders[i] "/") == 1
            if (!found)
                print $1 " includes " $2
            seen++
            wrong += !found
        }
        END { exit wrong || !seen }' "$scratch/includes"
}

check "common includes only common" included common common
check "kernels/model includes no other part of kernels, and nothing above" \
    included kernels/model common kernels/model
check "kernels/step includes neither kernels/measures nor anything above" \
    included kernels/step common kernels/model kernels/step
check "kernels/measures includes neither kernels/step nor anything above" \
    included kernels/measures common kernels/model kernels/measures
check "format does not include bin-src" included format common kernels format
check "bin-src includes nothing outside the floors" included bin-src common kernels format bin-src

no_loops() { # tsort reports each
    tsort <"$scratch/includes" >/dev/null
}
check "no headers include each other, directly or through others" no_loops

computes_only() { # what stands outside comments
    # shellcheck disable=SC2016 # Perl's variables
    sources kernels | xargs perl -0777 -ne '
        s{/\*.*?\*/}{$& =~ s/[^\n]//gr}gse;
        my $line = 0;
        for (split /\n/) {
            $line++;
            next unless /\b(\w*open|openat|opendir|creat|getopt\w*|optarg|optind|argv|vprintf|puts
                |\w?printf|fputs|fputc|putc|putchar|fwrite|write|stdin|stdout|stderr|gnuplot
                |(?:output|options|table|inputs|reader)_\w+)\b/x;
            next if $1 eq "snprintf";
            print "$ARGV:$line: $1\n";
            $wrong = 1;
        }
        END { exit $wrong }'
}
check "kernels opens no file, parses no command line, prints and draws nothing" computes_only

# By the layout of clang-format: a function opens with ") {" and ends with "}" in the first column.
short() {
    sources common kernels format bin-src tests | xargs awk '
        FNR == 1 { open = 0 }
        FNR == 451 { print FILENAME ": more than 450 lines"; wrong = 1 }
        /\) \{$/ && !open { open = FNR }
        /^}/ && open {
            if (FNR - open >= 80) {
                print FILENAME ":" open ": a function of " FNR - open + 1 " lines"
                wrong = 1
            }
            open = 0
        }
        END { exit wrong }'
}
check "no source has more than 450 lines, no function more than 80" short
finish
