/* One line on standard error that tells how far long work has come. */
#ifndef NCA_PROGRESS_H
#define NCA_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Starts at generation first, to end at last (UINT64_MAX: open end). wanted: 1 yes, 0 no, -1 if
   standard error is a terminal. */
void progress_start(int wanted, uint64_t first, uint64_t last);

/* Whether a line is due: now and then, so that counting for it costs nothing. */
bool progress_due(void);

/* Shows generation, generations a second, time left, and the living cells. */
void progress_show(uint64_t generation, uint64_t alive);

/* Ends the line. */
void progress_end(void);

#endif
