/* SPDX-License-Identifier: MIT */
/* The fast version of the rule: its memory, and its builds. Used by kernels/step/step.c alone. On
   x86-64 only tests link the portable build: the plain version with FMA is faster. */
#ifndef NCA_SIMD_H
#define NCA_SIMD_H

#include "common/thread_pool.h"
#include "kernels/model/landscape.h"

#include <stdbool.h>

#ifndef STEP_SIMD
#define STEP_SIMD step_simd
#endif

/* A cell that inherits, and from which cell; later, from which slot. */
struct heir {
    uint32_t cell, parent;
};

/* Whether a cell was just born, with a copy of its parent's genome or a mutant of it. */
enum born { BORN_NOT, BORN_COPY, BORN_MUTANT };

/* Rows first .. last - 1: a chunk of a parallel loop. */
struct band {
    uint32_t first, last;
    struct heir *heir; /* [heirs] in cell order, from the band's first cell on in simd->heir;
                          assign_slots() moves those of mutants to the front */
    uint32_t heirs, births, mutants, first_mutant;
    uint64_t *perturbed; /* [sets] of each mutant, a bit for each weight: some sets of weights */
    size_t sets, capacity;
};

struct simd {
    const struct landscape *land; /* NULL: none */
    struct thread_pool *workers;
    float *next;       /* [L][N] the state being computed; swapped with world->state */
    uint8_t *carried;  /* [N + 1] whether a cell carried the slot at generation t */
    uint8_t *born;     /* [N] enum born */
    struct heir *heir; /* [N] */
    uint32_t bands;
    struct band *band;
    void **scratch;      /* [threads] memory of each worker */
    bool mark;           /* the sweep sets carried; else inherit() does if there are births */
    bool chained;        /* a mutant's parent was born in the same generation */
    struct world *world; /* of this generation */
    float fill;          /* alpha of a cell without live neighbours, if above the threshold */
    float lives_from;    /* the smallest alpha with which a cell stays alive */
};

void step_simd(struct simd *simd, struct world *world);
void step_simd_avx2(struct simd *simd, struct world *world);   /* x86-64: AVX2, FMA, BMI2 */
void step_simd_avx512(struct simd *simd, struct world *world); /* AVX-512 F, DQ, BW, VL; BMI2 */

#endif
