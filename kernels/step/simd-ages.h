/* SPDX-License-Identifier: MIT */
/* Ages, budgets and culling: steps 5 to 8 of the rule. */
#ifndef NCA_SIMD_AGES_H
#define NCA_SIMD_AGES_H

#include "kernels/step/lanes-math.h"
#include "kernels/step/simd-births.h"

/* SOME cells are processed at a time. Decisions are words of 32 equal bits, so that the compiler
   can vectorize the loops. */
enum { SOME = 512 };

struct decisions {
    uint32_t spared[SOME];   /* not culled */
    uint32_t lives[SOME];    /* alpha, rounded, is above the threshold */
    uint32_t budget[SOME];   /* a number, not a mask */
    uint32_t survives[SOME]; /* alive in the next generation */
};

/* Sets spared of n cells from cell on, in a generation with culling. */
static void draw_spared(struct decisions *d, const struct world *world, size_t cell, size_t n) {
    vu32 limit = vu32_all(below(world->model.cull));
    for (size_t k = 0; k < n; k += W) {
        vu32 word[3];
        draw_cells(word, world, cell + k);
        uint32_t culled = vu32_below(word[2], limit);
        for (size_t j = 0; j < W; j++) /* SOME is a multiple of W */
            d->spared[k + j] = (culled >> j & 1) - 1;
    }
}

/* Sets lives of n cells from cell on: alpha is at least simd->lives_from. */
static void decide_lives(struct decisions *d, const struct simd *simd, size_t cell, size_t n) {
    const struct landscape *land = simd->land;
    const float *alpha = simd->next + cell;
    float lives_from = simd->lives_from;
    for (size_t k = 0; k < n; k++)
        d->lives[k] = alpha[k] >= lives_from ? UINT32_MAX : 0;
    for (size_t k = 0; land && land->alpha && k < n; k++)
        d->lives[k] = rule_age(alpha[k], land->alpha[cell + k], 0) ? UINT32_MAX : 0;
}

/* Updates ages, slots and born of n cells from cell on. */
static void update_ages(struct decisions *d, struct simd *simd, size_t cell, size_t n) {
    uint32_t *restrict ages = simd->world->ages + cell, *restrict slots = simd->world->slots + cell;
    uint8_t *restrict born = simd->born + cell;
    for (size_t k = 0; k < n; k++) {
        uint32_t age = ages[k] + (ages[k] != UINT32_MAX);
        age &= d->lives[k];
        uint32_t spares = d->spared[k] & (age > d->budget[k] ? 0 : UINT32_MAX);
        uint32_t keep = spares & (age ? UINT32_MAX : 0);
        ages[k] = age & keep;
        slots[k] &= keep | (born[k] ? spares : 0);
        d->survives[k] = keep;
        born[k] = BORN_NOT;
    }
}

/* Sets the channels of the dead to 0. */
static void clear_dead(const struct decisions *d, struct simd *simd, size_t cell, size_t n) {
    for (uint32_t c = 0; c < simd->world->model.channels; c++) {
        float *next = simd->next + c * simd->world->cells + cell;
        for (size_t k = 0; k < n; k++) {
            uint32_t bits;
            memcpy(&bits, next + k, 4);
            bits &= d->survives[k];
            memcpy(next + k, &bits, 4);
        }
    }
}

/* The third pass: the genomes of a band's mutants, and steps 5 to 8 for all of its cells. */
static void age_and_cull_band(void *context, unsigned chunk, unsigned worker) {
    struct simd *simd = context;
    const struct world *world = simd->world;
    const struct model *model = &world->model;
    struct band *band = &simd->band[chunk];
    (void)worker;
    if (!simd->chained)
        make_mutants(simd, band);
    const uint32_t *budget = simd->land ? simd->land->budget : NULL;
    bool culls = rule_culls(model, world->generation);
    struct decisions d;
    for (size_t k = 0; k < SOME; k++) {
        d.spared[k] = UINT32_MAX;
        d.budget[k] = budget_at(NULL, model, 0);
    }
    size_t end = (size_t)band->last * model->width;
    for (size_t i = (size_t)band->first * model->width; i < end; i += SOME) {
        size_t n = end - i < SOME ? end - i : SOME;
        if (culls)
            draw_spared(&d, world, i, n);
        decide_lives(&d, simd, i, n);
        if (budget)
            memcpy(d.budget, budget + i, n * sizeof *budget);
        update_ages(&d, simd, i, n);
        clear_dead(&d, simd, i, n);
    }
}

/* The smallest float from -2 to 2 with which rule_age() keeps a cell alive: by bisection over
   the integers that are the floats' bits. */
static float lives_from(float alpha) {
    int64_t dead = -0x40000000, lives = 0x40000000;
    while (lives - dead > 1) {
        int64_t middle = (lives + dead) / 2;
        uint32_t bits = middle < 0 ? 0x80000000u | (uint32_t)-middle : (uint32_t)middle;
        float s;
        memcpy(&s, &bits, sizeof s);
        *(rule_age(s, alpha, 0) ? &lives : &dead) = middle;
    }
    uint32_t bits = lives < 0 ? 0x80000000u | (uint32_t)-lives : (uint32_t)lives;
    float s;
    memcpy(&s, &bits, sizeof s);
    return s;
}

#endif
