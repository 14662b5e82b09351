#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: check
# Every command in README.md, in its order, in one directory, as written but for what reduced()
# makes smaller. "make demo" and "make check" are run by tests/long, in its part "bare".
# shellcheck disable=SC2016,SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
. tests/tap.sh
find_python
root=$PWD built=$(cd "${BUILD:-build}" && pwd)
PATH=$(cd "${BUILD:-build}/bin" && pwd):$root/pipelines:$PATH
export PYTHONPATH=$root/pipelines/python
unset DISPLAY WAYLAND_DISPLAY GNUTERM MAKEFLAGS
exec </dev/null

# One a line: what is indented by four blanks, joined with what continues it, but for Python; and
# what stands in backquotes in the text and names a file that nca reads or has.
commands() {
    sed -n '/^    import/,/^$/d; /^    /{s/^    //; s/[[:blank:]]*#.*//; p}' README.md |
        sed -e ':a' -e '/|$/{N; s/\n */ /; ba' -e '}'
    grep -oE '`(zstd|man) [^`]*`' README.md | tr -d '`'
}
# Fewer generations and cells, fewer runs; what goes on for ever has an end.
reduced() {
    sed -E 's/^make /make -n DEPS=no -C "$root" /
        s/^export PATH=.PWD/export PATH=$root/
        s/-n 0 /-n 30 /; s/-n ([0-9]+)00 /-n 20 /g; s/-n ([0-9]+)00$/-n 20/; s/-g 300/-g 20/
        s/--until 2000/--until 60/; s/--every 500/--every 10/; s/2700:2720/66:68/
        s/--generations 300/--generations 20/; s/-W 300 -H 200/-W 30 -H 20/
        s/-W 150 -H 100/-W 30 -H 20/; s/(nca-seed)( \||( --budget [0-9]+) \|)/\1 -W 30 -H 20\3 |/
        s/--vary/-j 2 --vary/; s/-s 1-3/-s 1-2/
        s/-e 1-24 -s 1-10/-e 17 -s 1 -g 4/; s/--png twins.png/--seeds 2 -n 4 &/
        s/--experiment 9/& -W 15 -H 15/; s/my.tsv DIR/my.tsv cluster/
        s/^nca-questions$/& --seeds 2 -n 3 --size 9 answers/
        s/small-runs -s 1-2/small-runs -e ppp0.02-init0.02-layer2-b4-i0.050 -s 1 -g 3/
        s,pipelines/,$root/pipelines/,; s/bin-src/$root\/&/; s,build/man,$built/man,
        s/( )DIR/\1thesis-run/' <<<"$1"
}

cd "$scratch" || exit
mkdir stub thesis-run
printf '#!/bin/sh\necho 1\n' | tee stub/sbatch >stub/xdg-open
chmod +x stub/*
PATH=$scratch/stub:$PATH
for name in a b seed1 seed2; do # the reader's own
    nca-seed -W 30 -H 20 --init 0.1 --seed 1 | nca-step -n 5 -o $name.zst
done
printf 'experiment\tinit\nmine\t0.1\n' >my.tsv
zstd -dc "$root/tests/thesis-cases.tar.zst" | tar x
mv runpy-order/* thesis-run

run() {
    root=$root built=$built timeout $((120 * SLOW)) bash -c "$1" >shown
}
n=0
while read -r line; do
    [ "$line" ] || continue
    if [[ $line == man* ]] && ! command -v man >/dev/null; then
        skip "$line" "no man"
        continue
    fi
    check "$line" run "$(reduced "$line")"
    [[ $line != cut* ]] || cp shown cut
    ((++n))
done < <(cd "$root" && commands)
check "there are commands" [ "$n" -gt 50 ]

python_block() { # but for tables, where there is no pandas
    (cd "$root" && sed -n '/^    import nca/,/^$/s/^    //p' README.md) |
        sed 's/width=200,/width=30, height=20,/; s/=300/=5/' >block.py
    "$python" -c 'import pandas' 2>/dev/null || sed -i '/pandas/d' block.py
    "$python" block.py && [ "$(wc -l <block.py)" -ge 3 ]
}
check "the lines of Python" python_block
plays() { # in browsers, QuickTime and slides
    ffprobe -v error -of csv=p=0 -show_entries stream=codec_name,pix_fmt,width,height run.mp4 |
        grep -xE 'h264,[0-9]*[02468],[0-9]*[02468],yuv420p'
}
check "the video is H.264 in 4:2:0, of even size" plays
made() { # made MAGIC FILE...
    local file
    for file in "${@:2}"; do [[ $(file -b "$file") == "$1"* ]] || { file "$file"; return 1; }; done
}
check "the pictures are there" made "PNG image" {gep,diversity,waves,ghc,twins}.png
check "the plots are there" made "SVG Scalable" spread.svg
check "the plot in PDF is there" made "PDF document" run-report/genotypes.pdf
check "the question has a row for each budget" [ "$(grep -c '^budget' diversity/summary.tsv)" = 3 ]
mean() { # in the columns that the question cuts out
    head -n 1 cut | grep -x $'# experiment\tgenotypes_mean\tgenotypes_sd'
}
check "the question's columns are those of genotypes" mean
finish
