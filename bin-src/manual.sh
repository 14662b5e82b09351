#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: bin-src/manual.sh PROGRAM PAGE: the manual page of a built program, on standard output. Its
# section OPTIONS gets the options of --help, in that order, each with the text that the page has
# for it or, if it has none, that of bin-src/options.man. An option without a text, or a text
# without an option, is an error.
set -eu
options=$("$1" --help | sed -En 's/^ +(-., )?--([a-z-]+).*/\2/p' | tr '\n' ' ')
awk -v options="$options" '
    # A line of options: entries that begin with .TP and the name of an option, and .TQ for others
    # of the same text.
    function add(line) { text[entry] = text[entry] line "\n" }
    function read(line) {
        if (tag && match(line, /\\-\\-[a-z]([a-z]|\\-[a-z])*/)) {
            name = substr(line, RSTART + 4, RLENGTH - 4)
            gsub(/\\/, "", name)
            if (tag == ".TP")
                text[entry = name] = ""
            entry_of[name] = entry
            if (inside)
                left[name]
        }
        if (tag)
            add(tag)
        tag = ""
        if (line ~ /^\.T[PQ]$/)
            tag = line
        else
            add(line)
    }
    function fail(message) {
        print FILENAME ": --" message > "/dev/stderr"
        failed = 1
    }
    function print_options(   count, names, i) {
        count = split(options, names, " ")
        printf "%s", text[""]
        for (i = 1; i <= count; i++) {
            if (!(names[i] in entry_of))
                fail(names[i] ": no text, here and in options.man")
            else if (!printed[entry_of[names[i]]]++)
                printf "%s", text[entry_of[names[i]]]
            delete left[names[i]]
        }
        for (name in left)
            fail(name ": not in --help")
    }
    NR == FNR { if (!/^\.\\"/) read($0); next }
    inside && /^\.SH / { print_options(); inside = 0 }
    inside { read($0); next }
    { print }
    /^\.SH OPTIONS$/ { inside = 1; entry = "" }
    END { exit failed }
' "${0%/*}/options.man" "$2"
