#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Sweeps on this machine: every run is what the programs make of it, however often the sweep was
# stopped; what is collected is what the runs say. 80-slurm.t has Slurm do the same.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
pipelines=$PWD/pipelines
find_python
exec </dev/null
cd "$scratch" || exit 1

patience=1500 # for soon
sweep() { # one that hangs has failed
    timeout $((100 * SLOW)) "$pipelines/nca-sweep" "$@"
}
# Plots take most of the time, so only the checks in which they matter draw them.
mkdir stub
cat >stub/gnuplot <<'END'
#!/bin/sh
name=${3#*output=\'} && echo '<svg/>' >"${name%%\'*}"
END
chmod +x stub/gnuplot
with_plots=$PATH without_plots=$scratch/stub:$PATH
PATH=$without_plots
printf '%s\t%s\t%s\t%s\t%s\t%s\n' '# remark' '' '' '' '' '' >table.tsv
printf '%s\t%s\t%s\t%s\t%s\t%s\n' \
    '# experiment' width height init generations hours \
    small 20 15 0.3 12 40.5 wide.2 30 10 0.2 8 1 >>table.tsv
dir="it's a sweep & more"

dry() {
    sweep -n -t table.tsv -s 1-3,7 "$dir" >out && [ ! -e "$dir" ] &&
        [ "$(grep -c ': nca-seed .* nca-step --resume .* nca-measure' out)" = 8 ]
}
check "--dry-run prints the commands, and does nothing" dry
first() {
    sweep -t table.tsv -s 1,3 "$dir" >out && grep -qx 'small/3: done' out &&
        [ -s "$dir/index.html" ]
}
check "two experiments, two seeds" first
direct() { # direct OPTIONS-OF-SEED UNTIL RUN: what the programs make is what is there
    # shellcheck disable=SC2086
    nca-seed $1 | nca-step --until "$2" | cmp - "$dir/$3/run.zst" || return
    local measure
    for measure in ctfp entropy gcvp clogv ghc rwsp cnwa census; do
        "nca-$measure" --tsv "$dir/$3/run.zst" | cmp - "$dir/$3/$measure.tsv" || return
    done
}
check "streams and tables of an experiment are those of the programs" \
    direct "-W 20 -H 15 --init 0.3 --seed 3" 12 small/3
check "streams and tables of the other experiment" \
    direct "-W 30 -H 10 --init 0.2 --seed 1" 8 wide.2/1

state() {
    (cd "$dir" && stat -c '%n %i %Y %s' {small,wide.2}/*/* | sort)
}
again() {
    state >before && sweep "$dir" >out && grep -q '^4 of 4 runs are done' out &&
        state | cmp before -
}
check "sweep, run again, does nothing" again
more() {
    sweep -t table.tsv -e small -s 2-3 -g 20 "$dir" >out && grep -q '^3 of 5 runs' out &&
        direct "-W 20 -H 15 --init 0.3 --seed 3" 20 small/3 && [ -s "$dir/small/2/run.zst" ] &&
        [ "$(grep -c 'to generation' "$dir/small/1/log")" = 1 ]
}
check "more seeds, more generations: the rest is left alone" more
cut_run() {
    rm "$dir/small/2/done" "$dir/small/2"/*.tsv && truncate -s -300 "$dir/small/2/run.zst" &&
        sweep "$dir" >out && direct "-W 20 -H 15 --init 0.3 --seed 2" 20 small/2
}
check "sweep completes a run that was cut" cut_run

# What is collected

cat >collected.py <<'END'
import glob, statistics, sys
def table(path):
    lines = [line.rstrip('\n').split('\t') for line in open(path)]
    return lines[0], lines[1:]
quantities = {'gep': 'entropy', 'gcvp': 'gcvp', 'clogv': 'clogv', 'rwsp': 'rwsp', 'ghc': 'ghc',
              'genotypes': 'census', 'alive': 'census'}
last = int(sys.argv[1])
head, runs = table('runs.tsv')
parameters = ['width', 'height', 'init']
assert head == ['# experiment', 'seed', 'generation', *quantities, 'seconds', *parameters, 'last',
                *(name + '_last' for name in quantities)], head
names = [row[0] + '/' + row[1] for row in runs]
assert names == ['small/1', 'small/3', 'small/2', 'wide.2/1', 'wide.2/3'], names
for row in runs:
    for value, (name, measure) in zip(row[3:], quantities.items()):
        names, rows = table(f'{row[0]}/{row[1]}/{measure}.tsv')
        assert value == rows[-1][names.index(name)] and row[2] == rows[-1][0], (row, name)
        span = last or int(row[2]) // 10 or 1
        assert row[14] == str(span)
        late = [float(r[names.index(name)]) for r in rows if int(r[0]) > int(row[2]) - span]
        recent = float(row[head.index(name + '_last')])
        assert abs(statistics.mean(late) - recent) <= 1e-9 * recent, (row, name)
    assert 0 < float(row[10]) < 100
    assert row[11:14] == {'small': ['20', '15', '0.3'], 'wide.2': ['30', '10', '0.2']}[row[0]]
head, summary = table('summary.tsv')
assert [row[:2] for row in summary] == [['small', '3'], ['wide.2', '2']], summary
for row in summary:
    for i, name in enumerate([*quantities, 'seconds']):
        values = [float(run[3 + i]) for run in runs if run[0] == row[0]]
        assert head[2 + 2 * i:4 + 2 * i] == [name + '_mean', name + '_sd']
        mean, deviation = map(float, row[2 + 2 * i:4 + 2 * i])
        assert abs(mean - statistics.mean(values)) <= 1e-9 * mean
        assert abs(deviation - statistics.stdev(values)) <= 1e-8 * deviation + 1e-12
# behind: parameters, numbers and intervals, and all of it for the last generations
behind = [*parameters, *(name + part for name in quantities for part in ('_n', '_low', '_high')),
          'last', *(name + part for name in quantities
                    for part in ('_last_mean', '_last_sd', '_last_n', '_last_low', '_last_high'))]
assert head[18:] == behind, head[18:]
students = {2: 12.7062047364, 3: 4.30265272991} # of 2 and 3 runs: t tables
for row in summary:
    of = dict(zip(head, row))
    mine = [run for run in runs if run[0] == row[0]]
    assert row[18:21] == mine[0][11:14]
    for name in quantities:
        for key, column in (name, 3 + list(quantities).index(name)), \
                (name + '_last', 15 + list(quantities).index(name)):
            values = [float(run[column]) for run in mine]
            mean, sd, n = statistics.mean(values), statistics.stdev(values), len(values)
            half = students[n] * sd / n**0.5
            expected = mean, sd, n, mean - half, mean + half
            found = [float(of[key + part]) for part in ('_mean', '_sd', '_n', '_low', '_high')]
            assert all(abs(a - b) <= 1e-5 * (abs(mean) + sd) for a, b in zip(found, expected)), key
END
tables() {
    (cd "$dir" && "$python" "$scratch/collected.py" "$1")
}
check "runs.tsv and summary.tsv" tables 0
last() {
    "$pipelines/nca-collect" --last 5 "$dir" >out && tables 5 && "$pipelines/nca-collect" "$dir"
}
check "with the last five generations" last
envelopes() {
    local measure
    for measure in ctfp entropy gcvp clogv ghc rwsp cnwa census; do
        "$pipelines/nca-envelope" "$measure" "$dir"/small/[132]/run.zst >envelope || return
        cut -f "1-$(head -n 1 envelope | awk -F '\t' '{ print NF }')" \
            "$dir/envelopes/$measure/small.tsv" | cmp - envelope || return # ghc is one column
    done
}
check "envelopes are those that envelope makes" envelopes
cat >page.py <<'END'
import os, urllib.parse
import xml.etree.ElementTree as xml
root = xml.parse('index.html').getroot()
links = {urllib.parse.unquote(value) for e in root.iter() for key, value in e.attrib.items()
         if key in ('href', 'src') and value[0] != '#'}
assert all(os.path.exists(link) for link in links), links
plots = {'alive', 'genotypes', 'gep', 'gcvp', 'clogv', 'rwsp', 'ghc', 'ctfp', 'species'}
assert {plot + '.svg' for plot in plots} <= links and {'runs.tsv', 'summary.tsv'} <= links
for run in 'small/1', 'small/2', 'small/3', 'wide.2/1', 'wide.2/3':
    assert run + '/report/index.html' in links, links
for plot in plots:
    svg = xml.parse(plot + '.svg').getroot()
    text = [''.join(e.itertext()).strip() for e in svg.iter('{http://www.w3.org/2000/svg}text')]
    assert 'small' in text and 'wide.2' in text, (plot, text)
assert 'small: width 20, height 15, init 0.3; envelopes' in ' '.join(
    ''.join(e.itertext()) for e in root.iter('p'))
assert "it's a sweep & more" in root.find('.//h1').text
END
page() {
    rm "$dir/small/2/done" && state | grep -v small/2 >before && sweep --reports "$dir" >out &&
        (cd "$dir" && "$python" "$scratch/page.py") &&
        state | grep -v -e small/2 -e /report -e /log | diff <(grep -v /log before) -
}
PATH=$with_plots
check "reports, of what is done, too; its page has every link and picture" page
reported() {
    state >before && sweep --reports "$dir" >out && grep -q '^5 of 5 runs are done' out &&
        state | cmp before -
}
check "sweep --reports, run again, does nothing" reported
PATH=$without_plots
more() { # tables of more measures, of runs that are done, too; those of fewer generations go
    cp -r "$dir" more && rm -r more/*/*/report && nca-hill --tsv more/small/1/run.zst >hill &&
        nca-lineage --stats --tsv more/small/1/run.zst >lineage &&
        sweep --also hill more >out && sweep --also lineage,hill more >out &&
        cmp hill more/small/1/hill.tsv && cmp lineage more/small/1/lineage.tsv &&
        grep -q '"hill.svg"' more/index.html && grep -q '"lineage.svg"' more/index.html &&
        [ -e more/lineage.svg ] && [ -s more/envelopes/hill/small.tsv ] &&
        sweep --also lineage -g 13 more >out && ! [ -e more/small/1/hill.tsv ] &&
        ! [ -e more/hill.svg ] && tail -n 1 more/small/1/lineage.tsv | grep -q '^13' &&
        refuses 2 sweep --also hill,ghc more && [ "$(<"$scratch/message")" = \
        'nca-sweep: --also: ghc: not one of: hill, activity, space, lineage' ]
}
check "sweep --also" more
waits() { # a flock that is a child of its
    [ "$(ps --ppid "$1" -o comm= | head -n 1)" = flock ]
}
two() { # as if there were another: it waits, and then does the same
    local collect
    cp "$dir/index.html" before && rm "$dir/index.html" && exec 8<"$dir" && flock 8 || return
    "$pipelines/nca-collect" "$dir" >out 8<&- &
    collect=$!
    soon waits $collect && [ ! -e "$dir/index.html" ] && exec 8<&- && wait $collect &&
        cmp before "$dir/index.html"
}
check "a second collect waits for the first, and makes the same page" two
partly() {
    rm "$dir/wide.2/1/done" && "$pipelines/nca-collect" "$dir" >out 2>message &&
        [ "$(cat message)" = \
        "nca-collect: runs that are not done, and left out: 1: wide.2/1" ] &&
        grep -q '1 more are not done' "$dir/index.html" && [ "$(wc -l <"$dir/runs.tsv")" = 5 ] &&
        sweep "$dir" >out && grep -q '^4 of 5' out
}
check "collect leaves out a run that is not done" partly

# What is kept of a run

cat >few.tsv <<'END'
experiment,width,height,init,ip
a,20,15,0.3,0.1
b,30,10,0.2,0.3
END
whole() { # whole UNTIL: tables are those of whole streams, which thin ones stand for
    local run table
    for run in a/1 a/2 b/1 b/2; do
        # shellcheck disable=SC2046
        nca-seed $(grep "^$run" lean/tasks.tsv | cut -f 3) | nca-step --until "$1" -o whole.zst &&
            nca-measure -d tables whole.zst && for table in tables/*; do
            cmp "$table" "lean/$run/${table##*/}" || return
        done
        [ ! -e "lean/$run/run.zst" ] || return
        [ ! -e "lean/$run/thin.zst" ] ||
            [ "$(nca-replay "lean/$run/thin.zst" | nca-info --digest)" = \
                "$(nca-info --digest whole.zst)" ] || return
    done
}
thin() {
    sweep --keep thin --every 7 -t few.tsv -s 1-2 -g 12 lean >out && whole 12 &&
        nca-info lean/a/1/thin.zst | grep -qx 'generations 3, 0 to 12' &&
        grep -q 'disk: up to [0-9.]*[kK]B needed, [0-9.]*[GT]B free' out &&
        grep -q 'nca-replay a/1/thin.zst' lean/index.html && cp -r lean/worlds before.worlds
}
check "--keep thin: tables of all generations; the stream can be made whole" thin
resumed() { # as it is to be, without a word; then up to more generations
    stat -c '%n %Y' lean/[ab]/*/* >before && sweep lean >out && grep -q '^4 of 4' out &&
        stat -c '%n %Y' lean/[ab]/*/* | cmp before - && sweep -s 1-2 -g 20 lean >out && whole 20 &&
        [ -e lean/b/2/thin.zst ]
}
check "--keep thin: run again; and up to more generations" resumed
tables_alone() { # also of what is complete; and resumed
    sweep --keep tables lean >out && ! ls lean/[ab]/*/*.zst 2>/dev/null && whole 20 &&
        sweep lean >out && grep -q '^4 of 4' out && sweep -s 1-3 -g 20 lean >out && whole 20 &&
        ! ls lean/[ab]/*/*.zst 2>/dev/null && grep -q 'nca-step --until 20' lean/index.html
}
check "--keep tables: no stream, also of what is complete" tables_alone
again_for() { # what needs a stream gets it
    local run
    for run in a b; do
        # shellcheck disable=SC2046
        nca-seed $(grep "^$run/1" lean/tasks.tsv | cut -f 3) | nca-step --until 20 -o whole.zst &&
            nca-render --view rwsp --format ppm --scale 1 --no-annotate --generations 20 whole.zst \
                -o last.ppm && "$python" "$pipelines/thumbnails" last.ppm &&
            cmp last.png "lean/worlds/$run.png" || return
    done
    sweep --also hill lean >out && nca-hill --tsv whole.zst | cmp - lean/b/1/hill.tsv &&
        ! ls lean/[ab]/*/*.zst 2>/dev/null &&
        refuses 1 "$pipelines/nca-compare" -m excess --group-by ip lean &&
        grep -q 'lean/a/1: has no stream, nor a table of activity: see nca-sweep --also' message
}
check "--keep tables: pictures and other tables from streams that are computed again" again_for
from_all() { # thin, of whole streams
    rm lean/keep lean/a/1/done && sweep lean >out && [ -e lean/a/1/run.zst ] &&
        cp lean/a/1/run.zst whole.zst && sweep --keep thin lean >out &&
        [ ! -e lean/a/1/run.zst ] && [ "$(nca-replay lean/a/1/thin.zst | nca-info --digest)" = \
        "$(nca-info --digest whole.zst)" ]
}
check "--keep thin, of runs whose streams were kept" from_all
full() { # as if the disk were
    mkdir -p small && printf '#!/bin/sh\necho head\necho / 9 9 7 99 /\n' >small/df &&
        chmod +x small/df && PATH=$scratch/small:$PATH sweep -n -t few.tsv none >out 2>message &&
        [ "$(cat message)" = \
            "nca-sweep: the disk may be too small: --keep thin and tables need less" ]
}
check "a warning if the disk may be too small" full
damaged() { # damaged FILE COMMAND...: one line says so
    cp -r "$dir" damaged && (cd damaged && "${@:2}" "$1") &&
        refuses 1 "$pipelines/nca-collect" damaged && rm -r damaged &&
        [ "$(wc -l <message)" = 1 ] && grep -q "^nca-collect: damaged: .*$1" message
}
PATH=$without_plots
check "collect: a table that is cut" damaged small/1/entropy.tsv truncate -s 300
check "collect: another table that is cut" damaged small/2/cnwa.tsv truncate -s 500
check "collect: a table without its last generation" damaged small/2/ctfp.tsv sed -i '$d'
check "collect: an empty table" damaged small/1/gcvp.tsv truncate -s 0
check "collect: a table that is gone" damaged small/3/census.tsv rm
unreadable() {
    rm worlds/small.png && truncate -s 300 "$1"
}
check "collect: a damaged stream" damaged small/1/run.zst unreadable
columns() { # of tables of another version
    cp -r "$dir" mixed && for run in small/1 small/2 small/3; do
        cut -f 1-8 "$dir/$run/census.tsv" >mixed/$run/census.tsv
    done && "$pipelines/nca-collect" mixed >out &&
        cut -f 1-22 "$dir/envelopes/census/small.tsv" | cmp - mixed/envelopes/census/small.tsv &&
        cmp "$dir/envelopes/census/wide.2.tsv" mixed/envelopes/census/wide.2.tsv
}
check "collect: experiments with different columns" columns
many() { # 61 experiments: pictures of each second one
    mkdir many && for n in {1..61}; do
        mkdir "many/e$n" && cp -r wide "many/e$n/1" && sed "s/.*/e$n&/" task >>many/tasks.tsv &&
            tail -n 1 many/tasks.tsv >"many/e$n/1/done" || return
    done
    "$pipelines/nca-collect" many >out && [ "$(wc -l <many/summary.tsv)" = 62 ] &&
        [ "$(ls many/worlds | wc -l)" = 31 ] && [ "$(ls many/envelopes/ghc | wc -l)" = 61 ] &&
        [ "$(grep -c 'src="worlds/' many/index.html)" = 31 ] &&
        [ "$(grep -c '31 of the 61 experiments are shown, one of every 2\.' many/index.html)" = 2 ]
}
cp -r "$dir/wide.2/1" wide && cp "$dir/wide.2/1/done" task && sed -i 's/^wide.2//' task
check "collect: of many experiments the page shows some" many

# Stopped

until=$((4000 / SLOW)) every=$((400 / SLOW))
printf '%s\t%s\t%s\t%s\t%s\n' '# experiment' width height generations every \
    long 100 100 $until $every >long.tsv
"$pipelines/nca-sweep" -n -t long.tsv long | sed -n 's/.*seed \(--.*\) | .*/\1/p' >options
# shellcheck disable=SC2046
nca-seed $(cat options) | nca-step --until $until --every $every -o long.zst
size() {
    stat -c %s long/long/1/run.zst 2>/dev/null || echo 0
}
longer() { # longer SIZE: the stream has more than that
    [ "$(size)" -gt "$1" ]
}
stopped() { # stopped SIGNAL STATUS
    local before=$(($(size) + 1000))
    rm -f long/long/1/log
    "$pipelines/nca-sweep" -t long.tsv long >out 2>stopped &
    soon longer "$before" && refuses 1 "$pipelines/nca-sweep" long && kill -s "$1" $! || return
    wait $!
    [ $? -eq "$2" ] && grep -q '^nca-sweep: long: locked: another program' message &&
        [ ! -e long/long/1/done ] && [ ! -e long/index.html ] &&
        grep -q 'stopped by TERM' long/long/1/log && nca-info long/long/1/run.zst >/dev/null
}
check "sweep, TERM: it ends with a generation; a second sweep is refused" stopped TERM 143
check "sweep, USR1: it ends with a generation" stopped USR1 0
killed() { # all of it, at once
    local before=$(($(size) + 1000))
    setsid "$pipelines/nca-sweep" long >out 2>message &
    local first=$! group
    soon longer "$before"
    for group in $(ps -s "$first" -o pgid= | sort -u); do kill -KILL -- "-$group"; done
    wait $first
    [ $? -eq 137 ] && [ ! -e long/long/1/done ]
}
check "sweep, KILL: it ends at once" killed
completed() {
    sweep long >out && cmp long.zst long/long/1/run.zst &&
        nca-ghc --tsv long.zst | cmp - long/long/1/ghc.tsv && [ "$(ls long/long/1 | wc -l)" = 13 ]
}
PATH=$with_plots
check "sweep, run again after it was killed, completes the same run" completed
PATH=$without_plots

# Slurm, as far as it can be seen without one

cat >stub/sbatch <<END
#!/bin/bash
echo "\$PWD: \$*" >>"$scratch/submitted"
wc -l <"$scratch/submitted"
END
chmod +x stub/sbatch
batch() {
    PATH=$scratch/stub:$PATH sweep --slurm -t table.tsv -s 1-40 --partition fast --gpus 1 \
        --chunk 3 --throttle 5 --time 01:30:00 --account lab --gres tmp:4 \
        --line 'echo mine >>"$PWD/mine"' --line --mem=4G batch >out &&
        [ "$(head -n 1 submitted)" = "$scratch/batch: --parsable --array=1-27%5 sweep.sbatch" ] &&
        tail -n 1 submitted | grep -- '--array=0 --dependency=afterany:1 .*sweep.sbatch collect$' &&
        grep -v '^##' batch/sweep.sbatch | grep '^#SBATCH' | diff - <(cat <<END
#SBATCH --job-name=nca-sweep
#SBATCH --array=1-27%5
#SBATCH --time=01:30:00
#SBATCH --cpus-per-task=2
#SBATCH --partition=fast
#SBATCH --account=lab
#SBATCH --gres=gpu:1,tmp:4
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:USR1@60
#SBATCH --output=slurm-%a.log
#SBATCH --mem=4G
END
        ) && ! grep -A 99 mine batch/sweep.sbatch | grep SBATCH
}
check "sweep.sbatch, and what is submitted" batch
tasks() { # the first and the last job; 80 runs are 26 jobs of 3 and one of 2
    (cd batch && export SLURM_CPUS_PER_TASK=1 && for index in 1 27; do
        SLURM_ARRAY_TASK_ID=$index timeout $((60 * SLOW)) \
            bash sweep.sbatch || exit
        unset SLURM_CPUS_PER_TASK # as Slurm does without --cpus-per-task
    done >../out) && printf '%s: done\n' small/{1,2,3} wide.2/{39,40} | diff - out &&
        printf '%s\n' mine mine | diff - batch/mine
}
check "the jobs of sweep.sbatch do their runs" tasks
rest() {
    rm submitted && sed -i 's/%5/%7/; s/fast/slow/' batch/sweep.sbatch &&
        cp batch/sweep.sbatch kept &&
        PATH=$scratch/stub:$PATH sweep --slurm batch >out && cmp kept batch/sweep.sbatch &&
        grep -q -e '--array=2-26%7 sweep.sbatch$' submitted
}
check "sweep --slurm, run again, submits the rest, and keeps the edited file" rest
without() {
    local program
    local needed="bash awk cat dirname getopt mkdir mv nproc realpath sed seq tr"
    mkdir -p few && for program in $needed; do
        ln -sf "$(command -v $program)" few
    done && refuses 1 env PATH="$scratch/few:$(dirname "$(command -v nca-step)")" \
        "$scratch/few/bash" "$pipelines/nca-sweep" --slurm "$dir" &&
        grep -q 'no sbatch here' message
}
check "sweep --slurm without Slurm fails with a message" without

# Tables

planned() { # planned ARGUMENT... DIR: runs, options of nca-seed and last generations
    sweep -n "$@" >out 2>message || { cat message && return 1; }
    sed -En 's/^(.*): nca-seed (.*) [|] nca-step .* --until ([0-9]*)(.*) -; .*/\1 \2 \3\4/p' out
}
as() { # as LINES ARGUMENT... DIR
    planned "${@:2}" | diff - <(printf '%s\n' "$1")
}
lines='a/1 --width 20 --init 0.3 --seed 1 12
b/1 --width 30 --init 0.2 --seed 1 8'
taken() { # taken WHAT TEXT: a table that makes these lines
    printf "$2" >form
    check "a table $1" as "$lines" -t form nothing
}
taken "without # before its names" \
    'experiment\twidth\tinit\tgenerations\na\t20\t0.3\t12\nb\t30\t0.2\t8\n'
taken "with commas" 'experiment,width,init,generations\na,20,0.3,12\nb,30,0.2,8'
taken "with commas, blanks and quotes" \
    '# experiment, width, init, note, generations\n"a", 20, 0.3, "one, two", 12\nb, 30, 0.2, , 8\n'
taken "with a byte-order mark, comments and empty lines" \
    '\357\273\277Experiment,Width,init,generations\r
# note\r\n# width of what is meant\r\n\r\na,20,0.3,12\r\n,,,\r\n# width, or not\r\nb,30,0.2,8,,\r\n'
taken "under comments, tabs at their ends" \
    '# width of it\t\t\n# generations\texperiment\twidth\tinit\n
12\ta\t20\t0.3\t\n8\tb\t30\t0.2\n'
unnamed() {
    printf 'budget,ip,width\n4,0.1,9\n4,0.5,9\ninf,0.1,9\n' >form && as \
        'budget4-ip0.1/1 --budget 4 --ip 0.1 --width 9 --seed 1 300
budget4-ip0.5/1 --budget 4 --ip 0.5 --width 9 --seed 1 300
budgetinf-ip0.1/1 --budget inf --ip 0.1 --width 9 --seed 1 300' -t form nothing
}
check "experiments without names are named by what varies; up to generation 300" unnamed
check "--vary: all combinations, lists and ranges" as \
    'budget4-ip0.02/7 --budget 4 --ip 0.02 --width 9 --seed 7 50 --every 5
budget4-ip0.26/7 --budget 4 --ip 0.26 --width 9 --seed 7 50 --every 5
budget4-ip0.5/7 --budget 4 --ip 0.5 --width 9 --seed 7 50 --every 5
budget16-ip0.02/7 --budget 16 --ip 0.02 --width 9 --seed 7 50 --every 5
budget16-ip0.26/7 --budget 16 --ip 0.26 --width 9 --seed 7 50 --every 5
budget16-ip0.5/7 --budget 16 --ip 0.5 --width 9 --seed 7 50 --every 5' \
    --vary budget=4,16 --vary ip=0.02:0.5:3 --vary width=9 --vary every=5 -g 50 -s 7 nothing
check "-e of what --vary names" as 'ip1-ppp0-budget3/1 --ip 1 --ppp 0 --budget 3 --seed 1 300' \
    --vary ip=0,1 --vary ppp=0,1 --vary budget=2,3 -e ip1-ppp0-budget3 nothing
check "--vary of one" as 'budget3/1 --budget 3 --seed 1 300' --vary budget=3 nothing
check "--vary of two, each one value: a name with both" as \
    'ppp0.1-width20/1 --ppp 0.1 --width 20 --seed 1 300' --vary ppp=0.1 --vary width=20 nothing
check "-t notebooks: the thesis's, by name" as \
    'notebook1/1 --width 30 --height 30 --init 0.1 --ppp 0.2 --ip 0.2 --budget 3 --alpha 0.5 '"\
--activation sigmoid --seed 1 90" -t notebooks -e notebook1 nothing
small_runs() {
    local options='--channels 3 --init 0.50 --ppp 0.80 --ip 0.075 --budget 15 --alpha 0.5'
    "$pipelines/small-runs" >ran.tsv && "$pipelines/small-runs" named >named.tsv &&
        [ "$(cut -f 1 ran.tsv | sort -u | wc -l)" -eq 1681 ] &&
        [ "$(cut -f 2- named.tsv | sort -u | wc -l)" -eq 3361 ] &&
        [ "$(cut -f 10 ran.tsv | sort -u | paste -sd' ')" = 'activation tanh' ] &&
        as "ppp0.80-init0.50-layer3-b16-i0.075/2 --width 50 --height 50 $options \
--activation tanh --seed 2 300" -t small-runs -e ppp0.80-init0.50-layer3-b16-i0.075 -s 2 \
            nothing &&
        as "ppp0.80-init0.50-layer3-sigmoid-b16-i0.075/1 --width 50 --height 50 $options \
--activation sigmoid --seed 1 300" -t small-runs-named \
            -e ppp0.80-init0.50-layer3-sigmoid-b16-i0.075 nothing
}
check "the thesis's small runs: as they ran, and as they are named" small_runs
varied() { # more seeds are of the table of before
    sweep --vary budget=1,2 --vary width=9 --vary height=9 -g 3 varied >out &&
        sweep -s 1-2 -g 4 varied >out && cut -f 1,2 varied/tasks.tsv | diff - <(cat <<'END'
budget1/1	4
budget2/1	4
budget1/2	4
budget2/2	4
END
        ) && [ -s varied/index.html ]
}
check "more seeds of it" varied
extended() { # constants and generations are kept; experiments keep their names, in any order
    as 'budget3/1 --budget 3 --width 9 --height 9 --seed 1 4' --vary budget=3 varied && as \
        'budget2/3 --height 9 --width 9 --budget 2 --seed 3 4' \
        --vary height=9 --vary width=9 --vary budget=2 -s 1,3 varied && as \
        'budget1-width8/1 --budget 1 --width 8 --height 9 --seed 1 5' \
        --vary budget=1 --vary width=8 -g 5 varied && as \
        'budget1/3 --budget 1 --width 9 --height 9 --seed 3 4' -s 3 -e budget1 varied
}
check "what --vary adds has the constants of the sweep" extended
progress() {
    printf '#!/bin/sh\nsleep 3\nexec "%s" "$@"\n' "$(command -v nca-seed)" >stub/nca-seed &&
        chmod +x stub/nca-seed && SHELL=/bin/bash PATH=$scratch/stub:$PATH script -qec \
        "'$pipelines/nca-sweep' -j 1 --vary width=9,10 -g 3 shown" /dev/null >said
    rm stub/nca-seed
    grep -q $'\rnca-sweep: 0 of 2 runs done, 1 running' said &&
        grep -qE $'\rnca-sweep: 1 of 2 runs done, 1 running, [0-9]* s left, needs [0-9]' said &&
        grep -q $'\rwidth9/1: done  ' said
}
check_terminal "progress on a terminal" progress

# What is refused, and costs nothing

refused() { # refused STATUS TEXT ARGUMENT...
    refuses "$1" "$pipelines/nca-sweep" "${@:3}" && [ "$(wc -l <message)" -le 2 ] &&
        grep -qF -- "$2" message
}
bad_table() { # bad_table WHAT TEXT LINE...
    printf '%b\n' "${@:3}" >bad.tsv
    check "refused: $1" refused 1 "$2" -t bad.tsv new
}
head='# experiment\tinit\tgenerations'
bad_table "an unknown column" "ppq: not one of: experiment width height" \
    '# experiment\tppq\tgenerations' 'a\t1\t5'
bad_table "seeds" "seed: not in a table: give seeds by -s" '# experiment\tseed' 'a\t1'
bad_table "blanks between names" "names no columns: experiment, or parameters alone, separated by" \
    'experiment width' 'a 9'
bad_table "blanks between values" "a 9: 1 columns, under 2 names, separated by tabs" \
    'experiment\twidth' 'a 9'
bad_table "a value that nca-seed refuses" "bad.tsv: b: ppp: abc: not a number from 0 to 1" \
    '# experiment\tppp' 'a\t0.1' 'b\tabc'
bad_table "a value that nca-step refuses" "bad.tsv: b: every: 0: not a whole number from 1" \
    '# experiment\tevery' 'a\t1' 'b\t0'
bad_table "a generation beyond the last" "a: generations '4294967296'" "$head" \
    'a\t0.1\t4294967296'
bad_table "a column missing" "2 columns, under 3 names" "$head" 'a\t0.1'
bad_table "no whole number of generations" "a: generations 'x'" "$head" 'a\t0.1\tx'
bad_table "no names" "its first line names no columns" 'a\t0.1\t5'
bad_table "an empty value" "a: init '': not a number" "$head" 'a\t\t5'
bad_table "a name with a slash" "not a name" "$head" 'a/../b\t0.1\t5'
bad_table "a command for a number" "not a number" "$head" 'a\t$(touch x)\t5'
bad_table "an experiment twice" "a: twice" "$head" 'a\t0.1\t5' 'a\t0.2\t5'
bad_table "nothing" "has no experiment" "$head"
check "refused: an experiment that is not there" refused 1 "no experiment x" -t table.tsv -e x new
check "refused: other parameters" refused 1 "was begun as" -t <(sed 's/0.3/0.4/' table.tsv) "$dir"
for vary in budget budget= =4 budget=4, budget=4:8 ip=0:1:1 ip=0:1:0 ip=a:b:3 'ip=$(touch x)'; do
    check "refused: --vary $vary" refused 2 "--vary: $vary: not as" --vary "$vary" new
done
check "refused: --vary of what is no parameter" \
    refused 2 "--vary: hours: not one" --vary hours=1 new
check "refused: --vary twice" refused 2 "--vary: ip: twice" --vary ip=1 --vary ip=0 new
check "refused: --vary without end" refused 2 "more than 100000" --vary ip=0:1:400 \
    --vary ppp=0:1:400 new
check "refused: --vary of a value out of range" \
    refused 2 "--vary: ppp: 2: not a number from 0 to 1" --vary ip=0,1 --vary ppp=0.5,2 new
check "refused: a grid that is too large" refused 2 "--vary: width 90000, height 80000: not" \
    -n --vary width=90000,9 --vary height=9,80000 new
check "refused: a seed that is too large" refused 2 "--seeds: 99999999999999999999: not a whole" \
    -s 1,99999999999999999999 new
check "refused: a table that is not there" refused 1 "none.tsv: no such file, and none of the \
thesis's tables: experiments, notebooks, small-runs, small-runs-named" -t none.tsv new
mixed() { # into one experiment
    refused 1 'budget1/7: was begun as --budget 1 --height 9 --width 9, and is now --budget 1' \
        -t <(printf 'experiment,budget\nbudget1,1\n') -s 7 varied
}
check "refused: other parameters, with another seed" mixed
check "refused: --vary of the same" refused 2 "--vary: ip1: twice" --vary ip=1,1 new
check "refused: --vary and a table" refused 2 "exclude each other" -t table.tsv --vary ip=1 new
check "refused: seeds that are none" refused 2 "not numbers" -s 3-1 new
check "refused: seeds without end" refused 2 "1-100000000: more than 100000" -s 1-100000000 new
once() {
    sweep -n -t table.tsv -e small -s 08,8,007-8,7 new >out &&
        sed -n 's,^small/\([0-9]*\): .*,\1,p' out | diff - <(printf '8\n7\n')
}
check "a seed that comes twice is one run" once
check "usage" refused 2 "a directory" -s 1
check "usage: an option" refused 2 "try 'nca-sweep --help'" --nonsense new
check "collect: --last 0" refuses 2 "$pipelines/nca-collect" --last 0 "$dir"
check "usage: collect" refuses 2 "$pipelines/nca-collect"
check "collect: of what is no sweep" refuses 1 "$pipelines/nca-collect" "$scratch"
failing() { # a run whose file is no stream; the others are done
    printf '# experiment\tinit\twidth\tgenerations\na\t1\t9\t5\nb\t0.1\t9\t5\n' >bad.tsv
    mkdir -p failed/a/1 && echo text >failed/a/1/run.zst &&
        refused 1 'a/1: stopped; see' -t bad.tsv failed && [ -e failed/b/1/done ] &&
        grep -q 'nca-step: run.zst' failed/a/1/log && [ ! -e new ] && [ ! -e x ]
}
check "a run that fails stops no other" failing
help() {
    local text
    text=$("$pipelines/$1" --help) && [ "$(wc -L <<<"$text")" -le 100 ] &&
        [[ $text == "Usage: $1 "*$'\n\n'"Example: $1 "*$'\n'"See $1(1)." ]]
}
check "sweep --help" help nca-sweep
check "collect --help" help nca-collect
finish
