/* The fast version of the rule: its memory, and its builds. Used by kernels/step/step.c alone. On
   x86-64 the portable build is linked by tests only: the plain version with FMA is faster. */
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

/* Whether a cell was just born, and whether its genome differs from its parent's. */
enum born { BORN_NOT, BORN_COPY, BORN_MUTANT };

/* Rows first .. last - 1, which one thread at a time works on. */
struct band {
    uint32_t first, last;
    struct heir *heir; /* in cell order; where the band's cells are in the array of all. Later, */
    uint32_t heirs, births, mutants, first_mutant; /* the first of them are the mutants */
};

struct simd {
    const struct landscape *land; /* NULL: the model's numbers hold everywhere */
    struct thread_pool *workers;
    float *next;       /* [L][N] the state being made; changes places with world->state */
    uint8_t *carried;  /* [N + 1] whether a cell carried the slot at generation t */
    uint8_t *born;     /* [N] enum born */
    struct heir *heir; /* [N] */
    uint32_t bands;
    struct band *band;
    void **scratch;      /* [threads] what each works with */
    bool mark;           /* carried is made by the sweep, not when there are births */
    bool chained;        /* a parent was born in the same generation */
    struct world *world; /* the rest is set for each generation */
    float fill;          /* what a cell with nothing alive around becomes, if above alpha */
    float lives_from;    /* the smallest alpha with which a cell goes on living */
};

void step_simd(struct simd *simd, struct world *world);
void step_simd_avx2(struct simd *simd, struct world *world);   /* x86-64: AVX2, FMA, BMI2 */
void step_simd_avx512(struct simd *simd, struct world *world); /* AVX-512 F, DQ, BW, VL; BMI2 */

#endif
