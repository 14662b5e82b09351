/* SPDX-License-Identifier: MIT */
/* Inheritance, and the genomes of the newborn: step 3 of the rule. */
#ifndef NCA_SIMD_BIRTHS_H
#define NCA_SIMD_BIRTHS_H

#include "common/err.h"
#include "kernels/step/lanes-math.h"
#include "kernels/model/rule.h"
#include "kernels/step/simd-rows.h"

FUNCTION vu64 vu64_from(uint64_t first) {
    vu64 v = {0};
    for (int k = 0; k < HALF; k++)
        v[k] = first + (uint64_t)k;
    return v;
}

/* The limit for vu32_below() that is true exactly if unit() < probability. */
static uint32_t below(float probability) {
    return (uint32_t)ceil((double)probability * 0x1p24);
}

/* The draws with purpose CELL for W cells from cell on: words 0 to 2 of each. */
FUNCTION void draw_cells(vu32 word[3], const struct world *world, uint64_t cell) {
    vu64 w[2][4], twice = vu64_from(0) * 2; /* even cells and odd ones */
    for (uint32_t odd = 0; odd < 2; odd++) {
        w[odd][0] = twice + (cell + odd);
        w[odd][1] = vu64_all((uint32_t)world->generation);
        w[odd][2] = vu64_all(CELL);
        w[odd][3] = vu64_all(0);
    }
    vu64_philox(w, 2, world->model.seed);
    for (int q = 0; q < 3; q++)
        word[q] = vu64_interleave(w[0][q], w[1][q]);
}

/* The SET of weights that are drawn at a time: enough for the 40 of two channels. */
enum { SET_VECTORS = (20 + HALF - 1) / HALF, SET = SET_VECTORS * W };

/* The draws of rule_mutate() for a genome born in cell, for weights first to first + SET - 1. Bit k
   of the result: whether weight first + k is perturbed; by[k / W][k % W] is the word for its
   change. */
FUNCTION uint64_t draw_perturbed(const struct simd *simd, uint32_t L, uint32_t cell, uint32_t first,
                                 vu32 by[SET_VECTORS]) {
    const struct world *world = simd->world;
    uint32_t left = 10 * L * L - first, limit = below(ppp_at(simd->land, &world->model, cell));
    uint64_t perturbed = 0;
    vu64 w[SET_VECTORS][4];
    for (uint32_t v = 0; v < SET_VECTORS; v++) {
        w[v][0] = vu64_all(cell);
        w[v][1] = vu64_all((uint32_t)world->generation);
        w[v][2] = vu64_from(MUTATION + first / 2 + v * HALF);
        w[v][3] = vu64_all(0);
    }
    vu64_philox(w, SET_VECTORS, world->model.seed);
    for (uint32_t v = 0; v < SET_VECTORS; v++) {
        uint64_t mask = vu32_below(vu64_interleave(w[v][0], w[v][2]), vu32_all(limit));
        perturbed |= mask << v * W;
        by[v] = vu64_interleave(w[v][1], w[v][3]);
    }
    return left < SET ? perturbed & ((UINT64_C(1) << left) - 1) : perturbed;
}

/* Appends to w->heir those of MASK_CELLS cells from cell (column col) on whose bits in mask are set
   and that inherit: whose words are below limits[MASK_CELLS]. */
FUNCTION void draw_heirs(struct scratch *w, const struct world *world, uint32_t mask,
                         const uint32_t *limits, uint32_t cell, uint32_t col) {
    for (uint32_t from = 0; from < MASK_CELLS; from += W) {
        uint32_t some = mask >> from & ((1u << W) - 1);
        if (!some)
            continue;
        vu32 word[3], limit;
        draw_cells(word, world, cell + from);
        memcpy(&limit, limits + from, sizeof limit);
        some &= vu32_below(word[0], limit);
        vu32_compress(w->heir + w->heirs, col + from + vu32_count(), some);
        w->heirs += vu32_compress(w->choice + w->heirs, word[1], some);
    }
}

/* The position of set bit number pick, from 0, in bits. */
FUNCTION uint32_t place_of(uint32_t pick, uint32_t bits) {
#ifdef __BMI2__
    bits = _pdep_u32(1u << pick, bits);
#else
    while (pick--)
        bits &= bits - 1;
#endif
    return (uint32_t)__builtin_ctz(bits);
}

/* rule_parent() for the heirs of a row; sets born of those that are born. */
FUNCTION void choose_parents(struct simd *simd, struct band *band, struct scratch *w, uint32_t L,
                             uint32_t row) {
    uint32_t cols = w->cols, start = row * cols;
    uint32_t rows[3] = {(row ? row : w->rows) * cols - cols, start,
                        row + 1 < w->rows ? start + cols : 0};
    struct heir *heir = band->heir + band->heirs;
    uint32_t births = 0;
    for (uint32_t h = 0; h < w->heirs; h++) {
        uint32_t at = w->heir[h], around = 0;
        for (int r = 0; r < 3; r++)
            around |= (bits_from(w->alive[r], at) & 7) << 3 * r;
        uint32_t m = place_of(choose(w->choice[h], (uint32_t)__builtin_popcount(around)), around);
        uint32_t col = at + m % 3; /* that of the parent, plus 1 */
        col = col ? col - 1 : cols - 1;
        heir[h] = (struct heir){start + at, rows[m / 3] + (col < cols ? col : 0)};
        w->heir[births] = start + at;
        births += simd->world->slots[start + at] == 0;
    }
    for (uint32_t b = 0; b < births; b++) {
        vu32 by[SET_VECTORS];
        uint64_t any = 0;
        size_t sets = 0;
        for (uint32_t first = 0; first < 10 * L * L; first += SET, sets++) {
            band->perturbed = grow(band->perturbed, &band->capacity, band->sets + sets + 1,
                                   sizeof *band->perturbed, "births");
            uint64_t set = draw_perturbed(simd, L, w->heir[b], first, by);
            any |= band->perturbed[band->sets + sets] = set;
        }
        band->sets += any ? sets : 0; /* else the next one writes over them */
        simd->born[w->heir[b]] = any ? BORN_MUTANT : BORN_COPY;
    }
    band->heirs += w->heirs;
    band->births += births;
    w->heirs = 0;
}

