#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# The Makefile: directories with special characters, what install puts and uninstall removes,
# CPPFLAGS, parallel builds, and what is said before packages are installed. Nothing is built:
# programs and tools are stubs.
# shellcheck disable=SC2016,SC2046,SC2317 # words are to be split, functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL BUILD PREFIX DESTDIR MODULES DEPS CPPFLAGS JOBS

# Programs and their pages, which are newer than their sources, so that make builds nothing.
mkdir -p "$scratch"/built/{bin,man,completions/fish} "$scratch/stubs"
for source in bin-src/*.c; do
    echo stub >"$scratch/built/bin/$(basename "$source" .c)"
    echo stub >"$scratch/built/man/$(basename "$source" .c).1"
done
touch "$scratch"/built/completions/{table.tsv,nca,_nca,fish/nca-step.fish}
chmod +x "$scratch"/built/bin/*
list() {
    find "$scratch/root" ! -type d | sort
}
make_stubbed() { # with programs that are not to be built again
    make --no-print-directory CUDA=no BUILD="$scratch/built" \
        $(printf -- '-o %s ' "$scratch"/built/{bin/*,man/*,completions/table.tsv}) "$@"
}

# What is named up to the blank, or by the shell, would be removed or written.
bad_names=("$scratch/box/my apps" "$scratch/box/my\$\$apps" "$scratch/box/my\$apps"
    "$scratch/box/my;apps" "$scratch/box/my'apps" "$scratch/box/my\"apps" "$scratch/box/my&apps"
    "$scratch/box/my|apps" "$scratch/box/my(apps" "$scratch/box/my)apps" "$scratch/box/my*apps"
    "$scratch/box/my\`id\`" "$scratch/box/my\\apps" "$scratch/box/my%apps" "$scratch/box/my#apps"
    "$scratch/box/my
apps" -apps)
untouched() { # untouched TARGET VARIABLE VALUE
    rm -rf "$scratch/box"
    mkdir -p "$scratch/box/my/share/nca" "$scratch/box/my/bin"
    echo precious | tee "$scratch/box/my/notes.txt" >"$scratch/box/my/bin/nca-step"
    (cd "$scratch/box" && find . -type f -exec cksum {} +) >"$scratch/before"
    refuses 2 make CUDA=no BUILD="$scratch/built" MODULES= "$2=$3" "$1" </dev/null &&
        (cd "$scratch/box" && find . -type f -exec cksum {} +) | cmp - "$scratch/before" &&
        grep -qF "$2='" "$scratch/message"
}
for variable in PREFIX DESTDIR BUILD MODULES; do
    for target in install uninstall; do
        all_untouched() {
            local name
            for name in "${bad_names[@]}"; do
                [ "$variable" = MODULES ] && [[ $name == *\$a* ]] && continue # make's own
            # short: all names for one of them, for the others the blank, the $ and the end of line
            [ "$variable $target" = "PREFIX install" ] || [ "${TEST_LONG:-}" ] ||
                [[ $name == *[$' \n']* || $name == *\$\$* ]] || continue
                untouched "$target" "$variable" "$name" || return
            done
        }
        check "$target, $variable with special characters: refused" all_untouched
    done
done
check "clean, BUILD with a blank: refused" untouched clean BUILD "$scratch/box/my apps"
check "clean, no BUILD: refused" refuses 2 make clean BUILD=

# The long run, with a make that fails where valgrind is to be run
mkdir "$scratch/failing"
printf '#!/bin/sh\ncase "$*" in *memcheck) echo leaks; exit 1;; esac\n' >"$scratch/failing/make"
chmod +x "$scratch/failing/make"
long_run() {
    PATH=$scratch/failing:$PATH BUILD=$scratch/long refuses 1 tests/long slurm valgrind asan
    sed 's/ after.*//' "$scratch/refused" |
        diff - <(printf '%s\n' 'slurm: passed' 'valgrind: FAILED' 'asan: passed') &&
        [ "$(cat "$scratch/long/long/valgrind.log")" = leaks ]
}
check "tests/long goes on after a part that fails, prints a line for each, and fails" long_run
no_part() {
    refuses 2 tests/long nothing
}
check "tests/long refuses a part that does not exist" no_part

