# SPDX-License-Identifier: MIT
# What the scripts in this folder share; each begins by sourcing it.
# shellcheck shell=bash disable=SC2034,SC2154 # variables are those of who sources this

# The user's shell, its options and functions have no say: bash -p takes none of the environment's.
# Whatever was started, this much is read by any shell.
case ${BASH_VERSION:-}:$- in
?*:*p*) ;;
*) exec bash -p -- "$0" "$@" ;;
esac
set +o posix
set -euo pipefail
# Nothing is read from a terminal: a background job that only asks for its settings, as gnuplot 6
# does, is stopped.
[ ! -t 0 ] && { true 3<&0; } 2>/dev/null || exec </dev/null
{ true 3>&1; } 2>/dev/null || exec >/dev/null
{ true 3>&2; } 2>/dev/null || exec 2>/dev/null

# Nor have the settings of the programs used here. Numbers have points, and bytes are bytes.
unset "${!PARALLEL@}" POSIXLY_CORRECT GETOPT_COMPATIBLE CDPATH GLOBIGNORE BASH_ENV ENV BASH_COMPAT \
    TMOUT GREP_OPTIONS GREP_COLOR GREP_COLORS GNUTERM GNUPLOT_LIB FIT_LOG FIT_SCRIPT FFREPORT
