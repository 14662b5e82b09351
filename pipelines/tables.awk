# SPDX-License-Identifier: MIT
# Tables by generation, our own or those that others wrote, as one kind: from each FILE the columns
# that all of them have into OUTPUT/1.tsv, 2.tsv and so on, or those of WANTED if it names any.
# Names are compared in lower case. Environment: WANTED, OUTPUT. Arguments: FILE...
# The thesis's CTFP has columns "Value 0.0" to "Value 1.0", but none of a type that never occurs.

function wrong(text) {
    sub(/^[.]\//, "", file)
    print file ": " text | "cat >&2"
    close("cat >&2")
    exit 1
}
function next_row(    i) { # of file, into cell; false at its end
    do if ((getline line < file) <= 0) return 0
    while (line ~ /^[ \t,\r]*$/ || (separator && line ~ /^#/))
    sub(/\r$/, "", line)
    if (!separator) {
        sub(/^\357\273\277/, "", line)
        sub(/^# */, "", line)
        separator = index(line, "\t") ? "\t" : ","
    }
    cells = split(line, cell, separator)
    for (i = 1; i <= cells; i++) gsub(/^[ "]+|[ "]+$/, "", cell[i])
    return 1
}
function read_names(f,    i, key) { # places[f, name]
    file = ARGV[f]
    separator = ""
    if (!next_row()) wrong("empty")
    for (i = 2; i <= cells; i++) {
        key = tolower(cell[i])
        sub(/^value /, "", key)
        gsub(/[^a-z0-9_.+-]/, "_", key)
        if (!((f, key) in places)) ++tables_with[key]
        places[f, key] = i
        if (key ~ a_type) { with_types[f] = 1; types[key] = 1 }
        else if (f == 1) all[++number] = key
        all_names[f] = all_names[f] (i > 2 ? ", " : "") key
    }
}
function number_of(text) { # as gnuplot, datamash and awk read it; what is missing is nan
    text = tolower(text)
    if (text ~ /^(|na|n\/a|<na>|null|none|[-+]?nan)$/) return "nan"
    if (text ~ /^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[-+]?[0-9]+)?$/) return text
    if (text ~ /^[-+]?inf(inity)?$/) return text
    wrong("\"" line "\": \"" text "\" is no number")
}
function copy(f,    output, i, text) { # the chosen columns
    separator = ""
    file = ARGV[f]
    output = ENVIRON["OUTPUT"] "/" f ".tsv"
    text = "# generation"
    for (i = 1; i <= n; i++) text = text "\t" name[i]
    print text >output
    next_row()
    names = cells
    while (next_row()) {
        if (cells != names || cell[1] !~ /^[0-9]+([.]0*)?$/)
            wrong("\"" line "\": not a generation and its " names - 1 " numbers")
        text = cell[1]
        sub(/[.]0*$/, "", text)
        for (i = 1; i <= n; i++)
            text = text "\t" (places[f, name[i]] ? number_of(cell[places[f, name[i]]]) : 0)
        print text >output
    }
    if (text ~ /^#/) wrong("no generation")
    close(file)
    close(output)
}
function add_types(    i, key) { # where a table has some, all that any of them has
    for (i = 1; i <= wants; i++) if (wanted[i] ~ a_type) types[wanted[i]] = 1
    for (i = 0; i <= 10; i++) {
        key = sprintf("%.1f", i / 10)
        if (!(key in types)) continue
        if (with_types[1]) all[++number] = key
        for (f = 1; f < ARGC; f++)
            if (with_types[f] && !((f, key) in places)) {
                places[f, key] = 0
                ++tables_with[key]
            }
    }
}
BEGIN {
    a_type = "^(0[.][0-9]|1[.]0)$"
    for (f = 1; f < ARGC; f++) { read_names(f); close(ARGV[f]) }
    wants = split(ENVIRON["WANTED"], wanted, " ")
    add_types()
    for (i = 1; i <= (wants ? wants : number); i++) {
        key = wants ? tolower(wanted[i]) : all[i]
        if (tables_with[key] == ARGC - 1) name[++n] = key
    }
    if (!n) {
        for (f = 1; f < ARGC - 1; f++) if (wants && !((f, tolower(wanted[1])) in places)) break
        file = ARGV[f]
        wrong((wants ? "no column " tolower(wanted[1]) : "no column that the others have") \
            ", among: " all_names[f])
    }
    for (f = 1; f < ARGC; f++) copy(f)
}