# What install has put there is removed, and nothing else.
prefix=$scratch/root/opt/nca-1.0~rc1,x modules=$prefix/lib/python
mkdir -p "$prefix/share/nca" "$prefix/bin" "$modules"
touch "$prefix/share/nca/mine" "$prefix/bin/nca-mine" "$modules/nca2.py"
list >"$scratch/before"
installs() {
    make_stubbed install DESTDIR="$scratch/root" PREFIX="${prefix#"$scratch/root"}" \
        MODULES="${modules#"$scratch/root"}" &&
        [ -x "$prefix/bin/nca-step" ] && [ -x "$prefix/share/nca/nca-sweep" ] &&
        [ -f "$prefix/share/man/man1/nca-step.1" ] &&
        [ -f "$prefix/share/bash-completion/completions/nca-sweep" ] &&
        [ -f "$prefix/share/file/magic/nca" ] && [ -f "$modules/nca/stream.py" ] &&
        [ ! -L "$modules/nca/stream.py" ]
}
check "install with DESTDIR" installs
commands() { # run by their names, the old ones in share/nca, too, they find what they share
    local name
    for name in report sweep compare envelope sensitivity questions import-thesis collect verify; do
        (cd / && PATH=$prefix/bin:$PATH "nca-$name" --help) >"$scratch/help" &&
            grep -qi "^usage: nca-$name " "$scratch/help" &&
            "$prefix/share/nca/$name" --help | cmp - "$scratch/help" || return
    done
}
check "pipelines are commands" commands
mkdir -p "$modules/nca/__pycache__" "$prefix/share/nca/__pycache__"
touch "$modules/nca/__pycache__/"{__init__,stream}.cpython-311.pyc
touch "$prefix/share/nca/__pycache__/nca.cpython-311.pyc"
uninstalls() {
    make_stubbed uninstall DESTDIR="$scratch/root" PREFIX="${prefix#"$scratch/root"}" \
        MODULES="${modules#"$scratch/root"}" && list | diff "$scratch/before" - &&
        [ ! -e "$modules/nca" ]
}
check "uninstall removes what install has put there, and nothing else" uninstalls
rm "$prefix/share/nca/mine"
gone() {
    installs && uninstalls >/dev/null
    [ ! -e "$prefix/share/nca" ]
}
check "uninstall removes its directory, once it is empty" gone

# Each call of a compiler that compiles.
compilers() {
    make -n -B all tests fuzzers CUDA=yes NVCC=/bin/true CPPFLAGS=-DMARKED BUILD="$scratch/none" |
        sed -e ':a' -e '/\\$/N; s/\\\n//; ta' | grep -E ' -c -o | -shared ' >"$scratch/calls"
    grep -v -- ' -DMARKED ' "$scratch/calls"
    ! grep -qv -- ' -DMARKED ' "$scratch/calls" &&
        for call in 'CC   ' 'CXX  ' 'NVCC ' preload emulation tests/fuzz; do
            grep -q -- "$call" "$scratch/calls" || return
        done
}
check "CPPFLAGS are in every call of a compiler" compilers