/* Perturbs those weights of a genome born in cell, of first to first + SET - 1, whose bits are set:
   few of them one by one, which takes less than to draw for all. */
FUNCTION void perturb(const struct simd *simd, uint32_t L, uint32_t cell, uint32_t first,
                      uint64_t perturbed, float *genome) {
    enum { FEW = 4 };
    const struct world *world = simd->world;
    bool few = __builtin_popcountll(perturbed) <= FEW;
    vu32 by[SET_VECTORS];
    if (!few)
        draw_perturbed(simd, L, cell, first, by);
    for (; perturbed; perturbed &= perturbed - 1) {
        uint32_t k = (uint32_t)__builtin_ctzll(perturbed), at = first + k;
        uint32_t word = few ? draw(world->model.seed, cell, world->generation, MUTATION + at / 2)
                                  .w[at % 2 ? 3 : 1]
                            : by[k / W][k % W];
        genome[rule_weight(L, at)] += 2.0f * unit(word) - 1.0f;
    }
}

/* Makes the genomes of the band's mutants: copies of their parents', perturbed. */
static void make_mutants(struct simd *simd, struct band *band) {
    const struct world *world = simd->world;
    const uint64_t *perturbed = band->perturbed;
    uint32_t L = world->model.channels;
    for (uint32_t m = 0; m < band->mutants; m++) {
        uint32_t b = band->first_mutant + m;
        float *genome = pool_genome(&world->pool, world->births.slot[b]);
        memcpy(genome, pool_genome(&world->pool, world->births.parent[b]),
               world->pool.genome * sizeof *genome);
        for (uint32_t first = 0; first < 10 * L * L; first += SET)
            perturb(simd, L, band->heir[m].cell, first, *perturbed++, genome);
    }
}

/* A free slot for a mutant, not smaller than next_free, and all that the pool says of it but the
   genome. */
FUNCTION uint32_t assign_slot(struct simd *simd, uint32_t next_free, uint32_t parent) {
    struct world *world = simd->world;
    struct pool *pool = &world->pool;
    while (next_free <= pool->capacity && simd->carried[next_free])
        next_free++;
    pool_reserve(pool, next_free);
    pool->serial[next_free] = pool->next_serial++;
    pool->parent[next_free] = pool->serial[parent];
    births_add(&world->births, next_free, parent);
    return next_free;
}

/* Sets the slots of all heirs in cell order, as the raster schedule requires: a parent with a
   smaller index has its new slot already. Mutants get free slots in ascending order. */
static void assign_slots(struct simd *simd) {
    enum { SOON = 32 }; /* prefetch slots so many heirs ahead */
    struct world *world = simd->world;
    uint32_t *slots = world->slots, next_free = 1;
    uint64_t first_serial = world->pool.next_serial;
    bool sync = world->model.schedule == SYNC;
    simd->chained = false;
    for (uint32_t b = 0; b < simd->bands; b++) {
        struct band *band = &simd->band[b];
        band->first_mutant = world->births.count;
        band->mutants = 0;
        for (uint32_t h = 0; h < band->heirs; h++) {
            uint32_t cell = band->heir[h].cell, parent = band->heir[h].parent;
            if (band->heirs - h > SOON) {
                __builtin_prefetch(slots + band->heir[h + SOON].parent);
                __builtin_prefetch(slots + band->heir[h + SOON].cell, 1);
                __builtin_prefetch(simd->born + band->heir[h + SOON].cell);
            }
            if (!sync)
                parent = slots[parent];
            slots[cell] = parent;
            if (simd->born[cell] != BORN_MUTANT)
                continue;
            simd->chained |= world->pool.serial[parent] >= first_serial;
            next_free = assign_slot(simd, next_free, parent);
            slots[cell] = next_free++;
            band->heir[band->mutants++].cell = cell; /* this heir, or one before */
        }
    }
}

/* The second pass, by one thread. If a mutant's parent is a mutant of this generation itself, all
   genomes are made here, in order; else in the third pass, by band. */
static void inherit(struct simd *simd) {
    struct world *world = simd->world;
    uint32_t births = 0;
    for (uint32_t b = 0; b < simd->bands; b++)
        births += simd->band[b].births;
    for (size_t i = 0; births && !simd->mark && i < world->cells; i++)
        simd->carried[world->slots[i]] = 1;
    bool sync = world->model.schedule == SYNC;
    for (uint32_t b = 0; sync && b < simd->bands; b++)
        for (uint32_t h = 0; h < simd->band[b].heirs; h++)
            simd->band[b].heir[h].parent = world->slots[simd->band[b].heir[h].parent];
    assign_slots(simd);
    memset(simd->carried, 0, world->cells + 1);
    simd->mark = births > 0; /* births are likely in the next generation, too */
    for (uint32_t b = 0; simd->chained && b < simd->bands; b++)
        make_mutants(simd, &simd->band[b]);
}

#endif
