#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t caught;

static void note(int number) {
    caught = number;
}

void signals_catch(void) {
    static const int numbers[] = {SIGINT, SIGTERM, SIGUSR1};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action, before;
        memset(&action, 0, sizeof action);
        action.sa_handler = note;
        action.sa_flags = SA_RESETHAND | SA_RESTART;
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
