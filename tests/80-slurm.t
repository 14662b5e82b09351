#!/bin/bash
# SPDX-License-Identifier: MIT
# tier: long
# A sweep on a real Slurm: a controller and two nodes of two processors, all of them on this
# machine's loopback, which this starts and ends. Needs root, slurm-wlm and munge; it is skipped,
# and says so, where they are missing.
# shellcheck disable=SC2317 # functions are called by check
set -u
cd "$(dirname "$0")/.." || exit 1
for program in slurmctld slurmd munged sbatch; do
    if ! command -v $program >/dev/null && ! [ -x /usr/sbin/$program ]; then
        echo "1..0 # SKIP no $program here: the sweep is not tried on Slurm"
        exit 0
    fi
done
if [ "$(id -u)" -ne 0 ]; then
    echo "1..0 # SKIP only root can start Slurm: the sweep is not tried on it"
    exit 0
fi
. tests/tap.sh
PATH=$(cd "${BUILD:-build}/bin" && pwd):$PWD/pipelines:$PATH:/usr/sbin
exec </dev/null

# The cluster

lab=$scratch/slurm
mkdir -p "$lab/state" "$lab/spool" "$lab/log"
chmod 755 "$scratch" "$lab"
port=$((10000 + $$ % 7000 * 3)) # and the next two: others may run this test at the same time
finally() {
    local file
    scancel -u root 2>/dev/null
    within 30 gone # else the steps would stay, and wait for a node to report to
    for file in "$lab"/slurmd.*.pid "$lab"/slurmctld.pid "$lab"/munged.pid; do
        [ -s "$file" ] && kill "$(cat "$file")" 2>/dev/null
    done
    sleep 0.5
    rm -rf "$scratch"
}
gone() { # a controller too busy to answer is no answer
    local queue
    queue=$(squeue -h 2>/dev/null) && [ -z "$queue" ]
}
within() { # within SECONDS COMMAND...: until it succeeds, in that time and $SLOW times it
    local end=$((SECONDS + $1 * SLOW))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.3
    done
}
trap finally EXIT
trap 'exit 1' INT TERM HUP

dd if=/dev/urandom of="$lab/munge.key" bs=1024 count=1 2>/dev/null
chmod 600 "$lab/munge.key"
munged --force --key-file="$lab/munge.key" --socket="$lab/munge.socket" \
    --pid-file="$lab/munged.pid" --seed-file="$lab/munge.seed" --log-file="$lab/log/munged" \
    2>"$lab/log/munged.start"
cat >"$lab/slurm.conf" <<EOD
ClusterName=lab
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$lab/munge.socket
StateSaveLocation=$lab/state
SlurmdSpoolDir=$lab/spool/%n
SlurmctldPidFile=$lab/slurmctld.pid
SlurmdPidFile=$lab/slurmd.%n.pid
SlurmctldLogFile=$lab/log/slurmctld
SlurmdLogFile=$lab/log/slurmd.%n
SlurmctldPort=$port
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
ReturnToService=2
JobRequeue=1
KillWait=20
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
GresTypes=gpu
NodeName=n[1-2] NodeHostname=localhost NodeAddr=127.0.0.1 Gres=gpu:2 \
    Port=$((port + 1))-$((port + 2)) CPUs=2 RealMemory=1000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
EOD
echo 'Name=gpu File=/dev/null,/dev/zero' >"$lab/gres.conf" # what it takes for GPUs
export SLURM_CONF=$lab/slurm.conf
slurmctld
slurmd -N n1
slurmd -N n2

