#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# The pipelines that show runs: report makes a whole page or none, envelope and compare draw
# what the measures say. TEST_LONG=1: also of every third generation, of a large grid, suspended.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
pipelines=$PWD/pipelines
find_python
unset DISPLAY WAYLAND_DISPLAY GNUTERM
exec </dev/null

runs=$scratch/runs
mkdir "$runs"
for seed in 1 2 3; do
    nca-seed -W 30 -H 30 --init 0.2 --seed $seed | nca-step -n 12 -o "$runs/$seed.zst"
done
odd="$runs/it's <a> \"run\" & 100%d:.zst"
cp "$runs/1.zst" "$odd"

quick() { # a pipeline that hangs has failed
    timeout 60 "$pipelines/$1" "${@:2}"
}

# Report

cat >"$scratch/page.py" <<'EOD'
"""A page in the current directory: well-formed for two parsers, no link that leads nowhere or out
of the directory, no file that no link leads to, every plot an image that scales."""
import html.parser, os, sys, urllib.parse
import xml.etree.ElementTree as xml

text = open('index.html', encoding='utf-8').read()
root = xml.fromstring(text)
links = {'index.html'}

class Page(html.parser.HTMLParser):
    open_tags = []
    def handle_starttag(self, tag, attributes):
        self.open_tags.append(tag)
        self.handle_startendtag(tag, attributes)
    def handle_startendtag(self, tag, attributes):
        for name, value in attributes:
            assert name != 'srcset'
            if name in ('href', 'src', 'poster', 'data'):
                links.add(urllib.parse.unquote(value))
        assert tag != 'img' or dict(attributes)['alt']
    def handle_endtag(self, tag):
        assert self.open_tags.pop() == tag

page = Page()
page.feed(text)
page.close()
assert not page.open_tags
assert '://' not in text and 'url(' not in text and '@import' not in text
assert links == set(os.listdir()), links ^ set(os.listdir())
for name in links:
    assert os.path.getsize(name), name
    if name.endswith('.svg'):
        svg = xml.parse(name).getroot()
        assert svg.tag == '{http://www.w3.org/2000/svg}svg' and svg.get('viewBox')
        assert svg.get('width') is None
        for element in svg.iter():
            for key, value in element.attrib.items():
                assert not key.endswith('href') or value.startswith('#')
assert root.find('.//h1').text == sys.argv[1], root.find('.//h1').text
terms = [''.join(e.itertext()).split(',')[0] for e in root.iter('dt')]
assert 'budget' in terms and 'seed' in terms, terms
history = [''.join(e.itertext()) for e in root.iter('code')]
assert len(history) >= 2 and history[1].startswith('nca-step '), history
EOD
page() { # page DIRECTORY TITLE
    (cd "$1" && "$python" "$scratch/page.py" "$2")
}
holds() { # holds DIRECTORY FILE...: these and no others
    diff <(cd "$1" && printf '%s\n' * | LC_ALL=C sort) <(printf '%s\n' "${@:2}" | LC_ALL=C sort)
}
frames=({channels,ghc,rwsp}-{first,middle,last}.png)
always=({index,play}.html info.txt
    {ctfp,entropy,gcvp,clogv,ghc,rwsp,cnwa,scatter,census,colours,tracked}.tsv
    {ctfp,phenotypes,genotypes,colours,species,scatter,census}.svg
    {activity,hill,muller,lineage}.{tsv,svg})

whole() {
    (cd "$runs" && quick nca-report "${odd##*/}") &&
        holds "$report" "${always[@]}" "${frames[@]}" {channels,ghc,rwsp}.mp4
}
report=${odd%.zst}-report
check "report makes a page of a run with special characters in its name" whole
check "report: every link and picture of the page is good" \
    page "$report" "it's <a> \"run\" & 100%d:"

same_tables() {
    local table
    for table in ctfp entropy gcvp clogv ghc rwsp cnwa census hill activity; do
        "nca-$table" --tsv "$runs/1.zst" | cmp - "$report/$table.tsv" || return
    done
    nca-cnwa --scatter 12 --tsv "$runs/1.zst" | cmp - "$report/scatter.tsv" &&
        nca-cnwa --track --carriers --tsv "$runs/1.zst" | cmp - "$report/tracked.tsv" &&
        nca-rwsp --colours 2 --tsv "$runs/1.zst" | cmp - "$report/colours.tsv" &&
        nca-species --muller --tsv "$runs/1.zst" | cmp - "$report/muller.tsv" &&
        nca-lineage --stats --tsv "$runs/1.zst" | cmp - "$report/lineage.tsv" &&
        nca-info "$runs/1.zst" | cmp - "$report/info.txt"
}
check "report: tables are those of the measures" same_tables

