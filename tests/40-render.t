#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Pictures: their sizes, their number, every pixel, and that other programs take them.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
bin=${BUILD:-build}/bin
find_python

# Three channels on a tanh board; a square where ages have no end; streams that lack sections;
# generation 0 alone.
run=$scratch/run.zst square=$scratch/square.zst seed=$scratch/seed.zst out=$scratch/out
short=$scratch/short.zst
"$bin/nca-seed" -W 7 -H 3 --channels 3 --init 0.5 --activation tanh --alpha 0 --ip 0.4 --ppp 0.3 |
    "$bin/nca-step" -n 20 -o "$run"
"$bin/nca-seed" -W 30 -H 30 --init 0.2 --budget inf | "$bin/nca-step" -n 20 -o "$square"
"$bin/nca-cat" --generations 0:6 "$square" -o "$short"
"$bin/nca-step" -n 3 --sections state "$run" -o "$scratch/state.zst"
"$bin/nca-step" -n 3 --sections genomes "$run" -o "$scratch/genomes.zst"
"$bin/nca-seed" -W 7 -H 3 --init 0.5 -o "$seed"

render() {
    "$bin/nca-render" "$@" >"$out"
}

picture() {
    "$python" tests/pictures.py "$@"
}

all_views=(--no-annotate --view 'channels,ages,ghc,rwsp,cnwa' --colormap gray --digits 2)

pixels() {
    render --format ppm "${all_views[@]}" --scale 4 --weights 40,1,30 "$1" &&
        picture pixels "$out" "$1" 4
}
check "every pixel of every view" pixels "$run"
check "every pixel of every view, with an infinite budget" pixels "$square"

genotypes() {
    "$bin/nca-seed" -W 50 -H 40 --init "$1" --ip 0.5 --ppp 0.1 |
        "$bin/nca-step" --until "$2" -o "$scratch/genotypes.zst" &&
        render --format ppm --no-annotate --scale 1 --view genotypes "$scratch/genotypes.zst" &&
        picture genotypes "$out" "$scratch/genotypes.zst"
}
clades() { # clades STREAM [OPTION...]: of founders, also where generations are left out
    render --format ppm --no-annotate --scale 1 --view clades "${@:2}" "$1" &&
        picture clades "$out" "$1"
}
"$bin/nca-step" -n 20 --every 6 "$square" -o "$scratch/gaps.zst"
"$bin/nca-seed" -W 20 -H 20 --channels 1 --init 0.3 --ip 0.4 --alpha 0.3 |
    "$bin/nca-step" -n 30 -o "$scratch/ownerless.zst"
check "territories of founders" clades "$square"
check "territories of founders, with generations left out" clades "$scratch/gaps.zst"
check "territories of founders, and births of no genome" clades "$scratch/ownerless.zst"
founders() { # stub of gnuplot that keeps its commands
    mkdir "$scratch/kept" &&
        printf '#!/bin/sh\nexec tee %q\n' "$scratch/commands" >"$scratch/kept/gnuplot" &&
        chmod +x "$scratch/kept/gnuplot" &&
        PATH=$scratch/kept:$PATH "$bin/nca-render" --format png --view clades --generations 20 \
            "$square" >"$scratch/figure" && clades "$square" &&
        picture clades "$out" "$square" "$scratch/commands"
}
check "the key of territories: the largest, by their founders" founders
two_runs() {
    "$bin/nca-seed" -W 30 -H 30 --init 0.2 --seed 9 | "$bin/nca-step" -n 25 |
        "$bin/nca-cat" --generations 21: - -o "$scratch/other.zst" &&
        refuses 1 "$bin/nca-render" --view clades "$square" "$scratch/other.zst" &&
        grep -q 'has another genotype' "$scratch/message"
}
check "territories of two runs are refused" two_runs
check "colours of founders' genotypes" genotypes 1 0
check "colours of descendants' genotypes" genotypes 0.5 30

y4m() {
    render "${all_views[@]}" --scale 3 --fps 7 --weights 40,1,30 "$run" &&
        picture y4m "$out" "$run" 3 7
}
check "y4m holds them as full-range BT.601, padded to even sides" y4m

first_generation() {
    render --format ppm --no-annotate --scale 1 --view alpha --colormap "$1" "$seed" &&
        picture first "$out" "$seed" "$1"
}
for map in magma viridis gray; do
    check "the living at the top of $map, the dead black" first_generation $map
