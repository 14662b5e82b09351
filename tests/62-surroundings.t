#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: long
# The pipelines where all that a user may have set is set against them: tables, plots, messages and
# statuses are those of a plain run.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
pipelines=${PIPELINES:-$PWD/pipelines}
exec </dev/null
cd "$scratch" || exit 1

localedef -i de_DE -f UTF-8 "$scratch/de_DE.UTF-8" 2>/dev/null
comma=(LOCPATH="$scratch" LC_ALL=de_DE.UTF-8)
[ "$(env "${comma[@]}" bash -c 'printf %.1f 0,5' 2>/dev/null)" = 0,5 ] ||
    { skip "a locale with a decimal comma" "there is none" && comma=(); }

# Videos are for other tests.
mkdir stub home hostile hostile/{.parallel,.config,.config/parallel,.config/gnuplot} elsewhere \
    elsewhere/{run-report,sweep,out,page} plain around
printf '#!/bin/sh\ncat >/dev/null\n' >stub/ffmpeg
printf '#!/bin/sh\necho "$PWD" >>"%s/submitted"\necho 1\n' "$scratch" >stub/sbatch
chmod +x stub/*
PATH=$scratch/stub:$PATH
cat >hostile/.gnuplot <<'END'
set datafile separator ","
set decimalsign ','
set xrange [5:6]
set logscale y
set table "/dev/null"
END
cp hostile/.gnuplot hostile/.config/gnuplot/gnuplotrc
echo --dry-run | tee hostile/.parallel/config >hostile/.config/parallel/config
cat >hostile/env <<'END'
echo noise
set -f
cd() { builtin cd "$@" >/dev/null && echo moved; }
shopt -s nocasematch
END
odd="$scratch/it's \"a\" \$(touch ran) \`touch ran\`"
mkdir "$odd"

plain() { # plain COMMAND...
    env -u CDPATH -u TMPDIR HOME="$scratch/home" LC_ALL=C timeout $((100 * SLOW)) "$@"
}
around() { # around COMMAND...
    (umask 0777 && env "${comma[@]}" HOME="$scratch/hostile" \
        XDG_CONFIG_HOME="$scratch/hostile/.config" CDPATH="$scratch/elsewhere" \
        POSIXLY_CORRECT=1 GETOPT_COMPATIBLE=1 TMOUT=1 \
        BASH_ENV="$scratch/hostile/env" ENV="$scratch/hostile/env" BASH_COMPAT=3.1 \
        "BASH_FUNC_grep%%=() { return 1; }" "BASH_FUNC_dirname%%=() { echo /; }" \
        SHELL=/bin/false PARALLEL=--dry-run PARALLEL_HOME="$scratch/hostile/.parallel" \
        GREP_OPTIONS=-v GREP_COLORS='mt=7' GNUTERM=nonsense FFREPORT=file="$scratch/ffreport" \
        TMPDIR="$odd" timeout $((100 * SLOW)) "$@")
}

for seed in 1 2; do
    nca-seed -W 12 -H 12 --init 0.2 --seed $seed | nca-step -n 6 -o $seed.zst
done
printf '# experiment\twidth\theight\tinit\tgenerations\na\t10\t9\t0.3\t3\n' >table.tsv

work() { # work AS: every pipeline, with what it says, in the directory AS
    (cd "$1" && cp ../1.zst run.zst && {
        "$1" "$pipelines/nca-report" --no-videos run.zst | sed 's,.*/run-report,run-report,'
        echo "report ${PIPESTATUS[0]}"
        "$1" "$pipelines/nca-envelope" ghc ../1.zst ../2.zst >envelope.tsv
        echo "envelope $?"
        "$1" "$pipelines/nca-envelope" --svg envelope.svg census ../1.zst ../2.zst
        echo "envelope --svg $?"
        "$1" "$pipelines/nca-compare" --svg compare.svg ../1.zst ../2.zst
        echo "compare $?"
        "$1" "$pipelines/nca-compare" ../1.zst ../2.zst >compare.txt
        echo "compare --plot $?"
        "$1" "$pipelines/nca-sensitivity" --seeds 2 -n 4 -- -W 15 -H 15 >sensitivity.tsv
        echo "sensitivity $?"
        "$1" "$pipelines/nca-sweep" -j 1 -t ../table.tsv -s 1-2 sweep
        echo "sweep $?"
        "$1" "$pipelines/nca-collect" sweep
        echo "collect $?"
        "$1" "$pipelines/nca-questions" --seeds 2 -n 3 --size 9 page
        echo "questions $?"
        GENERATIONS=2 "$1" "$pipelines/demo" out 2>parts # with times
        echo "demo $?"
        "$1" "$pipelines/nca-compare" -m nothing ../1.zst
        echo "usage $?"
    } >said 2>&1)
}
work plain
work around
check "every pipeline has the status of a plain run" \
    diff - <(grep -E '^[a-z -]* [0-9]$' around/said) <<'END'
