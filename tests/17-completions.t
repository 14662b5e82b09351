#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Completions for bash, zsh and fish, as make install puts them: names of options, their values,
# and files. tests/long shells installs zsh, fish and bash-completion; where they are missing, they
# are skipped.
# shellcheck disable=SC2016,SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
built=$(cd "${BUILD:-build}" && pwd)
prefix=$scratch/usr share=$scratch/usr/share
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s CUDA=no BUILD="$built" PREFIX="$prefix" MODULES= \
    -o all install >"$scratch/said" 2>&1
mkdir "$scratch/work" "$scratch/work/folder" && cd "$scratch/work" || exit 1
touch run.zst
PATH=$prefix/bin:$PATH
exec </dev/null

table=$built/completions/table.tsv
whole() { # an option of each command, and the values of all that take one of some
    local name
    for name in "$prefix"/bin/*; do # Python may have come after the build, as make check's packages
        [[ ${name##*/} != nca-import-thesis ]] || grep -q "^${name##*/}	" "$table" || continue
        grep -q "^${name##*/}	h	help		" "$table" || { echo "$name" && return 1; }
    done
    awk -F '\t' '$4 == "NAME" && $6 == "" && $1 != "nca-sweep" { print; bad = 1 } $6 != "" { n++ }
        END { exit bad || n < 20 }' "$table"
}
check "each command has options, and each NAME has values" whole

bash_completes() { # bash_completes EXPECTED WORD...: the last one
    diff <(echo "$1") <(env -i "$BASH" -c '
        compopt() { echo "compopt $*"; }
        . "$0/bash-completion/completions/${1##*/}" || exit
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _nca && echo "${COMPREPLY[*]}"' "$share" "${@:2}" 2>&1)
}
ask_bash() { check "bash: ${*:2}" bash_completes "$@"; }
ask_bash "--view --version" nca-render --v
ask_bash $'compopt +o default\nmagma viridis gray' nca-render --colormap ''
ask_bash $'compopt +o default\nviridis' nca-render --colormap = v
ask_bash $'compopt +o default\nviridis' nca-render --colormap=v --colormap v
ask_bash $'compopt -o nospace\ncompopt +o default\nalpha,ghc alpha,genotypes' \
    nca-render --view alpha,g
ask_bash $'compopt -o nospace\ncompopt +o default\nstate ages genomes' nca-cat --sections = ''
ask_bash $'compopt +o default\ngenomes genotypes genome_sd genome_sd_carriers' nca-compare -m gen
ask_bash $'compopt +o default\n' nca-seed ''
ask_bash $'compopt -o dirnames +o default\n' nca-sweep --slurm ''
ask_bash '' /usr/bin/nca-cat ''
ask_bash '' nca-cat --salvage -o ''
loads() { # by the name of the command, as bash-completion finds it
    bash --norc -c '. "$0" && XDG_DATA_DIRS=$1 XDG_DATA_HOME=$1 && __load_completion nca-step &&
        complete -p nca-step' "$bash_completion" "$share" | grep -- '-F _nca nca-step'
}
bash_completion=/usr/share/bash-completion/bash_completion
if [ -r $bash_completion ]; then
    check "bash-completion finds them" loads
else
    skip "bash-completion finds them" "not installed"
fi

# A shell in a terminal of its own, where a line is typed, then TAB, then what shows it.
cat >"$scratch/type.zsh" <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PS2=; stty -echo; fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D
show() { print -r -- \"<<\$BUFFER>>\"; BUFFER=; zle accept-line }; zle -N show
bindkey '^X' show; print ready''now"
zpty -r shell said '*readynow*'
zpty -w -n shell "$2"$'\t\x18'
zpty -r shell said '*<<*>>*'
said=${said##*<<}
print -r -- "${said%%>>*}|"
zpty -d shell
END
zsh_completes() { # zsh_completes EXPECTED LINE
    diff <(echo "$1|") <(timeout $((60 * SLOW)) zsh -f "$scratch/type.zsh" \
        "$share/zsh/site-functions" "$2" 2>&1)
}
fish_completes() { # fish_completes EXPECTED LINE: at most these, with blanks between
    diff <(echo "$1") <(HOME=$scratch XDG_CONFIG_HOME=$scratch XDG_DATA_DIRS=$share \
        fish --private -c 'complete -C $argv[1]' "$2" 2>&1 | cut -f 1 | paste -sd ' ')
}
asked=0
ask() { # ask SHELL EXPECTED LINE
    if command -v "$1" >/dev/null; then
        check "$1: $3" "$1_completes" "$2" "$3"
    elif ((asked++ == 0)); then
        skip "completions for $1" "not installed"
    fi
}
ask zsh 'nca-render --no-annotate ' 'nca-render --no-an'
ask zsh 'nca-render --colormap viridis ' 'nca-render --colormap v'
ask zsh 'nca-render --view=alpha,ghc,' 'nca-render --view=alpha,gh'
ask zsh 'nca-sweep --slurm folder/' 'nca-sweep --slurm f'
ask zsh 'nca-step -o run.zst ' 'nca-step -o r'
ask zsh 'nca-seed r' 'nca-seed r'
asked=0
ask fish '--no-annotate' 'nca-render --no-an'
ask fish 'viridis' 'nca-render --colormap v'
ask fish 'alpha,genotypes alpha,ghc' 'nca-render --view alpha,g'
ask fish 'folder/' 'nca-sweep --slurm '
ask fish 'run.zst' 'nca-step -o r'
ask fish '' 'nca-seed r'
finish