done

sizes() {
    render --format ppm --no-annotate --scale 1 --view alpha <"$seed" &&
        head -c 11 "$out" | cmp - <(printf 'P6\n7 3\n255\n') &&
        render --no-annotate --view alpha - <"$seed" &&
        head -n 2 "$out" | cmp - <(printf '%s\n' \
            'YUV4MPEG2 W596 H256 F25:1 Ip A1:1 C444 XCOLORRANGE=FULL' FRAME)
}
check "sizes: odd ones in ppm, even ones in y4m; a panel of up to 600 pixels" sizes

captions() {
    "$bin/nca-seed" -W "${1%x*}" -H "${1#*x}" --init 0.5 >"$scratch/seeded.zst" &&
        render --format ppm --no-annotate --view alpha "${@:2}" "$scratch/seeded.zst" &&
        mv "$out" "$scratch/panel" &&
        render --format ppm "${@:2}" "$scratch/seeded.zst" &&
        picture frame "$out" "$scratch/panel" 2
}
for size in 1x1 1x7 7x1 30x30 30x3 900x2; do
    check "the caption has its place: $size" captions $size
    check "the caption has its place at scale 1: $size" captions $size --scale 1
done

# The lines of text in ansi pictures.
text() {
    sed 's/\x1b\[H/\n/g; s/\x1b\[[0-9;?]*[A-Za-z]//g' "$out" | sed 's/^ *//; s/ *$//' |
        grep '^[a-z]'
}

caption_counts() {
    "$bin/nca-census" --tsv "$square" | awk '!/^#/ {
        printf "generation %d   alive %3d   genomes %3d\n", $1, $2, $3
        printf "cell sd %.4f   genome sd %.4f\nalpha                           hidden 1\n", $8, $9
    }' >"$scratch/expected"
    render --format ansi "$square" && text | diff - "$scratch/expected"
}
check "the caption has the numbers of nca-census" caption_counts

large_deviation() { # of genomes, in as many letters as any other
    "$python" -c 'import numpy, sys
genomes = numpy.zeros((1, 3, 7, 12), "<f4")
genomes[0, 0] = 1e30 * numpy.arange(12)
numpy.save(sys.argv[1] + "/genomes.npy", genomes)
numpy.save(sys.argv[1] + "/state.npy", numpy.ones((1, 1, 3, 7), "<f4"))' "$1" &&
        "$bin/nca-import" --npy "$1" -o "$scratch/wide.zst" &&
        render --format ansi --view alpha "$scratch/wide.zst" &&
        text | grep -E 'genome sd [0-9]\.[0-9]{3}e\+30( |$)'
}
mkdir "$scratch/arrays"
check "the caption has room for any number" large_deviation "$scratch/arrays"

caption_leaves_out() {
    render --format ansi --view alpha "$scratch/state.zst" &&
        [ "$(text | sed 's/[0-9. ][0-9. ]*/ /g' | sort -u | paste -sd,)" = \
            "alive cell sd ,alpha,generation " ] &&
        render --format ansi --view ghc,rwsp "$scratch/genomes.zst" &&
        [ "$(text | sed 's/[0-9. ][0-9. ]*/ /g' | sort -u | paste -sd,)" = \
            "generation ,genomes genome sd ,ghc rwsp" ]
}
check "the caption leaves out what the stream lacks" caption_leaves_out
check "--view ghc is refused where its section is missing" \
    refuses 1 "$bin/nca-render" --view ghc "$scratch/state.zst"
check "--view ghc without genomes: the message names the sections needed" \
    grep -q -- '--sections genomes,state' "$scratch/message"
check "--view genotypes is refused where its section is missing" \
    refuses 1 "$bin/nca-render" --view genotypes "$scratch/state.zst"
check "--view cnwa is refused where its section is missing" \
    refuses 1 "$bin/nca-render" --view cnwa "$scratch/state.zst"
check "--view ages is refused where its section is missing" \
    refuses 1 "$bin/nca-render" --view alpha,ages "$scratch/state.zst"
check "--view alpha is refused where its section is missing" \
    refuses 1 "$bin/nca-render" --view alpha "$scratch/genomes.zst"

ansi() {
    render --format ansi --no-annotate --view alpha "$seed" && picture ansi "$out" "$seed"
}
check "ansi: two cells a character" ansi

