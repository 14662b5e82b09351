/* SPDX-License-Identifier: MIT */
/* SIGINT, SIGTERM and SIGUSR1 ask a program to finish the current generation and close its output;
   batch systems send them, too. */
#ifndef NCA_SIGNALS_H
#define NCA_SIGNALS_H

#include <stdbool.h>

/* From now on the first of these signals is only recorded; a second one of the same kind, at least
   a tenth of a second later, ends the program at once. */
void signals_catch(void);

/* The recorded signal, or 0. */
int signals_caught(void);

/* Waits until the descriptor, which may be non-blocking, is readable: true; or until a signal has
   been recorded, even before the call: false. */
bool signals_wait(int file);

/* The exit status: 0 for no signal and for SIGUSR1, else 128 + the signal's number. */
int signals_status(void);

#endif
