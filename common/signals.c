#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

enum { ONCE = 100000000 }; /* ns: timeout(1) signals twice, its child and then its group */

static volatile sig_atomic_t caught;
static int64_t last; /* when */

static void note(int number) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    int64_t now = time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
    if (caught == number && now - last > ONCE) {
        signal(number, SIG_DFL);
        raise(number);
    }
    caught = number;
    last = now;
}

void signals_catch(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action, before;
        memset(&action, 0, sizeof action);
        action.sa_handler = note;
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
        /* what the parent had ignored (nohup, background jobs) stays ignored */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
}

int signals_caught(void) {
    return caught;
}

int signals_status(void) {
    return caught && caught != SIGUSR1 ? 128 + caught : 0;
}
