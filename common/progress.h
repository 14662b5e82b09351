/* SPDX-License-Identifier: MIT */
/* A line on standard error that shows the progress of a run. */
#ifndef NCA_PROGRESS_H
#define NCA_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Starts at generation first; last is the end, UINT64_MAX if it is open. wanted: 1 yes, 0 no, -1
   only if standard error is a terminal. */
void progress_start(int wanted, uint64_t first, uint64_t last);

/* Whether it is time to call progress_show(): only then need its arguments be computed. */
bool progress_due(void);

/* Shows the generation, generations per second, the time left, and count and what, as in
   "12 runs done". */
void progress_show(uint64_t generation, uint64_t count, const char *what);

/* Ends the line. */
void progress_end(void);

#endif