on_a_terminal() {
    local begin=$EPOCHREALTIME
    script -qec "'$bin/nca-render' --format ansi --fps 10 '$scratch/state.zst'" /dev/null >"$out" &&
        [ $((${EPOCHREALTIME/./} - ${begin/./})) -ge 300000 ] &&
        [ "$(grep -c $'\x1b\\[H' "$out")" -eq 4 ]
}
check_terminal "ansi: keeps its pace on a terminal" on_a_terminal

"$bin/nca-seed" -W 90 -H 75 --init 0.5 | "$bin/nca-step" -n 2 -o "$scratch/large.zst"
in_terminal() { # in_terminal LINES COLUMNS OPTION...: ansi of a large grid, without colours
    script -qec "stty rows $1 cols $2 && '$bin/nca-render' --format ansi --fps 100 ${*:3} \
        '$scratch/large.zst'" /dev/null </dev/null | tr -d '\r' >"$out" &&
        sed -E 's/\x1b\[H/\f/g; s/\x1b\[[0-9;?]*[A-Za-z]//g; s/▀/#/g' "$out" >"$out.text"
}
# Three pictures of so many lines, one in the place of the other, with a whole caption; cells are
# shown in so many lines and columns.
shows() { # shows LINES CELL-LINES CELL-COLUMNS
    awk -v lines="$1" -v rows="$2" -v columns="$3" 'BEGIN { RS = "\f" }
        NR > 1 {
            sub(/\n+$/, "")
            count = split($0, line, "\n")
            most = 0
            for (i = count - rows + 1; i <= count; i++) {
                sub(/ +$/, "", line[i])
                most = length(line[i]) > most ? length(line[i]) : most
            }
            print count, most - 1 # a column of margin
            bad += count != lines || most - 1 != columns || line[count - rows] !~ /^ alpha/
            bad += !/generation [0-2] .*alive .*genomes .*cell sd .*genome sd /
        }
        END { exit bad || NR != 4 }' "$out.text"
}
smaller() { # by 2 or, side by side, by 3; a line is left for a prompt
    in_terminal 24 80 --view alpha && shows 23 20 45 && in_terminal 24 80 && shows 16 13 62
}
cropped() {
    in_terminal 20 50 --view alpha --scale 1 && shows 19 15 49
}
mean() { # of the light of up to four cells, white or black
    "$bin/nca-seed" -W 60 -H 60 --init 0.5 -o "$scratch/large.zst" &&
        in_terminal 24 80 --view alpha --no-annotate --colormap gray &&
        diff <(printf '%s\n' 0 128 180 221 255) \
            <(grep -ao '[34]8;2;[0-9;]*m' "$out" | cut -d ';' -f 3 | sort -u)
}
check_terminal "ansi: a large grid is shown smaller on a terminal" smaller
check_terminal "ansi: with --scale it is cut off" cropped
check_terminal "ansi: the mean colour of cells" mean
as_ever() {
    "$bin/nca-render" --format ansi --view alpha "$scratch/state.zst" >"$out" &&
        "$bin/nca-render" --format ansi --view alpha --scale 1 "$scratch/state.zst" | cmp - "$out"
}
check "ansi into a file does not depend on a terminal" as_ever

no_terminal() {
    ! script -qec "'$bin/nca-render' '$run'; echo status \$?" /dev/null | tee "$out" | grep FRAME &&
        grep -q 'is a terminal' "$out" && grep -q 'status 2' "$out"
}
check_terminal "y4m is not for terminals" no_terminal

film() {
    "$bin/nca-render" "$short" | ffmpeg -v error -y -i - "$scratch/film.mp4" &&
        ffprobe -v error -count_packets -of csv=p=0 \
            -show_entries stream=width,height,r_frame_rate,nb_read_packets "$scratch/film.mp4" |
        grep -x 1248,692,25/1,7
}
check "ffmpeg makes a video of it, with no option" film