export LC_ALL=C
umask u=rwx
[ -d "${TMPDIR:-}" ] && [ -w "$TMPDIR" ] || TMPDIR=/tmp
[[ $TMPDIR == /* ]] || TMPDIR=$PWD/$TMPDIR
export TMPDIR
IFS=: read -r -d '' -a places <<<"$PATH:" || true
for place in "${!places[@]}"; do # scripts change directories
    [[ ${places[place]} == /* ]] || places[place]=$PWD/${places[place]}
done
unset 'places[-1]' # here-string's newline
PATH=$(IFS=: && printf %s "${places[*]}")

here=$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")
name=$(realpath -- "$0") # a link of another name is the same command
name=${name##*/}
# The programs that were installed with this; in a source tree, those in PATH, or those built.
if [ -x "$here/../../bin/nca-info" ] && [ ! -e "$here/../Makefile" ]; then
    PATH=$(realpath -- "$here/../../bin"):$PATH
elif ! command -v nca-info >/dev/null; then
    PATH=$PATH:$here/../build/bin
fi
measures="ctfp entropy gcvp clogv ghc rwsp cnwa census"
more_measures="hill activity space lineage" # of sweeps, where they are asked for
more_tables=(hill.tsv activity.tsv space.tsv lineage.tsv)
measure_names="entropy, gcvp, clogv, ghc, rwsp, ctfp, cnwa, census,
hill, activity, space, lineage;
gd: ghc, rwsp and genotypes together; pd: gep, gcvp and clogv together;
gep, gep_living, h or types of entropy; collisions of ghc; alive, genomes, genotypes, births,
deaths, mean_age, cell_sd, genome_sd or genome_sd_carriers of the census;
0.0 to 1.0 of ctfp; species_1 to species_5 or proportion_1 to proportion_5 of cnwa;
columns of nca-hill, nca-activity, nca-space and nca-lineage --stats (not diversity)"

# printable: standard input as text that moves no cursor and that every reader of UTF-8 and XML
# takes: ? for control characters, U+FFFD for bytes that are not UTF-8.
printable() {
    tr '\000-\010\013-\037\177' '?' | awk '
        BEGIN {
            tail = "[\200-\277]"
            good = "^([\303-\337]" tail "|\302[\240-\277]|\340[\240-\277]" tail \
                "|[\341-\354\356]" tail tail "|\355[\200-\237]" tail \
                "|\357([\200-\276]" tail "|\277[\200-\275])|\360[\220-\277]" tail tail \
                "|[\361-\363]" tail tail tail "|\364[\200-\217]" tail tail ")"
        }
        {
            shown = ""
            while (match($0, /[\200-\377]/)) {
                shown = shown substr($0, 1, RSTART - 1)
                $0 = substr($0, RSTART)
                if (match($0, good)) shown = shown substr($0, 1, RLENGTH)
                else if (match($0, /^\302[\200-\237]/)) shown = shown "?"
                else { shown = shown "\357\277\275"; RLENGTH = 1 }
                $0 = substr($0, RLENGTH + 1)
            }
            print shown $0
        }'
}
# html: standard input as text in a page, in attributes, too.
html() {
    printable | sed "s/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g; s/\"/\&quot;/g; s/'/\&#39;/g"
}

# Progress is for terminals, and for what takes longer than two seconds: a line that the next one
# replaces.
shown=''
progress() { # progress TEXT
    [ -t 2 ] && ((SECONDS >= 2)) || return 0
    printf '\r%-*s' "${#shown}" "$name: $1" >&2
    shown="$name: $1"
}
end_progress() {
    [ -z "$shown" ] || printf '\r%*s\r' "${#shown}" '' >&2
    shown=''
}
duration() { # duration SECONDS: in words
    if (($1 < 100)); then
        echo "$1 s"
    elif (($1 < 6000)); then
        echo "$((($1 + 30) / 60)) min"
    else
        echo "$((($1 + 1800) / 3600)) h"
    fi
}

note() { # note MESSAGE: a line on standard error
    end_progress
    printf '%s\n' "$name: ${1//$'\n'/?}" | printable >&2
}
fail() { # fail STATUS MESSAGE
    note "$2"
    exit "$1"
}
# sort_options LETTERS NAMES ARGUMENT...: the arguments as getopt(1) sorts them, quoted for eval, in
# $sorted. What is wrong with them is said as the programs say it (common/options.c).
sort_options() {
    local fault option near many
    sorted=$(getopt -n "$name" -o "$1" -l "$2" -- "${@:3}" 2>&1) && return
    fault=$(head -n 1 <<<"${sorted#"$name: "}")
    option=${fault#*\'} option=${option%\'*}
    case $fault in
    unrecognized*)
        near=$(nearest "${option#--}" <<<"${2//[:,]/ }")
        [ -z "$near" ] || try="did you mean --$near?"
        fail 2 "$option: unrecognized option; $try"
        ;;
    invalid*) fail 2 "-$option: unrecognized option; $try" ;;
    *ambiguous*)
        many=${fault##*: } many=${many//\'/}
        fail 2 "${option%%\'*}: ambiguous: one of ${many// /, }"
        ;;
    *allow*) fail 2 "${option%\'*}: takes no argument; $try" ;;
    *--\ *) fail 2 "-$option: needs an argument; $try" ;;
    *) fail 2 "$option: needs an argument; $try" ;;
    esac
}
try="try '$name --help'"
# nearest NAME: of the words in standard input the one that takes fewest letters to be inserted,
# deleted or replaced (Levenshtein), if these are few.
nearest() {
    WORD=${1%%=*} awk '
        function min(a, b) { return a < b ? a : b }
        function distance(a, b,    i, j, row, diagonal, above) {
            for (j = 0; j <= length(b); j++) row[j] = j
            for (i = 1; i <= length(a); i++) {
                diagonal = row[0]
                row[0] = i
                for (j = 1; j <= length(b); j++) {
                    above = row[j]
                    diagonal += substr(a, i, 1) != substr(b, j, 1)
                    row[j] = min(diagonal, min(above, row[j - 1]) + 1)
                    diagonal = above
                }
            }
            return row[length(b)]
        }
        BEGIN { least = int(length(ENVIRON["WORD"]) / 3) + 2 }
        length(ENVIRON["WORD"]) < 32 {
            for (i = 1; i <= NF; i++)
                if ((d = distance(ENVIRON["WORD"], $i)) < least) { least = d; near = $i }
        }
        END { print near }'
}
# Bash calls it for a program that is not there.
command_not_found_handle() {
    note "$1: not installed: make deps installs what is missing"
    return 127
}
show_path() { # show_path PATH: what was made; as it is for programs, harmless on a terminal
    if [ -t 1 ]; then printf '%s\n' "${1//$'\n'/?}" | printable; else printf '%s\n' "$1"; fi
}
absolute() { # absolute PATH: it, in $path
    path=$(realpath -m -- "$1" && echo /) || exit
    path=${path%$'\n/'}
}

# own DIRECTORY [OPTION-OF-FLOCK [FILE]]: until this script ends, no other program that locks the
# directory, or that file in it, writes there. Some file systems have no such locks: then any may.
exec {lock}</dev/null
own() {
    local status=0
    if [ "${3:-}" ]; then exec {lock}<&- {lock}>>"$1/$3"; else exec {lock}<&- {lock}<"$1"; fi
    flock -E 75 "${2:--n}" "$lock" 2>/dev/null || status=$?
    [ "$status" != 75 ] && [ "$1${3:+/$3}" -ef "/dev/fd/$lock" ] ||
        fail 1 "$1: locked: another program is reading it or writing into it"
}

