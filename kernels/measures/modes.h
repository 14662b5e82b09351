/* SPDX-License-Identifier: MIT */
/* MODES, measurements of open-ended dynamics in evolving systems (Dolson and others 2019): change,
   novelty, complexity and ecology of what persists (nca-measures(7), MODES). */
#ifndef NCA_MODES_H
#define NCA_MODES_H

#include "common/hash_table.h"
#include "kernels/model/landscape.h"
#include "kernels/model/world.h"

#include <stdbool.h>

/* What counts as the same: a genotype; its genotypic hash colour; its genome with all weights as 0
   that are not informative (informative.h). */
enum modes_component { MODES_GENOTYPE, MODES_GHC, MODES_FUNCTIONAL, MODES_COMPONENTS };

/* Of the genotypes that cells carry in a generation A, those persist that are the nearest ancestor
   carried then, itself included, of one that cells carry in A + interval. */
struct modes_row {
    uint64_t generation; /* A */
    uint64_t persistent; /* components of those that persist, */
    uint64_t change;     /* of them, those that did not in the row before, */
    uint64_t novelty;    /* or in any row before */
    uint64_t complexity; /* the most informative sites of one of these genotypes */
    double ecology;      /* entropy in bits of their carriers over the components; 0 if empty */
};

struct modes {
    /* the caller's, before the first generation; all else zero: */
    uint64_t interval; /* at least 1 */
    enum modes_component component;
    bool complexity;        /* compute it; like functional components it needs all channels */
    struct landscape *land; /* of the model, or NULL; the caller's, who may change it */

    char error[128]; /* "" or how parts of a stream contradict each other */

    /* the rest is private */
    bool any, pending; /* a generation came before; at is a generation A */
    struct world at;
    uint64_t next_serial;
    uint64_t *serial; /* [slots] of the genotype in each slot, */
    uint32_t *from;   /* [slots] and the slot that its nearest ancestor had in A, or 0 */
    size_t slots;
    uint8_t *persists;           /* [slots] of A */
    uint32_t *carrier, *end;     /* carriers of A by slot; [slots] where those of each end */
    struct modes_member *member; /* [..] those that persist, */
    size_t member_capacity;
    uint64_t rows;
    struct modes_seen *seen; /* [seen_count + 1] components that persisted before, from 1 on */
    size_t seen_count, seen_capacity;
    struct hash_table by_key;
};

/* Takes what comes with each generation of a reader that wants GENOMES and WANT_BIRTHS (and STATE):
   its births and, if it is in the stream (in_stream, reader_next() gave 1), who carries what. True:
   row is set, of generation A, interval generations before. Rows are for multiples A of interval;
   there is none if births are missing. Takes time in proportion to the births and, in A and A +
   interval, to cells and pool; memory for A, and for the components seen before (genotypes: those
   of the last row). Sets error if a part is not of the run of those before. Ends the program where
   memory ends. */
bool modes_take(struct modes *modes, const struct world *world, bool in_stream,
                struct modes_row *row);

/* Frees what it holds, but the landscape. */
void modes_free(struct modes *modes);

#endif