# manual_line NAME: the example of the manual that makes this file, run on run.zst.
manual_line() {
    (cd "$scratch" && PATH=$(cd "$OLDPWD" && cd "$bin" && pwd):$PATH &&
        bash -euo pipefail -c "$(sed 's/\\-/-/g; s/\\e/\\/g' "$OLDPWD/bin-src/nca-render.1" |
            awk -v name="$1" '/^\.EX/ { text = ""; next }
                /^\.EE/ && index(text, name) { print text } { text = text "\n" $0 }' |
            sed 's/ffmpeg/ffmpeg -v error -y/')")
}
for_players() {
    manual_line "$1" && ffprobe -v error -count_packets -of csv=p=0 \
        -show_entries stream=codec_name,profile,width,height,pix_fmt,nb_read_packets \
        "$scratch/$1" | grep -xE 'h264,High,[0-9]*[02468],[0-9]*[02468],yuv420p,21'
}
check "the manual's line makes a video for browsers, QuickTime and slides" for_players run.mp4
check "the manual's line makes a smaller one" for_players small.mp4
animated() {
    manual_line run.gif && ffprobe -v error -count_packets -of csv=p=0 \
        -show_entries stream=codec_name,width,height,r_frame_rate,nb_read_packets \
        "$scratch/run.gif" | grep -x 'gif,198,100,10/1,21'
}
check "the manual's line makes an animated GIF" animated

# Figures
to_ppm() {
    ffmpeg -v error -y -i "$1" -f image2pipe -c:v ppm - >"$1.ppm"
}
cells_of() { # cells_of OPTION...: the cells alone
    "$bin/nca-render" --format ppm --no-annotate "$@" >"$scratch/cells"
}
exact() { # exact STREAM OPTION...
    "$bin/nca-render" --format png --generations 2 "${@:2}" "$1" -o "$scratch/figure.png" &&
        to_ppm "$scratch/figure.png" && cells_of --generations 2 "${@:2}" "$1" &&
        picture within "$scratch/figure.png.ppm" "$scratch/cells"
}
check "png: exact cells" exact "$square" --view alpha
check "png: exact cells, without axes" exact "$square" --view ages --no-axes --no-annotate
check "png: exact cells of 7 x 3" exact "$run" --view ghc --scale 11
for size in 1x1 1x7 7x1; do # of which gnuplot would draw nothing
    "$bin/nca-seed" -W "${size%x*}" -H "${size#*x}" --init 1 |
        "$bin/nca-step" -n 2 -o "$scratch/$size.zst"
    check "png: exact cells of $size" exact "$scratch/$size.zst" --view genotypes
