/* SPDX-License-Identifier: MIT */
/* The plain version: its memory, and its two builds. Used by kernels/step/step.c alone. */
#ifndef NCA_PLAIN_H
#define NCA_PLAIN_H

#include "kernels/model/landscape.h"

#ifndef STEP_PLAIN
#define STEP_PLAIN step_plain
#endif

struct plain {
    const struct landscape *land; /* NULL: none */
    float *next;                  /* [L][N] the state being computed; swapped with world->state */
    uint32_t *before;             /* [N] the slots of generation t */
    uint8_t *carried;             /* [N + 1] whether a cell carried the slot at generation t */
    uint32_t next_free;           /* all smaller slots are taken */
};

void step_plain(struct plain *plain, struct world *world);
void step_plain_fma(struct plain *plain, struct world *world); /* x86-64 with FMA */

#endif
