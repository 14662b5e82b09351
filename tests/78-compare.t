#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Groups of runs: means, intervals and effect sizes are those of other programs; groups and lines
# are labelled by what differs. Maps over two parameters, and worlds, in a sweep's page; tables that
# others wrote. And all pipelines refuse options in the words of the programs.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
pipelines=$PWD/pipelines golden=$PWD/tests/golden
find_python
unset DISPLAY WAYLAND_DISPLAY GNUTERM
exec </dev/null
cd "$scratch" || exit 1

compare() {
    timeout $((60 * SLOW)) "$pipelines/nca-compare" "$@"
}
envelope() {
    timeout $((60 * SLOW)) "$pipelines/nca-envelope" "$@"
}
says() { # says STATUS TEXT COMMAND...: it fails so, with the text in one line
    refuses "$1" "${@:3}" && [ "$(wc -l <message)" = 1 ] && grep -qF -- "$2" message && return
    cat message
    return 1
}

# Statistics, of tables as others write them: a directory for each group, and a file for each value.
# What is expected was computed by scipy 1.17: stats.ttest_ind(b, a, equal_var=False) and its
# confidence_interval(); Hedges' g with special.gamma; intervals of means by stats.t.ppf.
group() { # group DIRECTORY VALUE...
    local value n=0
    mkdir -p "$1"
    for value in "${@:2}"; do
        ((++n))
        printf 'Step,X\n0,100\n1,%s\n' "$value" >"$1/$n.csv"
    done
}
differ() { # differ EXPECTED DIRECTORY DIRECTORY: columns from n_1 on, to eight digits
    compare --group-by directory --tsv "$2"/*.csv "$3"/*.csv >out || return
    tail -n 1 out | cut -f 4- | tr '\t' '\n' >found
    tr ' ' '\n' <<<"$1" | paste found - | awk '
        $1 != $2 && ($1 ~ /nan/ || $2 ~ /nan/ || ($1 - $2)^2 > 1e-16 * ($2^2 + 1e-6)) {
            print
            bad = 1
        }
        END { exit bad || NR != 10 }'
}
group a 1 2 3
group b 4 5 6
group c 1 2 3 4
group d 2 8
group e 0.5 0.75 0.25 0.5
group f 1 1 1.5
group one 7
group same 5 5 5
group gap 1 nan 3
check "difference, interval and effect: three runs and three" differ \
    "3 3 2 5 1 1 3 0.7330420644724809 5.266957935527519 2.3936536824085963" a b
check "where sizes and variances differ" differ \
    "4 2 2.5 5 1.2909944487358056 4.242640687119285 2.5 -29.403430085400522 34.40343008540052 \
0.8318521584049796" c d
check "decimals" differ "4 3 0.5 1.1666666666666667 0.2041241452319315 0.28867513459481287 \
0.6666666666666667 0.08874255306983547 1.244590780263498 2.3206868393115716" e f
check "the other way round" differ "3 3 5 2 1 1 -3 -5.266957935527519 -0.7330420644724809 \
-2.3936536824085963" b a
check "one run: no interval, no effect" differ "3 1 2 7 1 nan 5 nan nan nan" a one
group still 6 6 6
check "runs that do not vary: no effect size" differ "3 3 5 6 0 0 1 1 1 nan" same still
check "what is no number is left out" differ "3 2 5 2 1 1.4142135623730951 -3 \
-8.976997448258373 2.9769974482583734 -1.8799712059732503" b gap
quantiles() {
    awk "$(cat "$pipelines/statistics.awk")"'
        { d = quantile($1) - $2; if (d * d > 1e-15) { print; bad = 1 } }
        END { exit bad || NR != 9 }' <<'END'
1 12.706204736174698
1.5 6.016663104427929
2 4.302652729749462
2.75 3.3525454330616054
5 2.570581835636314
30 2.0422724563012373
31 2.0395134463964077
1000 1.9623390808264074
1e6 1.959966356814107
END
}
check "quantiles of Student's t" quantiles

band() { # of 1, 2 and 3: 2 - 4.3027 / sqrt(3)
    envelope --band ci a/*.csv >out && awk -F '\t' '
        NR == 1 { bad = $0 != "# generation\tx_low\tx_mean\tx_high" }
        NR == 2 { bad += $0 != "0\t100\t100\t100" }
        NR == 3 { bad += $1 != 1 || ($2 + 0.48413771175)^2 > 1e-20 || $3 != 2 ||
            ($4 - 4.48413771175)^2 > 1e-20 }
        END { exit bad || NR != 3 }' out
}
check "an envelope of intervals" band
last() { # of 20 generations, the last two by default; of five by option
    mkdir -p p q && for n in p/1 p/2 q/1 q/2; do
        { echo generation,x && seq -f %.0f 0 20 | awk '{ print $1 "," $1 }'; } >"$n.csv"
    done && compare --group-by directory --tsv [pq]/?.csv | grep -qP '^x\tp\tq\t2\t2\t19.5\t' &&
        compare --group-by directory --last 5 --tsv [pq]/?.csv | grep -qP '^x\tp\tq\t2\t2\t18\t'
}
check "means of the last tenth, or of --last generations" last

# A sweep

mkdir stub
cat >stub/gnuplot <<'END'
#!/bin/sh
name=${3#*output=\'} && echo '<svg/>' >"${name%%\'*}"
END
chmod +x stub/gnuplot
# nca-collect's plots are drawn where they are looked at
PATH=$scratch/stub:$PATH "$pipelines/nca-sweep" --vary budget=inf,16,4 --vary ip=0.5,0.1 \
    --vary width=20 --vary height=30 -s 1-2 -g 12 sweep >out 2>&1 || { cat out && exit 1; }

grouped() { # the means and standard deviations of runs.tsv
    compare -m genotypes --group-by budget --last 1 -o out --svg picture.svg sweep || return
    "$python" - sweep/runs.tsv out <<'END'
import statistics, sys
def table(path):
    head, *rows = [line.rstrip('\n').split('\t') for line in open(path)]
    return [dict(zip(head, row)) for row in rows]
runs, differences = map(table, sys.argv[1:])
pairs = [(d['group_1'], d['group_2']) for d in differences]
assert pairs == [('budget 4', 'budget 16'), ('budget 4', 'budget inf'),
                 ('budget 16', 'budget inf')], pairs
for d in differences:
    for i in '12':
        values = [float(run['genotypes']) for run in runs
                  if 'budget ' + run['budget'] == d['group_' + i]]
        assert d['n_' + i] == '4' and len(values) == 4
        assert abs(float(d['mean_' + i]) - statistics.mean(values)) < 1e-6
        assert abs(float(d['sd_' + i]) - statistics.stdev(values)) < 1e-6
END
}
check "groups of a sweep, by a parameter: the numbers of runs.tsv" grouped
labelled() { # labelled FILE LABEL...
    local label
    for label in "${@:2}"; do grep -q ">$label<" "$1" || { echo "no $label" && return 1; }; done
}
check "its plot is labelled by the parameter, and says how much groups differ" eval "labelled \
    picture.svg 'budget 4 (4)' 'budget 16 (4)' 'budget inf (4)' generation genotypes &&
    grep -q 'budget 16 against budget 4: [-+][0-9.]* ([-+].* to [-+].*), g ' picture.svg"
headers() { # of streams, in any order
    compare -m genotypes --group-by budget --last 1 --tsv sweep/*/*/run.zst | cmp - out &&
        for column in genotypes_d1 excess moran sackin; do # which the sweep has no tables of
            compare -m $column --group-by budget --tsv sweep | grep -q "^$column	" || return
        done
}
check "the same of the streams alone, by their headers" headers
several() {
    compare --group-by ip,budget --svg picture.svg sweep && labelled picture.svg \
        "ip 0.1, budget 4 (2)" "ip 0.5, budget inf (2)"
}
check "groups by two parameters" several
unasked() {
    compare --svg picture.svg sweep && labelled picture.svg "budget 16, ip 0.1 (2)" &&
        mkdir -p twins/{one,two} && cp -r sweep/budget4-ip0.1/[12] twins/one &&
        cp -r sweep/budget4-ip0.1/[12] twins/two && sed -n 's/^budget4-ip0.1/one/p' \
        sweep/tasks.tsv >twins/tasks.tsv && sed 's/^one/two/' twins/tasks.tsv >names &&
        cat names >>twins/tasks.tsv && compare --svg picture.svg twins &&
        labelled picture.svg "experiment one (2)"
}
check "a sweep's runs are grouped by what its experiments vary, or by their names" unasked
lines() {
    compare --svg picture.svg sweep/budget4*/*/run.zst &&
        labelled picture.svg "ip 0.1, seed 1" "ip 0.5, seed 2" && ! grep -q '>run<' picture.svg
}
check "runs of the same name are labelled by the parameters that differ" lines
footer() { # is not cut in a terminal of 80 columns
    compare --group-by directory --plot c/*.csv d/*.csv >out &&
        grep -q "^ Differences over generation 1; 95 % intervals; Hedges' g: " out &&
        group longer 1 2 && seq -f %.0f,3 2 30 | tee -a longer/*.csv >out &&
        compare --group-by directory --plot longer/*.csv d/*.csv >out &&
        grep -q "Differences over the last generations of each run; 95 % .*Hedges' g: " out
}
check "the line above differences fits into a terminal" footer
text() {
    compare --group-by ip sweep >out && grep -q 'ip 0.5 (6)' out && grep -q "Hedges' g:" out &&
        [ "$(grep -c 'ip 0.5 against ip 0.1: ' out)" = 1 ]
}
check "as text, where there is no display" text
appended() {
    echo before >out && compare --group-by ip --tsv sweep >>out && [ "$(wc -l <out)" = 3 ] &&
        [ "$(head -n 1 out)" = before ]
}
check "a table goes behind what is there" appended
panels() {
    compare -m census --group-by ip --band sd --size 20,18 --pdf picture.pdf sweep &&
        [[ $(file -b picture.pdf) == "PDF document"* ]]
}
check "a measure of several columns" panels

warned() { # of what differs between groups, but not within all of them alike
    mkdir -p warn/{a,b,c}/{1,2} && printf '%s\t%s\t%s\t\n' a/1 5 '--ppp 0.1 --ip 0.10 --seed 1' \
        a/2 5 '--ppp 0.1 --ip 0.5 --seed 2' b/1 5 '--ppp 0.3 --seed 1' \
        b/2 5 '--ppp 0.3 --ip 0.5 --seed 2' >warn/tasks.tsv && touch warn/{a,b,c}/{1,2}/done &&
        printf '# generation\tgenotypes\n4\t1\n5\t2\n' | tee warn/{a,b,c}/{1,2}/census.tsv >out &&
        compare -m genotypes --group-by ppp --tsv warn >out 2>message && [ ! -s message ] &&
        compare -m genotypes --tsv warn 2>message >out && [ ! -s message ] || return
    printf '%s\t%s\t%s\t\n' c/1 4 '--ppp 0.5 --width 9 --seed 1' >>warn/tasks.tsv &&
        sed -i '$d' warn/c/1/census.tsv &&
        compare -m genotypes --group-by ppp --tsv warn 2>message >out && [ "$(<message)" = \
        'nca-compare: warning: groups differ in more than ppp: last generation, ip, width' ] &&
        compare -m genotypes --map ppp,ip --tsv warn 2>message >out && [ "$(<message)" = \
        'nca-compare: warning: groups differ in more than ppp, ip: last generation, width' ] &&
        compare -m genotypes --group-by experiment --tsv warn 2>message >out && [ "$(<message)" = \
        'nca-compare: warning: groups differ in more than experiment: last generation' ]
}
check "a warning of what else differs between groups" warned
numberless() {
    compare -m mrca_age --group-by ip --tsv sweep 2>message >out && [ "$(<message)" = \
        'nca-compare: warning: mrca_age: no number in the last generations of any run' ]
}
check "a warning of a measure without a number" numberless
map() {
    compare --map ip,budget -m genotypes --tsv -o map.tsv sweep || return
    "$python" - sweep/runs.tsv map.tsv <<'END'
import sys
def table(path):
    head, *rows = [line.rstrip('\n').split('\t') for line in open(path)]
    return [dict(zip(head, row)) for row in rows]
runs, cells = map(table, sys.argv[1:])
points = [(cell['# ip'], cell['budget']) for cell in cells]
assert points == [(ip, budget) for ip in ('0.1', '0.5') for budget in ('4', '16', 'inf')], points
for cell in cells:
    values = [float(run['genotypes_last']) for run in runs
              if (run['ip'], run['budget']) == (cell['# ip'], cell['budget'])]
    assert cell['runs'] == '2' and abs(float(cell['genotypes_mean']) - sum(values) / 2) < 1e-6
END
}
check "a map over two parameters: the means of runs.tsv" map
drawn_map() { # with a number in each cell
    # shellcheck disable=SC2046 # numbers
    compare --map ip,budget -m genotypes --svg picture.svg sweep &&
        labelled picture.svg budget ip inf 0.5 genotypes \
            $(awk 'NR > 1 { printf "%.3g\n", $4 }' map.tsv)
}
check "its plot has the numbers" drawn_map
alone() {
    gnuplot "$pipelines/map.gp" 2>message && [ ! -s message ] && [ -s map.svg ]
}
check "map.gp from the table alone" alone
extremes() { # nothing that is a number, and everything the same
    printf '# a\tb\truns\tx_mean\tx_sd\ty_mean\ty_sd\n1\t1\t1\tnan\tnan\t3\tnan\n' >map.tsv &&
        printf '2\t1\t1\tnan\tnan\t3\tnan\n' >>map.tsv && gnuplot "$pipelines/map.gp" 2>/dev/null &&
        grep -q '>3<' map.svg
}
check "map.gp without numbers, and without differences" extremes

page() { # worlds and maps of a sweep
    cat >page.py <<'END'
import glob, os, struct, subprocess, zlib
import xml.etree.ElementTree as xml
root = xml.parse('sweep/index.html').getroot()
images = {e.get('src') for e in root.iter('img')}
assert all(os.path.exists('sweep/' + image) for image in images), images
assert {f'map-{q}.svg' for q in 'gep gcvp clogv rwsp ghc genotypes alive'.split()} <= images
captions = [''.join(e.itertext()) for e in root.iter('figcaption')]
for budget in 'inf', '16', '4':
    for ip in '0.5', '0.1':
        assert f'budget {budget}, ip {ip}' in captions, captions
        name = f'budget{budget}-ip{ip}'
        png = open(f'sweep/worlds/{name}.png', 'rb').read()
        assert f'worlds/{name}.png' in images and struct.unpack('>II', png[16:24]) == (20, 30)
        pixels = zlib.decompress(png[png.index(b'IDAT') + 4:-16])
        ppm = subprocess.run(f'nca-cat --generations 12 sweep/{name}/1/run.zst | nca-render'
            ' --view rwsp --scale 1 --no-annotate --format ppm', shell=True, stdout=-1).stdout
        assert pixels == b''.join(b'\0' + ppm[13:][60 * y:60 * y + 60] for y in range(30)), name
END
    "$python" page.py
}
check "a sweep's page: worlds are those of the runs, maps over what varies" page
large() { # each second cell
    nca-seed -W 201 -H 20 |
        nca-render --view rwsp --scale 1 --no-annotate --format ppm -o large.ppm &&
        "$python" "$pipelines/thumbnails" large.ppm && "$python" - <<'END'
import struct, zlib
png, ppm = (open('large.' + kind, 'rb').read() for kind in ('png', 'ppm'))
assert struct.unpack('>II', png[16:24]) == (101, 10)
row = zlib.decompress(png[png.index(b'IDAT') + 4:-16])[304:608]
assert row == b'\0' + b''.join(ppm[14 + 3 * (2 * 201 + x):][:3] for x in range(0, 201, 2))
END
}
check "thumbnails of large worlds" large
titles() { # of the axes of small multiples
    gnuplot -e "dir='sweep/envelopes/entropy'; experiments='budget4-ip0.1 budget4-ip0.5'; most=1" \
        -e "columns='1'; output='one.svg'" "$pipelines/multiples.gp" &&
        labelled one.svg generation 'global entropy (GEP)' budget4-ip0.1 budget4-ip0.5 &&
        gnuplot -e "dir='sweep/envelopes/cnwa'; experiments='budget4-ip0.1'; most=600" \
            -e "columns='1 2 5'; axis='cells'; output='more.svg'" "$pipelines/multiples.gp" &&
        labelled more.svg generation cells species_1 species_5
}
check "small multiples have titles on their axes, and keys" titles
long_names() { # which would cover each other, are smaller
    local experiment=an-experiment-of-39-letters-as-some-have
    mkdir long && cp sweep/envelopes/entropy/budget4-ip0.1.tsv long/$experiment.tsv &&
        gnuplot -e "dir='long'; experiments='$experiment'; most=1" \
            -e "columns='1'; output='long.svg'" "$pipelines/multiples.gp" &&
        grep -B 1 "<text>$experiment" long.svg | grep -q 'font-size="7.00"' &&
        grep -B 1 '<text>budget4-ip0.1' one.svg | grep -q 'font-size="12.00"'
}
check "small multiples of experiments with long names" long_names

# Tables that others wrote

kinds() { # the thesis's and our own, together: a type that a table lacks does not occur
    envelope 0.9 "$golden/sigmoid-budget3/ctfp.csv" sweep/budget4-ip0.1/1/ctfp.tsv >out &&
        head -n 1 out | grep -qx $'# generation\t0.9_min\t0.9_mean\t0.9_max' &&
        envelope "$golden"/{sigmoid-budget3,tanh-budget4}/ctfp.csv | head -n 1 |
        grep -q $'^# generation\t0.0_min\t0.0_mean\t0.0_max\t0.1_min.*\t0.2_min.*\t1.0_max$' &&
        compare --svg picture.svg "$golden"/{sigmoid-budget3,tanh-budget4}/gep.csv &&
        labelled picture.svg 'global entropy (GEP)' sigmoid-budget3 tanh-budget4
}
check "the thesis's tables, with our own" kinds
forms() { # a byte-order mark, quotes, blanks, CR; tabs; a float for a step
    printf '\357\273\277"Step", "My Value"\r\n0, 1\r\n\r\n1, 3\r\n' >form1.csv &&
        printf '# generation\tother\tmy_value\n# remark\n0.0\t7\t2\n1.0\t7\t4\n' >form2.tsv &&
        envelope form1.csv form2.tsv | diff - <(printf '%s\t%s\t%s\t%s\n' \
            '# generation' my_value_min my_value_mean my_value_max 0 1 1.5 2 1 3 3.5 4)
}
check "tables of any form" forms
evil() { # names are no code
    local column='"a\047; system(\047touch ran\047); \047%%s`touch ran`$(touch ran)"'
    mkdir "x\$(touch ran)'\"" && printf "Step,$column\n1,2\n" >"x\$(touch ran)'\"/1.csv" &&
        compare --svg picture.svg x*/1.csv x*/1.csv &&
        compare --group-by directory --svg picture.svg x*/1.csv && [ ! -e ran ] &&
        "$python" -c 'import xml.etree.ElementTree as xml; xml.parse("picture.svg")'
}
check "names of columns and directories hold commands: none is run" evil
printf 'Step,x,y\n1,2\n' >short.csv
printf 'Step,x\n' >empty.csv
check "refused: a line that is too short" says 1 'short.csv: "1,2": not a generation and its 2' \
    compare short.csv
