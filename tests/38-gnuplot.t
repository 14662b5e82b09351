#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Plots: no setting of the user's changes them, and of a stream with little in it there is one, too.
# TEST_LONG=1: also of one generation, and of one without life.
# shellcheck disable=SC2086,SC2317 # options are words; functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
here=$PWD
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PATH
unset GNUTERM DISPLAY WAYLAND_DISPLAY
export SOURCE_DATE_EPOCH=1
exec </dev/null
cd "$scratch" || exit 1

nca-seed -W 12 -H 9 --init 0.4 --ip 0.3 --ppp 0.1 | nca-step -n 8 -o run.zst
nca-seed -W 12 -H 9 --init 0.4 --ip 0.3 --ppp 0.1 --seed 3 | nca-step -n 8 -o other.zst
nca-seed -W 12 -H 9 --init 0.4 -o founders.zst                  # one generation
nca-seed -W 1 -H 1 --init 1 -o cell.zst                         # of one cell
nca-seed -W 12 -H 9 --init 0 -o dead.zst                        # without any
nca-seed -W 1 -H 1 --init 0 | nca-step -n 1 -o "dead two.zst"   # for ever

# Most that can be set, and all at once.
mkdir plain hostile
cat >hostile/.gnuplot <<'END'
set datafile separator ","
set datafile missing "0"
set datafile commentschars "1"
set datafile columnheaders
set datafile nofpe_trap
set decimalsign ","
set encoding iso_8859_1
set minussign
set micro
set xrange [3:4]
set yrange [5:6]
set x2range [1:2]
set cbrange [1:2]
set rrange [0:3]
set trange [0:3]
set logscale xy
set logscale cb
set nonlinear x2 via log10(x) inverse 10**x
set key bottom left box opaque
set grid polar
set border 0
set tics out scale 3
set xtics 7
set ytics ("hostile" 1)
set mxtics 3
set format "%g hostile"
set title "hostile" font "Times,30"
set xlabel "hostile" rotate by 20
set x2label "hostile"
set label 1 "hostile" at screen 0.5,0.5
set arrow 1 from screen 0,0 to screen 1,1
set object 1 rectangle from screen 0.1,0.1 to screen 0.3,0.3
set lmargin 30
set bmargin at screen 0.3
set size 0.5,0.5
set origin 0.2,0.2
set offsets 1,1,1,1
set style data dots
set style function boxes
set style fill pattern 3
set style line 1 linecolor "red"
set style arrow 1 nohead
set style increment userstyles
set boxwidth 0.1
set pointsize 5
set pointintervalbox 3
set samples 5
set isosamples 3
set angles degrees
set dummy u,v
set polar
set xdata time
set timefmt "%d"
set timestamp
set palette gray
set colorbox user origin 0.1,0.1 size 0.1,0.1
set colorsequence podo
set monochrome
set linetype 1 linecolor "red" linewidth 7 dashtype 3 pointtype 3 pointsize 4
set linetype 9 linecolor "red" linewidth 7 dashtype 3
set linetype 15 linecolor "red" linewidth 7 dashtype 3
set linetype cycle 2
set dashtype 1 (1,1)
set clip two
set bars small
set errorbars small
set zeroaxis linewidth 5
set zero 3
set autoscale fix
set autoscale noextend
set rmargin 1
set tmargin 9
set contour
set hidden3d
set pm3d
set view 10,20
set mapping spherical
set print "printed-hostile"
set overflow float
set locale "C"
set loadpath "/nowhere"
set fontpath "/nowhere"
set jitter spread 3
set rgbmax 1
set xyplane 3
set theta top
set tics front
set grid front
set macros
set terminal svg size 200,200 noenhanced font "Times,30" linewidth 5 dashed fontscale 3 \
    mouse standalone butt background "red" name "hostile"
set terminal pngcairo size 200,200 noenhanced font "Times,30" linewidth 5 dashed fontscale 3 \
    transparent crop butt background "red" pointscale 4 mono dashlength 3
set terminal pdfcairo size 2cm,2cm noenhanced font "Times,30" linewidth 5 dashed fontscale 3 \
    transparent butt background "red" mono dashlength 3