films() {
    local view
    for view in channels ghc rwsp; do
        ffprobe -v error -count_frames -select_streams v -of csv=p=0 \
            -show_entries stream=codec_name,pix_fmt,nb_read_frames "$report/$view.mp4" |
            grep -x h264,yuv420p,13 || return
    done
}
check "report: videos: H.264, yuv420p, a frame for each generation" films

# The same conversions on both ways; what differs is rounding.
frames() {
    nca-render --view ghc --scale 12 "$runs/1.zst" |
        ffmpeg -v error -i - -f rawvideo -pix_fmt rgb24 "$scratch/all.rgb" || return
    (cd "$report" && "$python" - "$scratch/all.rgb") <<'EOD'
import subprocess, sys
import numpy
everything = numpy.fromfile(sys.argv[1], numpy.uint8).reshape(13, -1).astype(int)
for name, frame in ('first', 0), ('middle', 6), ('last', 12):
    picture = subprocess.run(['ffmpeg', '-v', 'error', '-i', f'ghc-{name}.png', '-f', 'rawvideo',
                              '-pix_fmt', 'rgb24', '-'], stdout=subprocess.PIPE)
    pixels = numpy.frombuffer(picture.stdout, numpy.uint8)
    assert abs(pixels - everything[frame]).max() <= 2, name
EOD
}
check "report: frames: the first, the middle and the last generation" frames

no_videos() {
    quick nca-report --no-videos "$runs/2.zst" "$scratch/plain" && page "$scratch/plain" 2 &&
        holds "$scratch/plain" "${always[@]}" "${frames[@]}"
}
check "report --no-videos" no_videos
pictures() { # pixel by pixel, in a frame of one
    local at
    for at in 0 6 12; do
        nca-cat --generations $at "$runs/2.zst" |
            nca-render --view ghc --scale 12 --format ppm >"$scratch/$at.ppm" || return
    done
    for at in first:0 middle:6 last:12; do
        ffmpeg -v error -y -i "$scratch/plain/ghc-${at%:*}.png" -vf crop=iw-2:ih-2:1:1 \
            -f image2 -c:v ppm -pix_fmt rgb24 "$scratch/picture.ppm" &&
            cmp "$scratch/picture.ppm" "$scratch/${at#*:}.ppm" || return
    done
}
check "report --no-videos: pictures of the first, the middle and the last generation" pictures
every_third() { # generations 0, 3, 6, 9 and 12: the middle is 6
    nca-cat --generations 0:12:3 "$runs/2.zst" >"$scratch/third.zst" &&
        quick nca-report --no-videos "$scratch/third.zst" "$scratch/third" &&
        cmp "$scratch/"{plain,third}/channels-middle.png &&
        grep -q 'there is no shadow' "$scratch/third/index.html" &&
        ! grep -q 'there is no shadow' "$scratch/plain/index.html"
}
[ -z "${TEST_LONG:-}" ] || check "report --no-videos of every third generation" every_third
large() { # each second pixel, or third, of what gnuplot would need much memory for
    nca-seed -W 2500 -H 2 --seed 3 -o "$scratch/large.zst" &&
        quick nca-report --no-videos "$scratch/large.zst" "$scratch/large" 2>"$scratch/message" &&
        [ ! -s "$scratch/message" ] && [[ $(file "$scratch/large/ghc-last.png") == *' 125'?' x '* ]]
}
[ -z "${TEST_LONG:-}" ] || check "report --no-videos of a large grid" large
no_ffmpeg() {
    local here=$scratch/no-ffmpeg program place
    mkdir "$here" && IFS=: read -r -a places <<<"$PATH" || return
    for place in "${places[@]}"; do
        for program in "$place"/*; do
            [[ $program == */ffmpeg ]] || ln -s "$program" "$here" 2>/dev/null
        done
    done
    PATH=$here quick nca-report "$runs/2.zst" "$scratch/still" 2>"$scratch/message" &&
        grep -q '^nca-report: no ffmpeg: ' "$scratch/message" &&
        diff -r -x index.html "$scratch/"{plain,still}
}
no_datamash() {
    rm "$scratch/no-ffmpeg/datamash"
    PATH=$scratch/no-ffmpeg refuses 127 quick nca-envelope ghc "$runs/2.zst" &&
        grep -qx 'nca-envelope: datamash: not installed: make deps installs what is missing' \
            "$scratch/message"
}
check "report without ffmpeg has pictures instead of videos, and says so" no_ffmpeg
check "without another program pipelines say how to get it" no_datamash
verbose() {
    quick nca-report -v --no-videos "$runs/2.zst" "$scratch/plain" 2>"$scratch/message" &&
        diff <(sed -E 's/^nca-report: +[0-9]+ s  //; s/only .*,/only /' "$scratch/message" |
            sort) - <<'END'
colours
fate
figure activity
figure census
figure colours
figure ctfp
figure genotypes
figure hill
figure lineage
figure muller
figure phenotypes
figure scatter
figure species
lineage
muller
nca-measure --only census -d .
pictures channels
pictures ghc
pictures rwsp
tracked
walk
END
}
check "report --verbose says when each part was done" verbose

