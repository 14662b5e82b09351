/* A line on standard error that shows the progress of a long run. */
#ifndef NCA_PROGRESS_H
#define NCA_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Starts at generation first; the run ends at last (UINT64_MAX: not known). wanted: 1 yes, 0 no,
   -1 if standard error is a terminal. */
void progress_start(int wanted, uint64_t first, uint64_t last);

/* Whether to call progress_show() now: five times a second, so that counting cells for it costs
   little. */
bool progress_due(void);

/* Shows the generation, generations per second, time left, and the number of living cells. */
void progress_show(uint64_t generation, uint64_t alive);

/* Ends the line. */
void progress_end(void);

#endif
