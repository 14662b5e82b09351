/* SPDX-License-Identifier: MIT */
/* The measures that a page of nca-play plots, of every generation; of long runs of every second,
   fourth one and so on. */
#ifndef NCA_SERIES_H
#define NCA_SERIES_H

#include "bin-src/measure.h"
#include "common/deflate.h"

enum { SERIES_MEASURES = 3, SERIES_ROWS = 4096 };

struct series { /* all zero at first */
    const struct measure *measure[SERIES_MEASURES];
    void *work[SERIES_MEASURES];
    size_t measures, columns, rows;
    const char *name[32]; /* [columns] */
    uint64_t *generation; /* [rows], at most SERIES_ROWS */
    float *value;         /* [rows][columns] */
    uint64_t taken, step; /* private: generations, and which of them are rows */
};

/* Starts on the measures for which the world has these sections. */
void series_open(struct series *series, const struct world *world, unsigned sections,
                 const struct choices *choices);

void series_take(struct series *series, const struct world *world);

/* Appends columns: the generations less the first, then each measure, as float32. */
void series_pack(const struct series *series, struct bytes *to);

void series_free(struct series *series);

#endif
