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

enum { ONCE = 100000000 }; /* ns: timeout(1) signals twice, its child and then its group */

static _Atomic int caught;     /* by a handler, for all threads: an int is lock-free */
static int64_t last;           /* when */
static int bell[2] = {-1, -1}; /* a pipe, so that no signal slips in ahead of poll() */

static void note(int number) {
    struct timespec time;
    int reason = errno;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    if (caught == number && now - last > ONCE) {
        signal(number, SIG_DFL);
        raise(number);
    }
    caught = number;
    last = now;
    (void)!write(bell[1], "", 1); /* if it is full, it has rung */
    errno = reason;
}

void signals_catch(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
    if (pipe(bell))
        die(EXIT_FAILED, "pipe:");
    for (int i = 0; i < 2; i++)
        if (fcntl(bell[i], F_SETFL, O_NONBLOCK) || fcntl(bell[i], F_SETFD, FD_CLOEXEC))
            die(EXIT_FAILED, "pipe:");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action, before;
        memset(&action, 0, sizeof action);
        action.sa_handler = note;
        action.sa_flags = SA_RESTART; /* what is being written is written to its end */
        sigemptyset(&action.sa_mask);
        /* what the parent had ignored (nohup, background jobs) stays ignored */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}

int signals_caught(void) {
    return caught;
}

bool signals_wait(int file) {
    struct pollfd files[] = {{.fd = file, .events = POLLIN}, {.fd = bell[0], .events = POLLIN}};
    while (!caught && !(poll(files, 2, -1) > 0 && files[0].revents))
        ;
    return !caught;
}

int signals_status(void) {
    return caught && caught != SIGUSR1 ? 128 + caught : 0;
}
