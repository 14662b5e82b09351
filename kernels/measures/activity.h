/* SPDX-License-Identifier: MIT */
/* Evolutionary activity (Bedau, Snyder and Packard 1998): how long genotypes have been there; and
   that of the run's neutral shadow (shadow.h). */
#ifndef NCA_ACTIVITY_H
#define NCA_ACTIVITY_H

#include "kernels/model/world.h"

#include <stdbool.h>

/* Of the genotypes that cells carry. The activity of one is the number of generations from that of
   its birth on, that and this one included. Of none, diversity and sum are 0, all else is NaN. */
struct activity_numbers {
    double diversity; /* genotypes */
    double sum, mean, median;
    double fresh; /* the sum of those from from up to below until, over diversity */
};

struct activity {
    uint64_t from, until; /* set by the caller before the first generation; all else is zero */

    /* the rest is private */
    uint64_t run;             /* of the pool */
    uint64_t *serial, *birth; /* [slots] of the genotype in each slot; 0: none is known */
    uint8_t *carried;         /* [slots] */
    size_t slots;
    uint64_t *values; /* [values_room] activities */
    size_t values_room;
    bool any, gap;       /* a generation came before; and one was left out, so there is no shadow */
    uint64_t generation; /* the last one */
    struct shadow *shadow;
};

/* Takes the births of a generation that the stream leaves out, as a reader that wants GENOMES and
   WANT_BIRTHS gives them. */
void activity_left_out(struct activity *activity, const struct world *world);

/* The numbers of the next generation, of the run and of its shadow (NaN once generations were left
   out). The world has genomes, births, ages and alpha. A genotype that came with no birth is born
   when it is first seen. Takes time in proportion to the cells and the pool. Ends the program where
   memory ends. */
void activity_take(struct activity *activity, const struct world *world,
                   struct activity_numbers *run, struct activity_numbers *shadow);

/* Frees what it holds, not the activity itself. */
void activity_free(struct activity *activity);

#endif
