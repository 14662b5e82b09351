#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: bin-src/completions.sh COMMAND...: the options of commands as a table, on standard output,
# of which completions.awk makes completions for shells. A line has command, letter, name, argument,
# help, values: all from --help, but values are those that the command names when it refuses
# another one. The first line of a command has its operands as argument. A command whose --help
# fails, as without its Python, is left out.
set -eu
LC_ALL=C
export LC_ALL

options() { # options COMMAND: from the help in standard input
    awk -v OFS='\t' -v command="$1" '
        tolower($1) == "usage:" && !usage {
            sub(/^[^ ]* [^ ]* ?/, "")
            usage = $0 " "
        }
        /^          / && !n { usage = usage $0 }
        match($0, /^ +(-[A-Za-z]( [A-Z]+)?,? *)?(--[a-z-]+( [A-Z][A-Za-z0-9,:|=]*)?)?/) && /^ +-/ {
            head = substr($0, 1, RLENGTH)
            help = substr($0, RLENGTH + 1)
            letter = name = argument = ""
            if (match(head, /-[A-Za-z][ ,]/)) letter = substr(head, RSTART + 1, 1)
            if (match(head, /--[a-z-]+/)) name = substr(head, RSTART + 2, RLENGTH - 2)
            if (match(head, / [A-Z][^ ]*$/)) argument = substr(head, RSTART + 1)
            sub(/^ +/, "", help)
            line[++n] = command OFS letter OFS name OFS argument
            text[n] = help
            next
        }
        /^ +[^ ]/ && n && text[n] == "" { # help in a line of its own
            sub(/^ +/, "")
            text[n] = $0
        }
        END {
            gsub(/ *\[(-[^]]*|OPTION)\](\.\.\.)? */, "", usage)
            sub(/ +$/, "", usage)
            print command, "", "", usage, ""
            for (i = 1; i <= n; i++) print line[i], text[i]
        }'
}
values() { # values COMMAND OPTION: in what it answers to @, which no option takes
    "$1" "$2" @ x </dev/null 2>&1 >/dev/null |
        sed -n 's/.*: @: not \(one\|a list\) of:\{0,1\} //p' | awk '{
            n = split($0, part, /[,;] +| or | to /)
            for (i = 1; i <= n; i++) {
                sub(/:? .*|:$/, "", part[i])
                if (part[i] !~ /^columns$|^nca-/ && !seen[part[i]]++)
                    printf "%s%s", seen[""]++ ? " " : "", part[i]
            }
        }'
}

for command; do
    help=$("$command" --help 2>/dev/null) || continue
    printf '%s\n' "$help" | options "${command##*/}" | while IFS= read -r line; do
        name=${line#*	*	} argument=${line%	*}
        name=${name%%	*} argument=${argument##*	} values=
        case $name:$argument in
        ?*:NAME | ?*:LIST | ?*:WHAT) values=$(values "$command" "--$name") ;;
        esac
        printf '%s\t%s\n' "$line" "$values"
    done
done