check "refused: a table without a line" says 1 'empty.csv: no generation' envelope empty.csv
missing_cells() { # as R, pandas and others write them
    printf 'Step,x\n0,NA\n1,\n2,NaN\n3,None\n4,-inf\n5,.5\n' >missing.csv &&
        envelope missing.csv | cut -f 2 | diff - <(printf '%s\n' x_min nan nan nan nan -inf 0.5)
}
check "cells without a number" missing_cells
printf 'Step,x\n1,1;5\n' >words.csv
for program in compare envelope; do
    check "$program: refused: a cell with something else" says 1 \
        'words.csv: "1,1;5": "1;5" is no number' $program words.csv
done
check "refused: tables without a common column" says 1 'no column that the others have' \
    compare form1.csv a/1.csv
check "refused: a column that a table lacks" says 1 'no column genotypes, among: x' \
    compare -m genotypes a/1.csv

seeds() { # which have more digits than awk's numbers
    for seed in 18446744073709551614 18446744073709551615; do
        nca-seed -W 5 -H 5 --ip 0.50 --seed $seed | nca-step -n 1 -o $seed.zst || return
    done
    "$pipelines/nca-sweep" -n --vary width=9 -s 18446744073709551615 none >out &&
        grep -q -e '--seed 18446744073709551615 ' out || return
    compare --map seed,ip --tsv 1844*.zst | cut -f 1-3 | diff - <(printf '%s\t%s\t%s\n' \
        '# seed' ip runs 18446744073709551614 0.5 1 18446744073709551615 0.5 1)
}
check "seeds of 20 digits" seeds
little() { # place
    nca-seed -W 5 -H 5 --init 1 | nca-step -n 3 -o few.zst &&
        envelope --size 3,3 --svg picture.svg ghc few.zst 2>message && sleep 0.1 &&
        [ ! -s message ] &&
        compare -m census --size 3,3 --svg picture.svg few.zst 2>message &&
        soon [ "$(<message)" = "nca-compare: warning: too small for all panels" ]
}
check "a plot that has no place for its text" little

