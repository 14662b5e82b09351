/* The plain version's scratch memory, and its two builds. Used by kernels/step/step.c alone. */
#ifndef NCA_PLAIN_H
#define NCA_PLAIN_H

#include "kernels/model/landscape.h"

#ifndef STEP_PLAIN
#define STEP_PLAIN step_plain
#endif

struct plain {
    const struct landscape *land; /* NULL: the model's numbers hold everywhere */
    float *next;        /* [L][N] the state being made; changes places with world->state */
    uint32_t *before;   /* [N] the slots of generation t */
    uint8_t *carried;   /* [N + 1] whether a cell carried the slot at generation t */
    uint32_t next_free; /* no free slot is smaller */
};

void step_plain(struct plain *plain, struct world *world);
void step_plain_fma(struct plain *plain, struct world *world); /* x86-64 with FMA */

#endif