chosen() { # of RWSP alone
    quick nca-report --no-videos --weights 0,3,7 "$runs/2.zst" "$scratch/chosen" &&
        page "$scratch/chosen" 2 && grep -q 'the weights 0, 3, 7' "$scratch/chosen/index.html" &&
        nca-rwsp --weights 0,3,7 --tsv "$runs/2.zst" | cmp - "$scratch/chosen/rwsp.tsv" &&
        nca-rwsp --weights 0,3,7 --colours 2 --tsv "$runs/2.zst" |
        cmp - "$scratch/chosen/colours.tsv" && cmp "$scratch/"{plain,chosen}/ghc.tsv &&
        refuses 2 quick nca-report --weights 0,3 "$runs/2.zst" &&
        refuses 2 quick nca-report --weights 0,3,44 "$runs/2.zst" "$scratch/chosen" &&
        [ "$(<"$scratch/message")" = \
            "nca-report: --weights: 0,3,44: not three different positions from 0 to 43" ] &&
        refuses 2 quick nca-report --weights 0,3,03 "$runs/2.zst" "$scratch/chosen"
}
check "report --weights" chosen
one_cell() { # of which no colour has two
    nca-seed -W 1 -H 1 --init 1 | nca-step -n 2 -o "$scratch/one.zst" &&
        quick nca-report --no-videos "$scratch/one.zst" && page "$scratch/one-report" one &&
        [ ! -e "$scratch/one-report/colours.svg" ]
}
check "report of one cell" one_cell

piped() {
    quick nca-report --no-videos - "$scratch/piped" <"$runs/2.zst" &&
        page "$scratch/piped" piped && cmp "$scratch/p"{iped,lain}/cnwa.tsv &&
        quick nca-report --no-videos <(cat "$runs/2.zst") "$scratch/piped" &&
        cmp "$scratch/p"{iped,lain}/scatter.svg
}
check "report from a pipe, and again into the same directory" piped
again() {
    cp -r "$report" "$scratch/again" && touch "$scratch/again/notes.txt" "$scratch/again/my.mp4" &&
        quick nca-report --no-videos "$runs/2.zst" "$scratch/again" &&
        holds "$scratch/again" "${always[@]}" "${frames[@]}" notes.txt my.mp4
}
check "report removes what another report has left, and nothing else" again

second() { # as if another made a report there
    exec 8<"$scratch/again" && flock 8 && cp -r "$scratch/again" "$scratch/before" &&
        refuses 1 quick nca-report --no-videos "$runs/1.zst" "$scratch/again" 8<&- && exec 8<&- &&
        grep -q '^nca-report: .*/again: locked: another program is ' "$scratch/message" &&
        diff -r "$scratch/before" "$scratch/again"
}
check "report: a second one in the same directory is refused" second