done
keys() {
    "$bin/nca-render" --format ppm --axes --view alpha --colormap gray --generations 2 \
        "$square" >"$out" && picture bar "$out" 600 && cells_of --view alpha --colormap gray \
        --generations 2 "$square" && picture within "$out" "$scratch/cells" &&
        cells_of --view cnwa -k 12 "$seed" && # of which 10 cells have a genome
        "$bin/nca-render" --format ppm --axes --view cnwa -k 12 "$seed" >"$out" &&
        picture key "$out" "$scratch/cells" 661166 &&
        "$bin/nca-render" --format png --view cnwa -k 12 --generations 0 "$seed" \
            >"$scratch/key.png" &&
        to_ppm "$scratch/key.png" && picture key "$scratch/key.png.ppm" "$scratch/cells" 661166
}
check "--axes: a bar of all colours, and all species" keys
for size in 1x1 1x7 7x1 30x3 900x2; do
    check "--axes has its place: $size" eval "
        '$bin/nca-seed' -W ${size%x*} -H ${size#*x} --init 0.5 --channels 3 --budget inf |
            '$bin/nca-render' --format ppm --axes --view channels,ages,cnwa,clades -k 32 >'$out' &&
            '$bin/nca-render' --format ppm --axes --no-annotate --scale 1 '$seed' >'$out'"
done
pages() {
    "$bin/nca-render" --format pdf --generations 2 "$square" >"$out" &&
        head -c 5 "$out" | grep -q '^%PDF-' && ! grep -qa 'Interpolate true' "$out" &&
        [ "$(grep -ac '/Width [0-9][0-9]' "$out")" -eq 2 ] # and colour bars
}
check "pdf: a page with an image for each panel, without interpolation" pages
one_each() {
    local want=$scratch/n-004
    "$bin/nca-render" --format png --view alpha --generations 2:6:2 "$short" \
        -o "$scratch/n-%03d.png" &&
        [ "$(cd "$scratch" && echo n-*)" = "n-002.png n-004.png n-006.png" ] &&
        "$bin/nca-render" --format png --view alpha --generations 4 "$short" | cmp - "$want.png"
}
check "a name with a number: a figure of each generation" one_each
refused_figures() {
    refuses 2 "$bin/nca-render" --format png "$run" -o "$scratch/x.png" &&
        grep -q 'give --generations G, or a name' "$scratch/message" &&
        for name in %s.png %d%d.png %.png %99d.png %4294967301d.png; do
            refuses 2 "$bin/nca-render" --format png "$run" -o "$scratch/$name" || return
        done
    refuses 2 "$bin/nca-render" --axes --format ansi "$run" &&
        refuses 1 "$bin/nca-render" --format png --generations 99 "$run" -o "$scratch/x.png" &&
        grep -q 'has no such generation' "$scratch/message" && [ ! -e "$scratch/x.png" ] &&
        cp "$run" "$scratch/same.png" && refuses 2 "$bin/nca-render" --format png \
        --generations 1 "$scratch/same.png" -o "$scratch/same.png" && cmp "$run" "$scratch/same.png"
}
check "figures that cannot be are refused" refused_figures
without_gnuplot() {
    mkdir "$scratch/stub"
    PATH=$scratch/stub refuses 1 "$bin/nca-render" --format png --generations 1 "$run" &&
        grep -q 'gnuplot, which draws png and pdf: No such file' "$scratch/message" || return
    printf '#!/bin/sh\nexit 3\n' >"$scratch/stub/gnuplot" && chmod +x "$scratch/stub/gnuplot"
    PATH=$scratch/stub:$PATH refuses 1 "$bin/nca-render" --format png --generations 1 "$run" &&
        grep -q 'gnuplot could not draw the figure' "$scratch/message"
}
check "without gnuplot, or if it fails, the message says so" without_gnuplot

colours_survive() {
    "$bin/nca-render" --view channels,ghc --scale 8 "$short" |
        ffmpeg -v error -i - -f rawvideo -pix_fmt rgb24 - >"$scratch/raw" &&
        render --format ppm --view channels,ghc --scale 8 "$short" &&
        picture raw "$out" "$scratch/raw"
}
check "colours survive ffmpeg" colours_survive

truncated() {
    render --format ppm "$square" && head -c -700 "$square" >"$scratch/cut.zst" &&
        refuses 1 "$bin/nca-render" --format ppm "$scratch/cut.zst" &&
        picture count "$scratch/refused" 20 20 && grep -q truncated "$scratch/message" &&
        cmp -n "$(stat -c %s "$scratch/refused")" "$scratch/refused" "$out"
}
check "all complete generations of a truncated stream are drawn" truncated

interrupted() {
    local status writer
    mkfifo "$scratch/pipe"
    "$bin/nca-seed" -W 40 -H 40 --init 0.1 | "$bin/nca-step" -n 0 -o "$scratch/pipe" &
    writer=$!
    : >"$out" # no picture of before
    "$bin/nca-render" --format ppm --no-annotate --scale 1 "$scratch/pipe" >"$out" &
    soon [ -s "$out" ]
    sleep 0.1
    kill -TERM $!
    wait $!
    status=$?
    kill "$writer" # waits for ever to open the pipe, if there never was a reader
    wait
    [ "$status" -eq 143 ] && picture count "$out" 1 1000000
}
check "interrupted, it ends with a whole picture" interrupted

full() {
    "$bin/nca-render" "$@" "$run" >/dev/full
}
for format in y4m ppm ansi; do
    check "$format on a full disk" refuses 1 full --format $format
done
check "png on a full disk" refuses 1 full --format png --generations 1
check "a full disk: the message names standard output" \
    grep -q 'standard output: No space' "$scratch/message"
check "png on a full disk, by its name" \
    refuses 1 "$bin/nca-render" --format png --generations 1 "$run" -o /dev/full
check "a file that does not exist is refused" refuses 1 "$bin/nca-render" "$scratch/nothing"
check "too large a picture is refused" refuses 1 "$bin/nca-render" --scale 20000 "$run"

nine=alpha,alpha,alpha,alpha,alpha,alpha,alpha,alpha,alpha
for wrong in --view=cells '--view=channels,' --view=$nine,$nine --format=gif --scale=0 --scale=1.5 \
    --fps=0 --colormap=jet --weights=1,2 --weights=1,2,2 --weights=1,2,96 --digits=4 \
    --species=0 --species=33 -kx --nonsense; do
    check "wrong usage: $wrong" refuses 2 "$bin/nca-render" "$wrong" "$run"
done
finish
