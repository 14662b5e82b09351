/* SPDX-License-Identifier: MIT */
#include "common/signals.h"

#include "common/err.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SAME = 100000000
}; /* ns: timeout(1) signals its child and then its group: count that once */

static _Atomic int caught;       /* set by the handler, read by all threads: an int is lock-free */
static int64_t last;             /* time of the last signal, ns */
static int wakeup[2] = {-1, -1}; /* a pipe: a signal just before poll() ends it, too */

static void record(int number) {
    struct timespec time;
    int reason = errno;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    if (caught == number && now - last > SAME) {
        signal(number, SIG_DFL);
        raise(number);
    }
    caught = number;
    last = now;
    (void)!write(wakeup[1], "", 1); /* a full pipe is readable as well */
    errno = reason;
}

void signals_catch(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
    if (pipe(wakeup))
        die(EXIT_FAILED, "pipe:");
    for (int i = 0; i < 2; i++)
        if (fcntl(wakeup[i], F_SETFL, O_NONBLOCK) || fcntl(wakeup[i], F_SETFD, FD_CLOEXEC))
            die(EXIT_FAILED, "pipe:");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action, before;
        memset(&action, 0, sizeof action);
        action.sa_handler = record;
        action.sa_flags = SA_RESTART; /* a write() goes on */
        sigemptyset(&action.sa_mask);
        /* signals that the parent ignores (nohup, background jobs) stay ignored */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}

int signals_caught(void) {
    return caught;
}

bool signals_wait(int file) {
    struct pollfd files[] = {{.fd = file, .events = POLLIN}, {.fd = wakeup[0], .events = POLLIN}};
    while (!caught && !(poll(files, 2, -1) > 0 && files[0].revents))
        ;
    return !caught;
}

int signals_status(void) {
    return caught && caught != SIGUSR1 ? 128 + caught : 0;
}