cat >"$scratch/evolution.py" <<'EOD'
"""What a page says of fates and of the excess, and what stands out in the plot."""
import re, sys, xml.etree.ElementTree as xml
rows = [line.rstrip('\n').split('\t') for line in open('fate.tsv')][1:]
activity = [line.rstrip('\n').split('\t') for line in open('activity.tsv')][1:]
stand_out = [row[2] for row in rows if float(row[8]) < 0.05 / len(rows)]
assert stand_out == sys.argv[1:], stand_out
excess = [float(row[11]) for row in activity if row[11] != 'nan'][-100:]
text = open('index.html').read().replace('\n', ' ')
assert 'number of weights; here %s.' % (', '.join(stand_out) or 'none does') in text
said = re.search('over the last %d generations it is ([0-9.]*)[.] ' % len(excess), text).group(1)
assert abs(float(said) - sum(excess) / len(excess)) < 0.0051, said
labels = [''.join(e.itertext()).strip() for e in xml.parse('fate.svg').iter()
          if e.tag.endswith('}text')]
for row in rows:
    assert labels.count(row[2]) == 1 + (row[2] in stand_out), row
EOD
evolution() { # fates of births are there as soon as some are known
    nca-step -n 30 "$runs/1.zst" -o "$scratch/followed.zst" &&
        quick nca-report --no-videos "$scratch/followed.zst" "$scratch/followed" &&
        page "$scratch/followed" followed &&
        holds "$scratch/followed" "${always[@]}" "${frames[@]}" fate.{tsv,svg} &&
        nca-fate --tsv "$scratch/followed.zst" | cmp - "$scratch/followed/fate.tsv" &&
        (cd "$scratch/followed" && "$python" "$scratch/evolution.py") &&
        ! grep -q 'Fate of births</b> is left out' "$scratch/followed/index.html" &&
        grep -q 'Fate of births</b> is left out' "$scratch/plain/index.html"
}
check "report: fate of births, if some are followed for long enough" evolution
selection() { # as if it acted on five weights
    cd "$scratch/followed" && awk -F '\t' -v OFS='\t' '
        NR > 1 { $6 = $2 % 2 ? 0.7 : 1.6; $7 = 0.1
            $9 = $3 ~ /^W1.1..2.$|^W2/ ? $2 % 2 ? 0.00124 : "1e-9" : 0.00126 } 1' fate.tsv >new &&
        mv new fate.tsv && gnuplot "$pipelines/fate.gp" && "$pipelines/page" followed >index.html &&
        "$python" "$scratch/evolution.py" 'W1[1][2]' 'W2[0][0]' 'W2[0][1]' 'W2[1][0]' 'W2[1][1]'
}
check "report: weights that selection acts on stand out, and the page names them" selection

sections() { # sections LIST TABLE...
    nca-step -n 3 --sections "$1" "$runs/1.zst" -o "$scratch/some.zst" &&
        rm -rf "$scratch/some-report" && quick nca-report --no-videos "$scratch/some.zst" &&
        page "$scratch/some-report" some &&
        grep -q 'no section but' "$scratch/some-report/index.html" &&
        [ "$(cd "$scratch/some-report" && echo *.tsv)" = "${*:2}" ]
}
check "report of state alone: without the genotypic part" \
    sections state clogv.tsv ctfp.tsv entropy.tsv \
    gcvp.tsv
check "report of genomes alone: without the phenotypic part" \
    sections genomes cnwa.tsv colours.tsv ghc.tsv lineage.tsv muller.tsv rwsp.tsv \
    scatter.tsv tracked.tsv
nca-step -n 1 --sections ages "$runs/1.zst" -o "$scratch/ages.zst"
no_directory() { # nor what cannot be one
    refuses 2 quick nca-report "$runs/1.zst" "$runs/2.zst" &&
        grep -q '2.zst: not a directory: give one run and at most a' "$scratch/message" &&
        refuses 1 quick nca-report "$runs/1.zst" "$runs/none/report" &&
        grep -qx "nca-report: $runs/none/: no directory that can be written into" \
            "$scratch/message"
}
check "report: into what is no directory" no_directory
check "report of ages alone is refused" refuses 1 quick nca-report "$scratch/ages.zst"
check "report of ages alone: the message says what is missing" \
    grep -q 'ages.zst: has neither' "$scratch/message"

