# What the scripts in this folder share; they source it after set -euo pipefail.
# shellcheck shell=bash disable=SC2034,SC2154 # variables are those of who sources this

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
name=${0##*/}
command -v nca-info >/dev/null || PATH=$PATH:$here/../build/bin
measures="ctfp entropy gcvp clogv ghc rwsp cnwa census"

fail() { # fail STATUS MESSAGE
    echo "$name: $2" >&2
    exit "$1"
}

# Every job is a process group of its own: to stop it is to stop all that it started. While set -m
# lasts, bash takes what is only suspended, as Slurm does to jobs, for ended.
started=() parts=()
use_scratch() { # use_scratch DIRECTORY.XXXXXX: one that is gone, as the jobs are, at the end
    scratch=$(mktemp -d -- "$1")
    trap 'kill_jobs; rm -rf "$scratch"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    mkdir "$scratch/pipes"
}
kill_jobs() { # without their last words: what they have made goes, too
    local job
    exec 2>/dev/null
    for job in $(jobs -p); do
        kill -KILL -- "-$job" || true
    done
    wait || true
}

start() { # start COMMAND...: beside the others
    set -m
    "$@" &
    set +m
    started+=($!) parts+=("$*")
}
reader() { # reader COMMAND...: likewise, on a pipe of its own that feed writes to
    local pipe=$scratch/pipes/${#started[@]}
    mkfifo "$pipe"
    set -m
    "$@" <"$pipe" &
    set +m
    started+=($!) parts+=("$*")
}
feed() { # copies standard input to the readers and to standard output; one that ends stops no other
    tee -p "$scratch"/pipes/*
}
finish() { # finish CONSEQUENCE: waits for all that was started; as soon as it finds that a part
    # failed, ends with its name, its status and what comes of that. The last comes first: where
    # feed fails, the readers may wait for ever.
    local i status
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do
        wait "${started[i]}" && continue
        status=$?
        fail 1 "${parts[i]//[[:cntrl:]]/?}: status $status; $1"
    done
    started=() parts=()
}

# video VIEW SCALE [FFMPEG-OUTPUT]...: VIEW.mp4, for any browser, in the current directory. HD
# players take any file for BT.709, so it is that, and says so.
video() {
    nca-render --view "$1" --scale "$2" |
        ffmpeg -nostdin -loglevel error -y -i - -vf scale=out_color_matrix=bt709:out_range=tv \
            -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv \
            -c:v libx264 -preset veryfast -crf 26 -pix_fmt yuv420p -movflags +faststart "$1.mp4" \
            "${@:3}"
}

# tables MEASURE RUN...: the tables $scratch/1.tsv, 2.tsv and so on, of as many runs at a time as
# there are cores.
tables() {
    local measure=$1 run cores n=0
    cores=$(nproc)
    shift
    for run; do
        start "nca-$measure" --tsv -o "$scratch/$((++n)).tsv" -- "$run"
        ((n <= cores)) || wait "${started[n - cores - 1]}" || true # finish tells
    done
    finish "there is nothing to show"
}

# spread TABLE...: least, mean and most of each column over several tables, for each generation.
spread() {
    local column n=2 operations=()
    printf '# generation'
    for column in $(head -n 1 -- "$1" | cut -f 2-); do
        printf '\t%s_min\t%s_mean\t%s_max' "$column" "$column" "$column"
        operations+=(min "$n" mean "$n" max "$n")
        ((++n))
    done
    echo
    # datamash computes with long doubles: 17 digits give back every number as it came
    cat -- "$@" | grep -v '^#' | LC_ALL=C sort -s -n -k 1,1 |
        LC_ALL=C datamash --format %.17g -g 1 "${operations[@]}"
}

# plot_options ARGUMENT...: for scripts that draw one measure; sets measure (if there is a -m),
# format and output as style.gp has them (empty where no plot is asked for), and operands.
plot_options() {
    local all
    all=$(getopt -n "$name" -o hm: -l help,measure:,plot,png:,svg:,pdf: -- "$@" 2>&1) ||
        fail 2 "$(head -n 1 <<<"${all#"$name: "}"); try '$name --help'"
    eval set -- "$all"
    format='' output=''
    while [ "$1" != -- ]; do
        case $1 in
        -h | --help) echo "$help" && exit ;;
        -m | --measure) measure=$2 && shift ;;
        --plot) format=plot ;;
        *) format=${1#--} output=$2 && shift ;;
        esac
        shift
    done
    shift
    operands=("$@")
}
need_measure() { # need_measure NAME
    [[ " $measures " == *" $1 "* ]] || fail 2 "$1: not one of ${measures// /, }"
}

# plot ARGUMENT...: gnuplot, in a locale that has all signs; it need not warn of one generation
# alone, of what stays the same and of what is left out.
plot() {
    LC_ALL=C.UTF-8 gnuplot "$@" \
        2> >(grep -v -e '^Warning: empty . range' -e 'no valid points$' >&2)
}

# draw PLOT TABLE [ASSIGNMENTS]: has PLOT.gp draw from $scratch, where TABLE is, into $output.
draw() {
    local quote="'" header
    header=$(head -n 1 "$scratch/$2" | cut -c 3- | tr '\t' ' ')
    plot -e "dir='${scratch//$quote/$quote$quote}'; header='$header'; format='$format'" \
        -e "output='${output//$quote/$quote$quote}'; ${3:-}" "$here/$1.gp"
}