# Wrong usage

check "refused: a parameter that runs have not" says 1 'has no parameter hue, among: experiment' \
    compare --group-by budget,hue sweep
check "refused: parameters of a table" says 1 'a/1.csv: has no parameter ip' \
    compare --group-by ip a/1.csv
check "refused: a folder that is not there, before anything is read" says 1 \
    'nca-compare: nodir/a.png: No such file or directory' compare --png nodir/a.png missing.zst
check "refused: the same of a table" says 1 \
    'nca-compare: nodir/a.tsv: No such file or directory' compare -o nodir/a.tsv missing.zst
check "refused: a directory for a plot" says 1 'nca-envelope: .: Is a directory' \
    envelope --svg . gep missing.zst
check "refused: an experiment that is none" says 2 \
    'nca-verify: 99: not the number of an experiment, from 1 to 24' "$pipelines/nca-verify" 1 99
check "refused: a map over one" says 2 '--map: ip: not two parameters' compare --map ip sweep
check "refused: a map and groups" says 2 'exclude each other' \
    compare --map ip,budget --group-by ip x
check "refused: no name" says 2 "--group-by: a b: not parameters" compare --group-by 'a b' sweep
check "refused: --last 0" says 2 '--last: 0: not a whole number' compare --last 0 sweep
check "refused: --band of another kind" says 2 '--band: se: not one of' compare --band se sweep
check "refused: a table of lines" says 2 'a table needs --group-by' compare --tsv a/1.csv
check "refused: a directory that holds no sweep" says 1 'a: a directory that holds' compare a
kept() {
    cp a/1.csv own.csv && says 1 'is both read and written' \
        compare --group-by directory -o own.csv own.csv b/1.csv && cmp a/1.csv own.csv
}
check "a table is not written into a run" kept
sweep_kept() { # nor into what else is read of a sweep, nor does another page take what is there
    local file
    for file in tasks.tsv budget4-ip0.1/1/run.zst; do
        cp "sweep/$file" before && says 1 'is both read and written' compare -m ghc \
            --group-by experiment -o "sweep/$file" sweep && says 1 'is both read and written' \
            compare -m ghc --svg "sweep/$file" sweep && cmp before "sweep/$file" || return
    done
    : >sweep/map-mine.svg && "$pipelines/nca-collect" sweep >out && [ -e sweep/map-mine.svg ]
}
check "a sweep is kept" sweep_kept
check "refused: what is not there" says 1 'none.zst: No such file or directory' \
    compare --group-by seed none.zst

# Options, in the words of the programs

for pipeline in report sweep collect compare envelope sensitivity questions verify; do
    check "nca-$pipeline: an option that is none" says 2 \
        "nca-$pipeline: --hlep: unrecognized option; did you mean --help?" \
        "$pipelines/nca-$pipeline" --hlep x
done
check "an option like none" says 2 "--nonsense=3: unrecognized option; try 'nca-sweep --help'" \
    "$pipelines/nca-sweep" --nonsense=3 x
check "a letter" says 2 "-x: unrecognized option; try 'nca-verify --help'" \
    "$pipelines/nca-verify" -x
check "an ambiguous option" says 2 "--p: ambiguous: one of --plot, --png, --pdf" compare --p x
check "an argument that is missing" says 2 "--png: needs an argument; try" compare --png
check "an argument too many" says 2 "--plot: takes no argument; try" compare --plot=x
finish