extremes() {
    nca-seed -W 5 -H 1 --channels 3 --init 0 -o "$scratch/dead.zst" &&
        quick nca-report "$scratch/dead.zst" 2>"$scratch/message" && [ ! -s "$scratch/message" ] &&
        [ -s "$scratch/dead-report/rwsp-last.png" ] || return
    (cd "$scratch/dead-report" && "$python" -) <<'EOD'
import xml.etree.ElementTree as xml
# a point or a box for each column, beside that of the legend; of no carriers, just the legend
for name, tag, marks in (('ctfp', 'use', 1), ('phenotypes', 'use', 2 * 4 + 1),
                         ('colours', 'use', 1),
                         ('genotypes', 'use', 2 * 3), ('species', 'polygon', 2 * 5 + 5),
                         ('census', 'use', 2 * 9)):
    groups = [g for g in xml.parse(name + '.svg').iter() if 'gnuplot_plot' in g.get('id', '')]
    found = sum(e.tag.endswith('}' + tag) for g in groups for e in g.iter())
    assert found == marks, (name, found)
EOD
}
check "report of one generation with nothing alive" extremes

# leaves_nothing COMMAND...: it fails, and neither a report nor anything half-made stays behind.
leaves_nothing() {
    mkdir "$scratch/empty" || return
    refuses 1 "$@" "$scratch/empty/report" || return
    rmdir "$scratch/empty"
}
stub='#!/bin/sh
echo broken >&2
exit 1'
stubbed() { # stubbed PROGRAM COMMAND...: where that program is the stub
    mkdir -p "$scratch/stub"
    echo "$stub" >"$scratch/stub/$1"
    chmod +x "$scratch/stub/$1"
    PATH=$scratch/stub:$PATH "${@:2}"
    local status=$?
    rm "$scratch/stub/$1"
    return "$status"
}
head -c -700 "$runs/1.zst" >"$scratch/cut.zst"
check "report of a truncated stream leaves nothing" \
    leaves_nothing quick nca-report "$scratch/cut.zst"
check "report of a file that does not exist leaves nothing" \
    leaves_nothing quick nca-report "$scratch/nothing.zst"
says() { # says PART: which part failed, with what status, and what comes of it
    grep -qE "^nca-report: $1.*: status 1; there is no report\$" "$scratch/message"
}
# shellcheck disable=SC2086 # an option or none
while IFS='|' read -r program part videos; do
    check "report leaves nothing where $program fails" \
        leaves_nothing stubbed "$program" quick nca-report $videos "$runs/1.zst"
    check "report names the part that failed: $part" says "$part"
done <<'END'
nca-measure|nca-measure --only ctfp|--no-videos
ffmpeg|video rwsp|
gnuplot|figure [a-z]*|--no-videos
END
suspended() { # for a moment, as Slurm may do
    local stub="#!/bin/sh
        (sleep 0.2 && kill -CONT \$\$) &
        kill -STOP \$\$
        exec '$(command -v nca-measure)' \"\$@\""
    stubbed nca-measure quick nca-report --no-videos "$runs/2.zst" "$scratch/suspended" &&
        page "$scratch/suspended" 2
}
[ -z "${TEST_LONG:-}" ] || check "report: a part is suspended and goes on" suspended
interrupted() {
    mkdir "$scratch/empty" || return
    nca-step -n 3000 "$runs/1.zst" -o "$scratch/long.zst" || return
    "$pipelines/nca-report" "$scratch/long.zst" "$scratch/empty/report" &
    sleep 1
    kill -TERM $!
    wait $!
    [ $? -eq 143 ] && rmdir "$scratch/empty"
}
check "report: interrupted by TERM, it leaves nothing" interrupted

# Demo

demo_page() { # demo_page VIDEOS FILE...
    GENERATIONS=3 VIDEOS=$1 quick demo "$scratch/out" >"$scratch/said" 2>"$scratch/message" &&
        mv "$scratch/out/demo.zst" "$scratch" && page "$scratch/out" demo &&
        holds "$scratch/out" "${always[@]}" "${frames[@]}" "${@:2}" || return
    grep -q "^nca-report: .* pictures ghc" "$scratch/message" || [ "$1" != no ] || return
    grep -q "^ .*different genomes" "$scratch/said" &&
        tail -n 3 "$scratch/said" | sed 's/ .*//' | tr '\n' ' ' | grep -qx 'Open Walk Try '
}
check "demo: a first plot, a page, and what to do next" demo_page no
[ -z "${TEST_LONG:-}" ] || check "demo with videos" demo_page '' {channels,ghc,rwsp}.mp4
alive() { # the grid in the terminal's colours
    GENERATIONS=3 script -qec \
        "stty rows 12 cols 30; $(printf '%q ' env VIDEOS=no "$pipelines/demo" "$scratch/shown")" \
        /dev/null >"$scratch/said" && grep -q $'\e\[38;2;' "$scratch/said"
}
check_terminal "demo shows the grid on a terminal" alive