# Every job is a process group of its own: to stop it is to stop all that it started. While set -m
# lasts, bash takes what is only suspended, as Slurm does to jobs, for ended.
started=() parts=()
use_scratch() { # use_scratch DIRECTORY.XXXXXX: one that is gone, as the jobs are, at the end
    scratch=$(mktemp -d -- "$1" 2>/dev/null && echo /) ||
        fail 1 "${1%/*}/: no directory that can be written into"
    scratch=${scratch%$'\n/'}
    trap 'kill_jobs; rm -rf -- "$scratch"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
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
    part "$@" {lock}<&- &
    set +m
    started+=($!) parts+=("$*")
}
verbose=''
part() { # part COMMAND...: and says when it was done, if $verbose
    "$@"
    [ "$verbose" ] || return 0
    [ ! -t 2 ] || shown=$(printf '%79s' '') # what the script itself shows there
    note "$(printf '%3d s  %s' "$SECONDS" "$*")"
}
# next COMMAND...: starts it as soon as there is a core for it. Scripts set $total, how many there
# will be, if progress is to be shown.
cores=$(nproc) total=''
next() {
    start "$@"
    ((${#started[@]} <= cores)) || await_part "${started[-cores - 1]}" || true # finish reports it
}
await_part() { # await_part PID: waits for what was started
    if [ "$total" ] && [ -t 2 ]; then
        while kill -0 "$1" 2>/dev/null; do
            show_parts
            sleep 0.2
        done
    fi
    wait "$1"
}
finished=0 since=0 # when that many were
show_parts() {
    local running now left
    mapfile -t running < <(jobs -rp)
    now=$((${#started[@]} - ${#running[@]}))
    [ "$now" = "$finished" ] || finished=$now since=$SECONDS
    left=$((finished ? since * (total - finished) / finished - SECONDS + since : 0))
    progress "$finished of $total done, ${#running[@]} running$(
        ((left <= 0)) || echo ", $(duration $left) left"
    )"
}
finish() { # finish CONSEQUENCE: waits for all that was started; as soon as it finds that a part
    # failed, ends with its name, its status and what comes of that. The last comes first.
    local i status
    for ((i = ${#started[@]} - 1; i >= 0; i--)); do
        await_part "${started[i]}" && continue
        status=$?
        fail 1 "${parts[i]}: status $status; $1"
    done
    started=() parts=()
    end_progress
}

# encode VIEW SCALE [FFMPEG-OUTPUT]...: VIEW.mp4, for any browser, in the current directory. HD
# players take any file for BT.709, so it is that, and says so.
# It takes ${render_options[@]}.
render_options=()
encode() {
    nca-render --view "$1" --scale "$2" "${render_options[@]}" |
        ffmpeg -nostdin -loglevel error -y -i - -vf scale=out_color_matrix=bt709:out_range=tv \
            -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range tv \
            -c:v libx264 -preset veryfast -crf 26 -pix_fmt yuv420p -movflags +faststart "$1.mp4" \
            "${@:3}"
}

# A line of a sweep's tasks.tsv, which may come from anywhere: a run's name, its last generation,
# options of nca-seed and of nca-step.
an_option='--[a-z-]+ [A-Za-z0-9.+-]+'
a_run='[A-Za-z0-9_][A-Za-z0-9_.-]*/[0-9]+'
a_task="^$a_run"$'\t'"[0-9]+"$'\t'"($an_option )*$an_option"$'\t'"($an_option( $an_option)*)?\$"

# find_measure NAME: the program that computes it, $program, with options, and its columns in the
# program's table, $columns, which is empty for all columns. $joint is 1 where several share a plot.
# A name of no measure is that of a column, if all of the operands are tables.
find_measure() {
    local run
    columns=$1 joint=0
    case $1 in
    gep | gep_living | h | types) program=entropy ;;
    ghc | collisions) program=ghc ;;
    gcvp | clogv | rwsp) program=$1 ;;
    gd) program="measure --only ghc,rwsp,census" columns="ghc rwsp genotypes" joint=1 ;;
    pd) program="measure --only entropy,gcvp,clogv" columns="gep gcvp clogv" joint=1 ;;
    alive | genomes | genotypes | births | deaths | mean_age) program=census ;;
    cell_sd | genome_sd | genome_sd_carriers) program=census ;;
    0.[0-9] | 1.0) program=ctfp ;;
    species_[1-5] | proportion_[1-5]) program=cnwa ;;
    genotypes_d? | clades_d? | ghc_d? | types_d? | *_dinf | *_evenness) program=hill ;;
    a_cum | a_mean | a_median | a_new | shadow_* | excess) program=activity ;;
    moran | join | join_expected | xi | patches | largest | h0 | mi) program=space ;;
    ancestors | depth_mean | depth_max | mrca_age | distance | founders | sackin | colless_like | \
        ed_mean | ed_max | vpd | mutations) program="lineage --stats" ;;
    ctfp | entropy | cnwa | census | hill | activity | space) program=$1 columns='' ;;
    lineage) program="lineage --stats" columns='' ;;
    *)
        program=''
        for run in "${operands[@]}"; do
            is_table "$run" || fail 2 "$1: not one of: ${measure_names//$'\n'/ }"
        done
        ;;
    esac
}
# is_table FILE: a table by generation, of a program or of others: tabs or commas under a line of
# names, the first of which is generation or Step.
is_table() {
    local line=''
    [ -f "$1" ] || return
    IFS= read -r -n 80 line <"$1" || true
    [[ ${line,,} =~ ^($'\357\273\277')?(# *)?'"'?(generation|step)'"'?\ *[,$'\t'] ]]
}

# spare FILE...: what is read: neither the plot nor a table goes there.
spare() {
    local file
    for file; do
        [[ -f $file && ($file -ef $output || $file -ef ${table:-} || $file -ef /dev/stdout) ]] ||
            continue
        fail 1 "$file: is both read and written"
    done
}

# tables RUN...: after find_measure, the tables $scratch/1.tsv, 2.tsv and so on: of $columns or, if
# it is empty, of all, those that all runs have. As many runs at a time as there are cores.
tables() {
    local run n=0 sources=()
    total=0
    for run; do
        is_table "$run" || ((++total))
    done
    spare "$@"
    for run; do
        ((++n))
        if is_table "$run"; then
            [[ $run == /* ]] || run=./$run
            sources[n]=$run
        else
            sources[n]=$scratch/$n.table
            # shellcheck disable=SC2086 # a program with options
            next nca-$program --tsv -o "${sources[n]}" -- "$run"
        fi
    done
    finish "there is nothing to show"
    WANTED=$columns OUTPUT=$scratch awk "$(cat -- "$here/tables.awk")" "${sources[@]}" \
        2>"$scratch/fault" || fail 1 "$(head -n 1 "$scratch/fault")"
    rm -f "$scratch"/*.table
}

# spread TABLE...: least, mean and most of each column over several tables, for each generation; or,
# with band=sd, ci or none, the mean and the ends of another band.
band=range
spread() {
    local operations
    heading "$1" 2
    # datamash computes with long doubles: 17 digits give back every number as it came
    grep -a -h -v '^#' -- "$@" | sort -s -n -k 1,1 |
        datamash --format %.17g -g 1 "${operations[@]}" 2> >(printable >&2) |
        if [ "$band" = range ]; then cat; else ends; fi
}
# heading TABLE N: the names of the columns that spread makes of those of a table; sets $operations,
# by which datamash makes them of columns from N on.
heading() {
    local column names n=$2 ends=(min max)
    [ "$band" = range ] || ends=(low high)
    operations=()
    IFS=$'\t' read -r -a names <"$1" || true
    printf '# generation'
    for column in "${names[@]:1}"; do
        printf '\t%s_%s\t%s_mean\t%s_%s' "$column" "${ends[0]}" "$column" "$column" "${ends[1]}"
        if [ "$band" = range ]; then
            operations+=(min "$n" mean "$n" max "$n")
        else
            operations+=(sstdev "$n" mean "$n" count "$n")
        fi
        ((++n))
    done
    echo
}
ends() { # of each column, deviation, mean and count become mean - d, mean and mean + d
    awk -F '\t' -v OFS='\t' -v CONVFMT=%.17g -v OFMT=%.17g -v band="$band" \
        "$(cat -- "$here/statistics.awk")"'
        { for (c = 2; c < NF; c += 3) {
            n = $(c + 2); mean = $(c + 1)
            d = band == "none" ? 0 : n < 2 ? "nan" : band == "sd" ? $c \
                : quantile(n - 1) * $c / sqrt(n)
            $c = d == "nan" ? d : mean - d
            $(c + 2) = d == "nan" ? d : mean + d
        } print }'
}
# set_format FORMAT [FILE]: that of a plot, $format, and $output, where it is drawn; one at a time.
set_format() {
    [[ $format =~ ^("$1")?$ ]] || fail 2 "--$1: not with --$format: give one format"
    [ $# = 1 ] || [ "$2" ] || fail 2 "--$1: needs an argument; $try"
    format=$1 output=${2-}
    [ $# = 1 ] || writable "$output"
}
# writable FILE: or else this ends, before anything is computed.
writable() {
    local folder=${1%/*}
    [[ $1 == */* ]] || folder=.
    [ ! -d "$1" ] || fail 1 "$1: Is a directory"
    [ -d "$folder/" ] || fail 1 "$1: No such file or directory"
    [ -w "$1" ] || { [ ! -e "$1" ] && [ -w "$folder/" ]; } || fail 1 "$1: Permission denied"
}
# plot_options LETTERS NAMES ARGUMENT...: for scripts that draw one measure; sets measure (if there
# is a -m), band, format, output and sheet as style.gp has them (empty where no plot is asked for),
# and operands. More options, LETTERS and NAMES as sort_options has them, are for the script's
# set_option OPTION VALUE, which succeeds if it needs the value.
plot_options() {
    local bands=" range sd ci none "
    sort_options "hm:$1" "$2help,measure:,band:,plot,png:,svg:,pdf:,size:" "${@:3}"
    eval set -- "$sorted"
    format='' output=''
    while [ "$1" != -- ]; do
        case $1 in
        -h | --help) echo "$help" && exit ;;
        -m | --measure) measure=$2 && shift ;;
        --plot) set_format plot ;;
        --size) sheet_size "$2" && shift ;;
        --band)
            [[ $bands == *" $2 "* ]] || fail 2 "--band: $2: not one of range, sd, ci, none"
            band=$2 && shift
            ;;
        --png | --svg | --pdf) set_format "${1#--}" "$2" && shift ;;
        *) set_option "$1" "$2" && shift ;;
        esac
        shift
    done
    shift
    operands=("$@")
}
sheet=''
sheet_size() { # sheet_size W,H: in cm; for style.gp, 40 pixels a cm
    [[ $1 =~ ^[0-9]{1,3}(\.[0-9]{1,3})?,[0-9]{1,3}(\.[0-9]{1,3})?$ ]] &&
        sheet=$(awk -F , '{ if ($1 < 3 || $1 > 100 || $2 < 3 || $2 > 100) exit 1
            printf "width=%g; height=%g;", 40 * $1, 40 * $2 }' <<<"$1") ||
        fail 2 "--size: $1: not two lengths in cm from 3 to 100, as in 8.5,6"
}