# A stub for make, which prints how it was called; and for apt, which installs nothing.
cat >"$scratch/stubs/submake" <<'END'
#!/bin/sh
echo "submake $*"
END
cat >"$scratch/stubs/apt-get" <<'END'
#!/bin/sh
echo "apt-get $*" >>"$LOG"
case " $* " in
*' -s '*) printf 'Inst one\nInst two\nInst three\nConf one\n' ;;
*' --print-uris '*) printf "'http://x/%s.deb' %s.deb 1600000 SHA256:0\n" one one two two ;;
*' install '*) echo INSTALLS ;;
esac
END
printf '#!/bin/sh\necho 0\n' >"$scratch/stubs/id"
cat >"$scratch/stubs/apt-cache" <<'END'
#!/bin/sh
[ "$*" = "show --no-all-versions one two three" ] && printf 'Installed-Size: %s\n' 1000 2000 4000
END
chmod +x "$scratch"/stubs/*
export LOG=$scratch/log
jobs() { # jobs EXPECTED ARGUMENT...: with how many jobs the targets that others stand for are made
    local expected=$1 target
    shift
    for target in quick check demo; do
        make DEPS=no MAKE="$scratch/stubs/submake" JOBS=3 -i "$@" "$target" 2>/dev/null |
            grep '^submake' | tee "$scratch/submake"
        [ "$(grep -o -- '-j[0-9]*' "$scratch/submake")" = "$expected" ] || return
    done
}
# demo goes on to its pipeline: one that does nothing
mkdir -p "$scratch/tree/pipelines"
cp Makefile "$scratch/tree"
printf '#!/bin/sh\n' >"$scratch/tree/pipelines/demo"
chmod +x "$scratch/tree/pipelines/demo"
jobs_there() {
    (cd "$scratch/tree" && jobs "$@")
}
check "quick, check and demo build with \$JOBS jobs" jobs_there -j3
check "quick, check and demo build with the jobs that make was given: -j2" jobs_there '' -j2
check "quick, check and demo build with the jobs that make was given: -j1" jobs_there '' -j1

deps() {
    : >"$LOG"
    PATH=$scratch/stubs:$PATH CPPFLAGS='' sh common/deps.sh "$scratch/none" >"$scratch/said"
    local status=$?
    cat "$scratch/said" "$LOG"
    [ "$status" -eq 0 ] && grep -q 'gcc libc6-dev' "$scratch/said" &&
        [ "$(sed '/INSTALLS/q' "$scratch/said" | grep -c '3 packages.*3\.2 MB.* 7 MB')" -eq 1 ] &&
        grep -q DEPS=no "$scratch/said" && tail -n 1 "$LOG" | grep -q '^apt-get install -y '
}
check "what will be installed is said first, and how much" deps
without() {
    : >"$LOG"
    PATH=$scratch/stubs:$PATH make -C "$scratch/tree" DEPS=no MAKE="$scratch/stubs/submake" \
        CC="$scratch/none" check demo && [ ! -s "$LOG" ]
}
check "DEPS=no installs nothing" without
listed() { # of what is missing, what is on the list
    : >"$LOG"
    printf '#!/bin/sh\nexit 1\n' >"$scratch/stubs/parallel"
    chmod +x "$scratch/stubs/parallel"
    PATH=$scratch/stubs:$PATH sh common/deps.sh "$scratch/none" "build plots" >"$scratch/said" &&
        grep -q 'Missing: gcc libc6-dev libzstd-dev libxxhash-dev liblapacke-dev ' \
            "$scratch/said" &&
        ! grep -q parallel "$LOG" &&
        PATH=$scratch/stubs:$PATH sh common/deps.sh "${CC:-cc}" >"$scratch/said" &&
        grep -q parallel "$LOG"
}
check "a list says what packages are for" listed
demo_plan() {
    : >"$LOG"
    PATH=$scratch/stubs:$PATH make -n CC="$scratch/none" "$@" demo >"$scratch/said"
    head -n 1 "$scratch/said" | grep -q 'make demo: ' && grep 'deps\.sh' "$scratch/said"
}
check "demo says first what it does, and needs no videos" \
    eval 'demo_plan | grep "build plots pipelines *\"$"'
check "demo VIDEOS=yes" eval 'demo_plan VIDEOS=yes | grep "build plots pipelines videos\"$"'
words() { # words CC CPPFLAGS: whether <stdio.h> is found
    : >"$LOG"
    PATH=$scratch/stubs:$PATH CPPFLAGS=$2 sh common/deps.sh "$1" >"$scratch/said" &&
        ! grep -q libc6-dev "$scratch/said"
}
check "a compiler of two words" words "env ${CC:-cc}" ""
check "CPPFLAGS when headers are looked for" eval '! words "${CC:-cc}" -nostdinc'
finish
