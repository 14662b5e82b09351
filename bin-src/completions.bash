# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# Completions for bash. _nca_specs COMMAND, which completions.awk adds, sets specs: for each option
# OPTION, or OPTION=KIND VALUES if it takes an argument; the first is =KIND, for operands.
_nca() {
    local specs=() spec word=${COMP_WORDS[COMP_CWORD]} before='' kind='' values=''
    COMPREPLY=()
    _nca_specs "${COMP_WORDS[0]##*/}"
    ((COMP_CWORD == 0)) || before=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $word == = ]]; then # --option=value is three words
        word=''
    elif [[ $before == = ]] && ((COMP_CWORD > 1)); then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for spec in "${specs[@]:1}"; do
        [[ $spec != "$before="* ]] || kind=${spec#*=}
    done
    if [[ ! $kind && $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "${specs[*]%%=*}" -- "$word")
        return
    fi
    kind=${kind:-${specs[0]#=}} before=''
    case $kind in
    FILE) return ;; # readline's default
    DIR) compopt -o dirnames +o default && return ;;
    LIST*)
        compopt -o nospace
        [[ $word != *,* ]] || before=${word%,*},
        ;;
    esac
    compopt +o default
    [[ $kind != *' '* ]] || values=${kind#* }
    mapfile -t COMPREPLY < <(compgen -P "$before" -W "$values" -- "${word#"$before"}")
}