# gnuplot without the user's settings, in a locale that has all signs.
gnuplot() {
    LC_ALL=C.UTF-8 command gnuplot -d "$@"
}
# plot ARGUMENT...: gnuplot need not warn of one generation alone, of what stays the same, of what
# is left out, and of pictures with little or no place for text.
plot() {
    gnuplot "$@" 2> >(grep -a -v -e '^Warning: empty . range' -e 'no valid points$' \
        -e 'Invalid terminal font size$' -e '^$' -e 'difficulty fitting plot titles into key$' \
        -e 'difficulty making room for .tic labels$' -e 'Check plot boundary and font sizes.$' |
        sed "s/.*Terminal canvas area too small.*/$name: warning: too small for all panels/" |
        uniq >&2)
}

# draw PLOT TABLE [ASSIGNMENTS]: has PLOT.gp draw from $scratch, where TABLE is, into $output.
# gnuplot gets to see no names but ours, for others may hold anything.
draw() (
    target=$output
    [ "$format" = plot ] || [[ $target == /* ]] || target=$PWD/$target
    cd -- "$scratch"
    header=$(head -n 1 "$2" | cut -c 3- | tr '\t' ' ')
    plot -e "dir='.'; header='$header'; format='$format'; output='picture'; ${sheet:-} ${3:-}" \
        "$here/$1.gp"
    [ "$format" = plot ] || cp -T -- picture "$target"
)