# Envelope and compare

envelope() { # min, mean and max, from the tables of the single runs
    local i
    quick nca-envelope "$1" "$runs/"[123].zst >"$scratch/envelope.tsv" || return
    for i in 1 2 3; do
        "nca-$1" --tsv "$runs/$i.zst" | cut -f "${2:-1-}" >"$scratch/$i.tsv"
    done
    "$python" - "$scratch" <<'EOD'
import sys
from fractions import Fraction

def table(name):
    lines = [line.rstrip('\n').split('\t') for line in open(f'{sys.argv[1]}/{name}.tsv')]
    return lines[0], [[Fraction(x) for x in line] for line in lines[1:]]

header, rows = table('envelope')
singles = [table(i) for i in (1, 2, 3)]
names = singles[0][0]
assert header == ['# generation'] + [f'{n}_{s}' for n in names[1:] for s in ('min', 'mean', 'max')]
assert len(rows) == 13
for g, row in enumerate(rows):
    assert row[0] == g
    for c in range(1, len(names)):
        values = [single[1][g][c] for single in singles]
        least, mean, most = row[3 * c - 2:3 * c + 1]
        assert least == min(values) and most == max(values), (g, c)
        assert abs(mean - sum(values) / 3) <= abs(mean) / 10**15, (g, c)
EOD
}
for measure in entropy clogv cnwa census; do
    check "envelope $measure: least, mean and greatest of three runs" envelope $measure
done
check "envelope ghc: least, mean and greatest of three runs" envelope ghc 1,2
bands() { # mean and deviation, and Student's interval, of three runs; none of one
    local band
    for band in sd ci none; do
        quick nca-envelope --band "$band" gd "$runs/"[123].zst >"$scratch/$band.tsv" || return
    done
    for i in 1 2 3; do
        nca-measure --only ghc,rwsp,census --tsv "$runs/$i.zst" | cut -f 1-3,6 >"$scratch/$i.tsv"
    done
    "$python" - "$scratch" <<'EOD' || return
import statistics, sys

def table(name):
    return [line.rstrip('\n').split('\t') for line in open(f'{sys.argv[1]}/{name}.tsv')]

runs = [table(i) for i in (1, 2, 3)]
assert runs[0][0] == ['# generation', 'ghc', 'rwsp', 'genotypes'], runs[0][0]
for band, factor in ('sd', 1), ('ci', 4.302652729749464 / 3 ** 0.5), ('none', 0):
    head, *rows = table(band)
    assert head[1:4] == ['ghc_low', 'ghc_mean', 'ghc_high'] and len(rows) == 13
    for g, row in enumerate(rows):
        for c in (1, 2, 3):
            values = [float(run[g + 1][c]) for run in runs]
            mean, d = statistics.mean(values), factor * statistics.stdev(values)
            for x, y in zip(map(float, row[3 * c - 2:3 * c + 1]), (mean - d, mean, mean + d)):
                assert abs(x - y) <= 2e-4 * (1 + d), (band, g, c, x, y)
EOD
    quick nca-envelope --band ci ghc "$runs/1.zst" | awk -F '\t' 'NR > 1 {
        if ($2 != "nan" || $4 != "nan" || $3 == "nan") exit 1 }' &&
        refuses 2 quick nca-envelope --band se ghc "$runs/1.zst" &&
        grep -q -- '--band: se: not one of range, sd, ci, none' "$scratch/message"
}
check "envelope --band: what is around the mean" bands
sheet() { # of 8.5 by 6 cm; drawn together, in one panel
    quick nca-envelope --size 8.5,6 --svg "$scratch/gd.svg" gd "$runs/"[123].zst &&
        grep -q 'viewBox="0 0 340 240"' "$scratch/gd.svg" &&
        [ "$(grep -c '>generation<' "$scratch/gd.svg")" -eq 1 ] &&
        quick nca-compare --size 8.5,6 -m ghc --svg "$scratch/gd.svg" "$runs/"[12].zst &&
        grep -q 'viewBox="0 0 340 240"' "$scratch/gd.svg" &&
        refuses 2 quick nca-envelope --size 2,6 --svg "$scratch/gd.svg" gd "$runs/1.zst"
}
check "envelope and compare --size" sheet
lengths() { # generations that only one run has
    nca-step -n 5 "$runs/1.zst" -o "$scratch/more.zst" &&
        quick nca-envelope ghc "$runs/1.zst" "$scratch/more.zst" | tail -n 1 |
        diff - <(nca-ghc --tsv "$scratch/more.zst" |
            awk 'END { print $1, $2, $2, $2 }' OFS='\t')
}
check "envelope of runs that differ in length" lengths