set termoption font "Times,30"
set output "output-hostile"
set table "table-hostile"
set multiplot layout 2,2
set fit logfile "fit-hostile.log"
taken = 7
END
drawing() { # drawing HOME FORMAT PROGRAM...: its picture, as the user with this home gets it
    local name="$1.$2"
    rm -f picture
    "${@:3}" "--$2" picture >"$name.gp" || return
    (cd "$1" && sed "s/^set output 'picture'/set output '..\/picture'/" "../$name.gp" |
        HOME=$PWD gnuplot >../said 2>&1) || { cat said && return 1; }
    mv picture "$name"
}
same() { # same FORMAT PROGRAM...: whatever the user's settings are
    local second # a PDF has that of its making, where cairo is new in a compressed stream
    for second in 1 2 3; do
        drawing plain "$@" && drawing hostile "$@" || return
        cmp -s <(grep -av CreationDate "plain.$1") <(grep -av CreationDate "hostile.$1") && return
        [ "$1" = pdf ] || break
    done
    cmp "plain.$1" "hostile.$1"
}
little() { # little PROGRAM...: a picture of it
    drawing plain svg "$@" && [ "$(head -c 5 plain.svg)" = '<?xml' ]
}
little=(cell 'dead two')
[ -z "${TEST_LONG:-}" ] || little+=(founders dead)
plots=(nca-{census,clogv,cnwa,ctfp,entropy,gcvp,ghc,rwsp,measure,species} 'nca-ctfp --digits 2'
    'nca-rwsp --colours 2'
    'nca-cnwa --stack' 'nca-cnwa --scatter last' 'nca-lineage --stats' 'nca-species --muller'
    'nca-species --clade 0' 'nca-species --clade 0 --muller')
taken() { # all of them: gnuplot stops reading at an error
    (cd hostile && HOME=$PWD gnuplot -e 'exit status taken' 2>/dev/null)
    [ $? -eq 7 ]
}
check "settings that are hostile are taken" taken
for plot in "${plots[@]}"; do
    check "$plot: the same with any settings" same svg $plot run.zst
    for stream in "${little[@]}"; do
        check "$plot: a picture of $stream.zst" little $plot "$stream.zst"
    done
done
for format in png pdf; do
    for plot in nca-census 'nca-cnwa --scatter last'; do
        check "$plot --$format: the same with any settings" same $format $plot run.zst
    done
done
check "nca-diff: the same with any settings" same svg nca-diff run.zst other.zst
for stream in "${little[@]}"; do
    check "nca-diff: a picture of $stream.zst" little nca-diff "$stream.zst" "$stream.zst"
done
check "nca-ctfp --live: the same with any settings" same svg nca-ctfp --live 3 run.zst
sized() { # sized FORMAT SIZE PATTERN: of the picture of an 8.5 by 6 cm sheet
    drawing plain "$1" nca-ghc --size 8.5,6 run.zst && grep -aqE "$2" <(file -b "plain.$1"
        head -c 400 "plain.$1"; [ "$1" != pdf ] || unpacked "plain.$1")
}
unpacked() { # a PDF, with its streams as text
    "$python" - "$1" <<'EOD'
import re, sys, zlib
data = open(sys.argv[1], 'rb').read()
for stream in [data] + re.findall(rb'FlateDecode.*?stream\n(.*?)endstream', data, re.S):
    try:
        sys.stdout.buffer.write(zlib.decompressobj().decompress(stream))
    except zlib.error:
        sys.stdout.buffer.write(stream)
EOD
}
check "--size: a PNG of 300 dots an inch" sized png '^PNG image data, 1004 x 709'
check "--size: an SVG of 96 dots an inch" sized svg 'viewBox="0 0 321 227"'
check "--size: a PDF" sized pdf 'MediaBox \[ 0 0 240 170 \]'
check "nca-census --live: the same with any settings" same svg nca-census --live 3 run.zst
check "nca-lineage --live: a picture of no life" little nca-lineage --stats --live 1 'dead two.zst'

