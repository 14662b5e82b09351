/* SPDX-License-Identifier: MIT */
#include "common/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static bool on, shown;
static uint64_t first, last;
static double started, next;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void progress_start(int wanted, uint64_t from, uint64_t to) {
    on = wanted < 0 ? isatty(STDERR_FILENO) : wanted;
    first = from;
    last = to;
    started = now();
    next = started + 0.5; /* short runs show none */
}

bool progress_due(void) {
    return on && now() >= next;
}

void progress_show(uint64_t generation, uint64_t count, const char *what) {
    double time = now(), rate = (double)(generation - first) / (time - started);
    fprintf(stderr, "\rgeneration %" PRIu64, generation);
    if (last != UINT64_MAX)
        fprintf(stderr, " of %" PRIu64, last);
    fprintf(stderr, ", %.3g/s", rate);
    if (last != UINT64_MAX && rate > 0)
        fprintf(stderr, ", %.0f s left", (double)(last - generation) / rate);
    fprintf(stderr, ", %" PRIu64 " %s\033[K", count, what);
    fflush(stderr);
    shown = true;
    next = time + 0.2;
}

void progress_end(void) {
    if (shown)
        fputc('\n', stderr);
}