names() { # as an option or as the first operand, measures and columns of them
    local of column
    while read -r of column; do
        quick nca-envelope "$of" "$runs/"[12].zst >"$scratch/whole.tsv" &&
            quick nca-envelope -m "${column:-$of}" "$runs/"[12].zst >"$scratch/option.tsv" &&
            quick nca-envelope "${column:-$of}" "$runs/"[12].zst | cmp - "$scratch/option.tsv" &&
            awk -F '\t' -v OFS='\t' -v column="$column" '
                NR == 1 { for (c = 2; column && $c != column "_min"; c += 3); }
                { if (column) print $1, $c, $(c + 1), $(c + 2); else print }' \
                "$scratch/whole.tsv" | cmp - "$scratch/option.tsv" || return
    done <<<"$1"
}
check "measures are named by an option or an operand, columns of measures, too" names "ghc
entropy gep
census alive
census genome_sd
ctfp 0.3
cnwa species_2
cnwa proportion_5"
one_column() {
    quick nca-compare -m births --svg "$scratch/one.svg" "$runs/"[12].zst &&
        grep -q births "$scratch/one.svg" && ! grep -q deaths "$scratch/one.svg"
}

drawn() { # drawn FORMAT WHAT-FILE-SAYS COMMAND...
    local name="$scratch/it's a \"plot\".$1" output
    rm -f "$name"
    output=$(quick "${@:3}" "--$1" "$name" "$runs/"[123].zst "$odd" 2>&1) && [ -z "$output" ] &&
        [[ $(file -b "$name") == "$2"* ]]
}
for kind in 'png:PNG image' 'svg:SVG Scalable' 'pdf:PDF document'; do
    check "envelope --${kind%:*}" drawn "${kind%:*}" "${kind#*:}" nca-envelope census
    check "compare --${kind%:*}" drawn "${kind%:*}" "${kind#*:}" nca-compare -m ctfp
done
text() {
    quick "$@" 2>"$scratch/message" >"$scratch/plot" && [ ! -s "$scratch/message" ] &&
        grep -q generation "$scratch/plot"
}
labels() {
    text nca-compare "$runs/"[123].zst "$odd" &&
        grep -qF "it's <a> \"run\" & 100%d:" "$scratch/plot" &&
        grep -q gep "$scratch/plot"
}
check "compare draws where there is no display, under the files' names" labels
paths() { # paths LABELS PATH...: runs of the same name
    local path
    for path in "${@:2}"; do
        mkdir -p "$scratch/paths/${path%/*}" && cp "$runs/1.zst" "$scratch/paths/$path" || return
    done
    (cd "$scratch/paths" && quick nca-compare --svg ../paths.svg "${@:2}") || return
    local label
    for label in $1; do grep -q ">$label<" "$scratch/paths.svg" || return; done
}
check "compare of runs of the same name: under what differs" paths "budget4 budget16" \
    s/budget4/1/run.zst s/budget16/1/run.zst
check "in several places" paths "a/1 a/2 b/1" s/a/1/run.zst s/a/2/run.zst s/b/1/run.zst
check "in depth" paths "s/a/run b" s/a/run.zst s/a/b/run.zst
check "in nothing" paths "s/a/run" s/a/run.zst s/a/run.zst
check "envelope --plot" text nca-envelope ghc --plot "$runs/"[12].zst
check "compare draws a column alone" one_column
by_hand() {
    (cd "$scratch" && nca-ghc --tsv "$runs/1.zst" >a.tsv && cp a.tsv b.tsv &&
        quick nca-envelope ghc "$runs/"[12].zst >envelope.tsv && gnuplot "$pipelines/envelope.gp" &&
        gnuplot -e "tables='a.tsv b.tsv'; format='png'" "$pipelines/compare.gp" &&
        [ -s envelope.svg ] && [ -s compare.png ]) &&
        gnuplot -e "dir='$scratch/plain'; output='$scratch/s.pdf'; format='pdf'" \
            pipelines/species.gp && [[ $(file -b "$scratch/s.pdf") == "PDF document"* ]]
}
check "the plots alone, from tables" by_hand