report 0
envelope 0
envelope --svg 0
compare 0
compare --plot 0
sensitivity 0
sweep 0
collect 0
questions 0
demo 0
usage 2
END
check "every pipeline prints the same as in a plain run" diff {plain,around}/said
for made in run-report envelope.tsv envelope.svg compare.svg compare.txt sensitivity.tsv \
    sweep/envelopes out; do
    check "the same: $made" diff -r {plain,around}/$made
done
runs() {
    diff -r -x log -x microseconds {plain,around}/sweep/a &&
        diff <(cut -f -10 plain/sweep/runs.tsv) <(cut -f -10 around/sweep/runs.tsv) &&
        diff <(cut -f -16 plain/sweep/summary.tsv) <(cut -f -16 around/sweep/summary.tsv)
}
check "the same: a sweep's runs and what is collected of them" runs
pictures() {
    local picture
    for picture in plain/sweep/*.svg plain/page/*.png; do
        cmp "$picture" "around${picture#plain}" || return
    done
    diff <(sed 1,3d plain/page/README.md) <(sed 1,3d around/page/README.md)
}
check "the same: plots of a sweep, and the page of questions" pictures
once() { # each task ran its runs once, in a time that can be
    [ "$(cat around/sweep/a/*/log | grep -c 'to generation')" = 2 ] &&
        awk '$1 <= 0 || $1 > 1e9 { print; bad = 1 } END { exit bad || NR != 2 }' \
            around/sweep/a/*/microseconds
}
check "a sweep runs each run once, and records a plausible time" once
check "nothing was made elsewhere" [ -z "$(find elsewhere -type f -o -name ran -o -name ffreport)" ]
nothing_run() {
    [ -z "$(find "$scratch" -name ran -o -name ffreport)" ] && [ -z "$(ls -A "$odd")" ]
}
check "no name of a directory was run, nothing stays behind in it" nothing_run

submitted() {
    (cd around && around "$pipelines/nca-sweep" --slurm sweep) &&
        [ "$(sort -u submitted)" = "$scratch/around/sweep" ]
}
check "CDPATH: jobs are submitted in the sweep's directory" submitted

# Shells

shells() { # whoever starts it
    local shell
    for shell in "sh" "bash" "bash --posix" "bash -f" "bash -u"; do
        $shell "$pipelines/nca-envelope" ghc 1.zst 2.zst | cmp - plain/envelope.tsv || return
    done
}
check "started by other shells, with other options" shells
missing() { # missing TMPDIR
    TMPDIR=$1 "$pipelines/nca-envelope" ghc 1.zst 2.zst | cmp - plain/envelope.tsv &&
        TMPDIR=$1 "$pipelines/nca-sweep" -t table.tsv -s 1 missing >said
}
check "TMPDIR that is not there" missing "$scratch/nowhere"
mkdir relative
relative() { # in the current directory, while demo changes it
    TMPDIR=relative PATH=stub:$PATH GENERATIONS=1 "$pipelines/demo" out >said &&
        cmp <(head -n 3 plain/out/ghc.tsv) out/ghc.tsv
}
check "TMPDIR and PATH that are relative" relative
closed() { # closed REDIRECTION
    rm -rf 1-report && eval "\"\$pipelines/nca-report\" --no-videos 1.zst $1" &&
        "$pipelines/nca-envelope" ghc 1.zst 2.zst >envelope.tsv && [ -s 1-report/index.html ] &&
        diff -r <(nca-ghc --tsv 1.zst) 1-report/ghc.tsv
}
check "standard input closed" closed '<&-'
check "standard output closed" closed '>&-'
check "standard error closed" closed '2>&-'

# Programs

installed() { # those beside, not others in PATH
    mkdir -p "my apps/bin" "my apps/share/nca" old &&
        cp -r "$pipelines"/* "my apps/share/nca" &&
        printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v nca-ghc)" >"my apps/bin/nca-ghc" &&
        touch "my apps/bin/nca-info" && chmod +x "my apps/bin"/* &&
        printf '#!/bin/sh\nexit 3\n' >old/nca-ghc && chmod +x old/nca-ghc &&
        PATH=$scratch/old:$PATH "my apps/share/nca/nca-envelope" ghc 1.zst 2.zst |
        cmp - plain/envelope.tsv
}
check "installed, they take the programs beside them" installed
python() { # where the first is none, and a file has a module's name
    mkdir -p modules && echo 'raise SystemExit(1)' >modules/numpy.py && cd modules &&
        [ "$(PYTHON=$scratch/old/nca-ghc PATH=$scratch/old:$PATH \
            "$pipelines/find-python" numpy zstandard)" = "$(command -v "$python")" ]
}
printf '#!/bin/sh\nexit 3\n' >old/python3 && chmod +x old/python3
if python=/usr/bin/python3 && "$python" -c 'import numpy, zstandard' 2>/dev/null; then
    check "a Python that has modules is found" eval "(python)"
else
    skip "a Python that has modules is found" "the system's has none"
fi
finish