up() {
    [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = 2 ]
}
started() {
    within 30 up && return
    tail -n 5 "$lab"/log/*
    return 1
}
check "Slurm starts" started
[ "$failures" -eq 0 ] || finish

# The sweep: two experiments that are long enough to be disturbed, and a short one

until=$((8000 / SLOW)) every=$((1000 / SLOW))
cat >"$scratch/table.tsv" <<EOD
# experiment	width	height	init	ip	generations	every
short	30	30	0.2	0.1	90	1
long	200	200	0.1	0.1	$until	$every
tanh	200	200	0.1	0.2	$until	$every
EOD
here=$scratch/here there=$scratch/there
submit() {
    nca-sweep --slurm "$@" "$there" >"$scratch/out" 2>&1 || { cat "$scratch/out" && return 1; }
}
running() { # running RUN: has written more than generation 0
    [ "$(stat -c %s "$there/$1/run.zst" 2>/dev/null || echo 0)" -gt 100000 ]
}
log_says() { # log_says RUN TEXT [COUNT]
    [ "$(grep -c "$2" "$there/$1/log")" -ge "${3:-1}" ]
}
hurry() { # Slurm holds back what it begins anew, for two minutes; not here
    local job
    for job in $(squeue -h -t PD -o '%i %r' | sed -n 's/ BeginTime$//p'); do
        scontrol update "JobId=$job" StartTime=now 2>/dev/null
    done
}
array_index() { # of a run
    cut -f 1 "$there/tasks.tsv" | grep -nx "$1" | cut -d : -f 1
}
check "it submits an array, and a job that collects" \
    submit -t "$scratch/table.tsv" -s 1-2 --cpus 1 --throttle 4 --time $((10 * SLOW))
job=$(sed -n 's/^job \([0-9]*\): [0-9].*/\1/p' "$scratch/out")
last=$(sed -n 's/^job \([0-9]*\): collects.*/\1/p' "$scratch/out")
waits() {
    [[ $(squeue -h -j "$last" -o '%t %R') == "PD (Dependency)"* ]]
}
array() {
    grep -q '^#SBATCH --array=1-6%4$' "$there/sweep.sbatch" && within 10 waits
}
check "as sweep.sbatch says" array

long=$(array_index long/1) tanh=$(array_index tanh/1) other=$(array_index tanh/2)
requeued() {
    within 40 running long/1 && scontrol requeue "${job}_$long" &&
        within 60 log_says long/1 'stopped by TERM'
}
check "requeued in the middle, a run ends its generation" requeued
warned() {
    within 60 running tanh/1 && scancel --signal=USR1 --batch "${job}_$tanh" &&
        within 60 log_says tanh/1 'stopped by USR1'
}
check "warned of its end, a run has itself begun anew" warned
cancelled() {
    within 90 running tanh/2 && scancel --signal=TERM --batch "${job}_$other" &&
        within 60 log_says tanh/2 'stopped by TERM'
}
check "cancelled, a run ends its generation" cancelled
idle() {
    hurry
    gone
}
collected() { # collected RUNS
    within 400 idle && grep -q "$1" "$there/index.html"
}
check "runs that are done are collected, after all jobs" collected '5 runs; 1 more'
twice() {
    log_says long/1 ' to generation ' 2 && log_says tanh/1 ' to generation ' 2 &&
        log_says long/2 ' to generation ' && ! log_says long/2 ' to generation ' 2
}
check "those two were begun twice, others once" twice

again() {
    cp "$there/sweep.sbatch" "$scratch/kept" && submit && grep -q ": $other%4\$" "$scratch/out" &&
        cmp "$there/sweep.sbatch" "$scratch/kept"
}
check "submitted again, what was cancelled is all there is" again
check "a run that was requeued goes on where it was" collected ' 6 runs\.'
done_already() {
    nca-sweep --slurm "$there" >"$scratch/out" && ! grep -q after "$scratch/out" && within 60 idle
}
check "submitted again, nothing is left but to collect" done_already

# A GPU for each run, an account, a partition, and lines of one's own
with_gpus() {
    rm -rf "$scratch/gpus" && nca-sweep --slurm --vary budget=3,4 -g 5 --cpus 1 --gpus 1 \
        --account lab --partition main --line --nice=10 \
        --line 'shopt -q login_shell && set >"environment-$SLURM_JOB_ID"' "$scratch/gpus" \
        >"$scratch/out" && within 60 gone && [ -s "$scratch/gpus/index.html" ]
}
check "a sweep with GPUs" with_gpus
has_gpus() { # the jobs of the array and the one that collects
    local file n=0
    for file in "$scratch"/gpus/environment-*; do
        grep -q '^CUDA_VISIBLE_DEVICES=[01]$' "$file" &&
            grep -q '^SLURM_JOB_ACCOUNT=lab$' "$file" &&
            grep -q '^SLURM_JOB_PARTITION=main$' "$file" || { cat "$file" && return 1; }
        ((++n))
    done
    [ "$n" -eq 3 ]
}
check "each of its jobs has one GPU, the account and the partition, and runs the user's line" \
    has_gpus

local_too() {
    nca-sweep -t "$scratch/table.tsv" -s 1-2 -j 2 "$here"
}
check "the same sweep without Slurm" local_too
same() {
    local run file
    while IFS=$'\t' read -r run _; do
        cmp <(zstd -dc "$here/$run/run.zst") <(zstd -dc "$there/$run/run.zst") &&
            cmp "$here/$run/run.zst" "$there/$run/run.zst" || return
        for file in "$here/$run"/*.tsv; do
            cmp "$file" "$there/$run/${file##*/}" || return
        done
    done <"$there/tasks.tsv" && diff -r "$here/envelopes" "$there/envelopes"
}
check "every run, table and envelope is the same, byte by byte" same
finish