overwrites() { # overwrites COMMAND...: into a run that is read
    cp "$runs/1.zst" "$scratch/own.zst" && ln -sf own.zst "$scratch/link.zst" &&
        refuses 1 quick "$@" && grep -q 'both read and written' "$scratch/message" &&
        cmp "$runs/1.zst" "$scratch/own.zst"
}
check "compare does not draw into a run" overwrites \
    nca-compare --png "$scratch/link.zst" "$runs/2.zst" "$scratch/own.zst"
check "envelope does not draw into a run" \
    overwrites nca-envelope ghc --svg "$scratch/own.zst" "$scratch/link.zst"
kept() { # into its standard output
    cp "$runs/1.zst" "$scratch/own.zst" &&
        ! quick nca-envelope ghc "$runs/2.zst" "$scratch/own.zst" >>"$scratch/own.zst" \
            2>"$scratch/message" && cmp "$runs/1.zst" "$scratch/own.zst" &&
        grep -q 'both read and written' "$scratch/message"
}
check "envelope does not print into a run" kept

# What all of them promise

slowly() { # on a terminal, what takes longer than two seconds says how far it is
    stub="#!/bin/sh
        sleep 3
        exec '$(command -v nca-ghc)' \"\$@\"" stubbed nca-ghc script -qec \
        "$(printf '%q ' "$pipelines/nca-envelope" ghc "$runs/"[12].zst)" /dev/null \
        >"$scratch/said" &&
        grep -q $'\rnca-envelope: 0 of 2 done, ' "$scratch/said" &&
        tail -n 1 "$scratch/said" | grep '^12'
}
check_terminal "progress on a terminal" slowly
quietly() { # which standard error is not
    ! grep -q 'done' <(stub="#!/bin/sh
        sleep 3
        exec '$(command -v nca-ghc)' \"\$@\"" stubbed nca-ghc quick nca-envelope ghc \
        "$runs/"[12].zst 2>&1)
}
check "and nowhere else" quietly

help() {
    local text
    text=$(quick "$1" --help) && [ "$text" = "$(quick "$1" -h)" ] && [[ $text == "Usage: $1 "* ]] &&
        [ "$(wc -L <<<"$text")" -le 100 ] &&
        [[ $text == *$'\n\n'"Example: $1 "*$'\n'"See $1(1)." ]]
}
two_formats() {
    refuses 2 quick nca-compare --pdf "$scratch/a.pdf" --plot ghc "$runs/1.zst" "$runs/2.zst" &&
        grep -q -- '--plot: not with --pdf: give one format' "$scratch/message" &&
        refuses 2 quick nca-envelope --png a --svg b ghc "$runs/1.zst" && [ ! -e b ]
}
check "compare and envelope: two formats at once are refused" two_formats
wrong() {
    refuses 2 quick "$@" && [ "$(wc -l <"$scratch/message")" -eq 1 ] &&
        grep -q "^$1: " "$scratch/message" && [ ! -s "$scratch/refused" ]
}
for pipeline in nca-report nca-envelope nca-compare; do
    check "$pipeline --help" help $pipeline
    check "$pipeline alone" wrong $pipeline
    check "$pipeline --nonsense" wrong $pipeline --nonsense "$runs/1.zst"
done
check "report of three" wrong nca-report a b c
check "report - without a directory" wrong nca-report -
check "envelope without a run" wrong nca-envelope ghc
check "envelope of what is no measure" wrong nca-envelope render "$runs/1.zst"
check "compare of what is no measure" wrong nca-compare -m x "$runs/1.zst"
check "compare of two measures as one" wrong nca-compare -m "ctfp entropy" "$runs/1.zst"
check "envelope -m without a run" wrong nca-envelope -m ghc
check "compare --png without a file" wrong nca-compare --png
check "envelope fails with a measure" refuses 1 \
    quick nca-envelope ghc "$runs/1.zst" "$scratch/cut.zst"
check "compare fails with a measure" refuses 1 quick nca-compare "$scratch/cut.zst" "$runs/1.zst"
finish
