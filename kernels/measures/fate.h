/* SPDX-License-Identifier: MIT */
/* The fate of births: whether some cell still carries a genotype, or a descendant of it, a number
   of generations (the horizon) after its birth, and whether that depends on which weights mutated.
   For each weight, the births with a change in it that persist are compared with the number
   expected if fates were shuffled among the births of the same generation: mean and variance are
   exact, and nothing is drawn (nca-measures(7), FATE). */
#ifndef NCA_FATE_H
#define NCA_FATE_H

#include "kernels/model/world.h"

#include <stdbool.h>

enum { FATE_BINS = 4 }; /* changes below -0.5, from there to 0, from 0 to below 0.5, from 0.5 on */

/* Sums for one weight, over the births in which it and another weight changed. */
struct fate_sums {
    uint64_t births, persisting; /* persisting: of them, those that persist */
    double expected, variance;   /* of persisting, if fates are shuffled within generations */
    uint64_t changed[FATE_BINS], persisted[FATE_BINS]; /* births and persisting, by change */
};

/* What follows from the sums; 0/0 is NaN. */
struct fate_result {
    double omega, se;              /* persisting / expected, and its standard error */
    double z, p_value;             /* two-sided, of the normal distribution */
    double persistence[FATE_BINS]; /* share of births that persist, by change */
};

struct fate_queue { /* private: items [first, first + count) of an array */
    void *items;
    size_t first, count, room;
};

struct fate {
    /* the caller's, before the first generation; all else zero: */
    uint64_t horizon; /* at least 1 */
    uint64_t window;  /* 0: one table for the whole stream. Else one for the births from each
                         multiple of window on; done() is called when one is complete, while the
                         sums are those of it, except for the last one. */
    void (*done)(struct fate *fate, void *context);
    void *context;

    size_t weights;         /* 10 L^2: W1 by rows, then W2 by rows; biases never mutate */
    struct fate_sums *sums; /* [weights] */
    uint64_t generation;    /* the first of the window that the sums are of, or of the stream */
    bool any;               /* the sums are of a table that is due: with a window, of some birth;
                               else of some generation */
    uint64_t first, last;   /* generations of the stream so far */
    uint64_t judged;        /* births that count, */
    uint64_t missed;        /* and those that never will: not in the stream, or what followed */
    char error[128];        /* "" or how parts of a stream contradict each other */

    uint64_t next_serial;                       /* the rest is private */
    struct fate_queue births, changes, batches; /* not judged yet, in the order of their serials */
    struct fate_counts *counts;                 /* [weights] */
    uint8_t *carried;                           /* [slots] */
    size_t slots;
};

/* Takes what comes with each generation of a reader that wants GENOMES and WANT_BIRTHS: its births,
   and, if it is in the stream (in_stream, reader_next() gave 1), who carries what: then the births
   of horizon generations before are judged. Memory is for the births of that many generations. Time
   grows with the cells, the births and the weights; descendants are followed once a generation.
   Births that are not followed by all births of the next horizon generations (those between two
   parts are missing) are not judged, as their descendants are not known. False: a part is not of
   the run of those before, see error. Ends the program where memory ends. */
bool fate_take(struct fate *fate, const struct world *world, bool in_stream);

struct fate_result fate_result(const struct fate_sums *sums);

/* Frees what it holds, not the fate itself. */
void fate_free(struct fate *fate);

#endif