# pipelines/*.gp, from the tables of a stream
thrice() { # as the spread of runs that are all the same
    awk -F '\t' -v OFS='\t' '{ line = $1
        for (i = 2; i <= NF; i++)
            line = line OFS (NR > 1 ? $i OFS $i OFS $i : $i "_low" OFS $i "_mean" OFS $i "_high")
        print line }'
}
tables() { # tables STREAM OTHER: in the directory of the stream's name
    local dir=${1%.zst} set
    nca-measure -d "$dir" "$1" && nca-hill --tsv -o "$dir/hill.tsv" "$1" &&
        nca-activity --tsv -o "$dir/activity.tsv" "$1" &&
        nca-fate --tsv -o "$dir/fate.tsv" "$1" &&
        nca-lineage --stats --tsv -o "$dir/lineage.tsv" "$1" &&
        nca-species --muller --tsv -o "$dir/muller.tsv" "$1" &&
        nca-census --tsv -o "$dir/other.tsv" "$2" || return
    nca-diff --tsv -o "$dir/1.tsv" "$1" "$2"
    awk -F '\t' -v OFS='\t' 'NR == 1 { print $1, "apart", $2, $3, $4, $5; next }
        { print $1, ($2 + $3 + $4 + $5 > 0), $2, $3, $4, $5 }' "$dir/1.tsv" >"$dir/sensitivity.tsv"
    awk -F '\t' -v OFS='\t' 'NR == 1 { print $1, "gep_min", "gep_mean", "gep_max"; next }
        { print $1, $2, $2, $2 }' "$dir/entropy.tsv" >"$dir/envelope.tsv"
    nca-lineage --stats --tsv "$1" | thrice >"$dir/inf.stats.tsv"
    nca-measure --only ctfp,entropy,gcvp,clogv,ghc,rwsp,census --tsv "$1" |
        thrice >"$dir/inf.measures.tsv"
    cut -f 1,2 "$dir/census.tsv" | sed '1s/alive/clades/' | thrice >"$dir/inf.founders.tsv"
    nca-modes --component functional --interval 2 --tsv "$1" | awk -F '\t' -v OFS='\t' \
        '{ print $0, $2, (NR == 1 ? "excess" : $3) }' | sed '1s/persistent\texcess/lines\texcess/' |
        thrice >"$dir/long1.modes.tsv"
    for set in blind-long1 long9 blind-long9 long17 blind-long17; do
        cp "$dir/long1.modes.tsv" "$dir/$set.modes.tsv"
    done
    nca-fate --horizon 2 --tsv "$1" | awk -F '\t' -v OFS='\t' '
        !/^#/ { print $2 + 1, $3, $6, $6, $6, $6, $6, $6, $9 < 0.1 }' >"$dir/4.fate.tsv"
    for set in 2 ip inf; do cp "$dir/4.fate.tsv" "$dir/$set.fate.tsv"; done
    for set in 4 8 16 ip ppp calm season; do
        cp "$dir/inf.stats.tsv" "$dir/$set.stats.tsv"
        cp "$dir/inf.measures.tsv" "$dir/$set.measures.tsv"
        cp "$dir/inf.founders.tsv" "$dir/$set.founders.tsv"
    done
    cut -f 1,2,6 "$dir/sensitivity.tsv" | thrice >"$dir/twins1.tsv"
    for set in 9 17; do cp "$dir/twins1.tsv" "$dir/twins$set.tsv"; done
}
for stream in run "${little[@]}"; do
    check "tables of $stream.zst" tables "$stream.zst" \
        "$([ "$stream" = run ] && echo other || echo "$stream").zst"
done
restyled() { # restyled HOME FORMAT PLOT DIR [ASSIGNMENT...]
    rm -f picture "$4"/{question?,landscape}.png
    (cd "$1" && HOME=$PWD gnuplot -e "dir='../$4'; format='$2'; output='../picture'; ${*:5}" \
        "$here/pipelines/$3.gp" >../said 2>&1) || { cat said && return 1; }
    [ "$3" != questions ] ||
        find "$4" -regex '.*/\(question.\|landscape\).png' -exec mv {} picture \;
    mv picture "$1.$2"
}
same_plot() { # same_plot FORMAT PLOT [ASSIGNMENT...]
    restyled plain "$1" "$2" run "${@:3}" && restyled hostile "$1" "$2" run "${@:3}" &&
        cmp <(grep -av CreationDate "plain.$1") <(grep -av CreationDate "hostile.$1")
}
every() { # every DESCRIPTION COMMAND...: with each plot, and what it needs
    local plot
    for plot in census ctfp genotypes phenotypes scatter species envelope activity hill muller \
        lineage \
        'compare tables="census.tsv other.tsv"' 'sensitivity pairs=1' \
        'multiples experiments="envelope"; columns="1"; most=0' \
        'multiples experiments="census"; columns="1 2"; most=1'; do
        check "${plot%% *}.gp: $1" "${@:2}" $plot
    done
}
every "the same with any settings" same_plot svg
check "scatter.gp: a PNG that is the same with any settings" same_plot png scatter
check "census.gp: a PDF that is the same with any settings" same_plot pdf census
for question in 1 2 3 4 5 6 7 8; do
    check "questions.gp $question: the same with any settings" \
        same_plot png questions "question=$question; last=8; long=8"
done
little_plot() { # little_plot DIR PLOT [ASSIGNMENT...]
    restyled plain svg "$2" "$1" "${@:3}" && [ "$(head -c 5 plain.svg)" = '<?xml' ]
}
for stream in "${little[@]}"; do
    every "a picture of $stream.zst" little_plot "$stream"
    for question in 1 2 3 4 5 6 7 8; do
        check "questions.gp $question: a picture of $stream.zst" \
            restyled plain png questions "$stream" "question=$question; last=8; long=8"
    done
done
in_c_locale() { # which has no degree sign
    nca-census --svg c.svg run.zst >c.gp && LC_ALL=C.UTF-8 gnuplot c.gp 2>warnings &&
        mv c.svg utf8.svg && LC_ALL=C gnuplot c.gp 2>warnings && [ ! -s warnings ] &&
        cmp c.svg utf8.svg && return
    cat warnings
    return 1
}
check "in the C locale: the same picture, and no warning" in_c_locale
finish
