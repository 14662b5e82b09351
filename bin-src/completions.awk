# SPDX-License-Identifier: MIT
# usage: awk -v shell=bash|zsh|fish -f completions.awk TABLE: completions for a shell, from the
# table of completions.sh, on standard output; those for fish into directory/COMMAND.fish.
BEGIN { FS = "\t" }
{
    command = $1; letter = $2; name = $3; argument = $4; help = $5; values = $6
    operands = letter name == ""
}
operands { commands = commands " " command }

# What is completed: LIST or ONE of the values, FILE, DIR, or NONE.
function kind() {
    if (values != "") return argument == "LIST" ? "LIST" : "ONE"
    if (argument ~ /FILE|RUN|TABLE/) return "FILE"
    return argument ~ /DIR/ ? "DIR" : "NONE"
}
function option(dashes, text, rest) { return text == "" ? "" : dashes text rest }
function quoted(text, special,    i, c, out) { # special characters after a backslash
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        out = out (index(special, c) ? "\\" : "") c
    }
    return out
}

shell == "bash" {
    spec = argument == "" && !operands ? "'" : "=" kind() (values == "" ? "" : " " values) "'"
    if (operands) cases = cases (NR > 1 ? ") ;;\n" : "") "    " command ") specs=('" spec
    else cases = cases option(" '-", letter, spec) option(" '--", name, spec)
}

function zsh_action(    message) {
    message = quoted(argument, ":") ":"
    if (kind() == "LIST") return message "_sequence compadd - " values
    if (kind() == "ONE") return message "(" values ")"
    return message (kind() == "FILE" ? "_files" : kind() == "DIR" ? "_files -/" : " ")
}
shell == "zsh" {
    gsub(/'/, "'\\''", help)
    text = "[" quoted(help, "[]") "]" (argument == "" ? "" : ":" zsh_action()) "'"
    equals = argument == "" ? "" : "="
    if (operands)
        cases = cases (NR > 1 ? "\n    ;;\n" : "") command ")\n    _arguments -s" \
            (argument == "" ? "" : " \\\n        '*:" zsh_action() "'")
    else if (letter != "" && name != "")
        cases = cases " \\\n        '(-" letter " --" name ")'{-" letter ",--" name equals "}'" text
    else
        cases = cases " \\\n        '" option("-", letter, text) option("--", name equals, text)
}

shell == "fish" {
    file = directory "/" command ".fish"
    action = kind() == "DIR" ? " -a '(__fish_complete_directories)'" : kind() == "LIST" ? \
        " -a '(__fish_append , " values ")'" : kind() == "ONE" ? " -a '" values "'" : ""
    if (operands)
        print "complete -c " command (kind() == "FILE" ? " -F" : " -f" action) >file
    else
        print "complete -c " command option(" -s ", letter) option(" -l ", name) \
            (argument == "" ? "" : kind() == "FILE" ? " -rF" : " -x" action) \
            " -d '" quoted(help, "'\\") "'" >file
}

END {
    if (shell == "bash")
        print "_nca_specs() {\n    case $1 in\n" cases ") ;;\n    esac\n}\n" \
            "complete -o default -F _nca" commands
    if (shell == "zsh")
        print "#compdef" commands "\ncase $service in\n" cases "\n    ;;\nesac"
}
