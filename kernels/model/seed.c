/* SPDX-License-Identifier: MIT */
#include "kernels/model/seed.h"

#include "common/err.h"
#include "kernels/model/philox.h"
#include "kernels/model/rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct candidate {
    uint64_t key, cell;
};

static int compare(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static uint64_t key_of(uint64_t seed, uint64_t cell, enum purpose purpose) {
    struct philox words = draw(seed, cell, 0, purpose);
    return words.w[0] | (uint64_t)words.w[1] << 32;
}

/* Weights of W1 and W2, uniform within Glorot and Bengio's bounds (AISTATS 2010); biases 0. */
static void initial_genome(uint32_t L, uint64_t seed, uint64_t cell, float *genome) {
    memset(genome, 0, genome_size(L) * sizeof *genome);
    float bound1 = (float)sqrt(6.0 / (9.0 * L + L)), bound2 = (float)sqrt(6.0 / (2.0 * L));
    for (uint32_t w = 0; w < 10 * L * L; w++) {
        struct philox words = draw(seed, cell, 0, INITIAL + w / 4);
        float bound = w < 9 * L * L ? bound1 : bound2;
        genome[rule_weight(L, w)] = (2.0f * unit(words.w[w % 4]) - 1.0f) * bound;
    }
}

/* Flips 0 and 1 in the slots of the count cells with the smallest (key, cell). One pass counts keys
   by their high bits, which finds the bucket of the last such cell; a second flips all cells in the
   buckets below, and of that bucket the smallest, after sorting it. */
static void flip_smallest(uint32_t *slots, size_t cells, uint64_t seed, enum purpose purpose,
                          size_t count) {
    for (size_t i = 0; count == cells && i < cells; i++)
        slots[i] ^= 1;
    if (count == cells)
        return;
    enum { BITS = 16, BUCKETS = 1 << BITS };
    size_t *bucket = allocate(BUCKETS, sizeof *bucket, "seeding"), below = 0, n = 0, last = 0;
    for (size_t i = 0; i < cells; i++)
        bucket[key_of(seed, i, purpose) >> (64 - BITS)]++;
    while (last < BUCKETS - 1 && below + bucket[last] < count)
        below += bucket[last++];
    struct candidate *candidates = allocate(bucket[last], sizeof *candidates, "seeding");
    for (size_t i = 0; i < cells; i++) {
        uint64_t key = key_of(seed, i, purpose), high = key >> (64 - BITS);
        if (high < last)
            slots[i] ^= 1;
        else if (high == last)
            candidates[n++] = (struct candidate){key, i};
    }
    qsort(candidates, n, sizeof *candidates, compare);
    for (size_t i = 0; i < count - below; i++)
        slots[candidates[i].cell] ^= 1;
    free(candidates);
    free(bucket);
}

/* Makes the living cells of one of CHUNKS parts of the grid. */
enum { CHUNKS = 256 };
static void make_alive(void *context, unsigned chunk, unsigned worker) {
    struct world *world = context;
    const struct model *model = &world->model;
    size_t end = world->cells * (chunk + 1) / CHUNKS;
    (void)worker;
    for (size_t i = world->cells * chunk / CHUNKS; i < end; i++) {
        uint32_t slot = world->slots[i];
        if (!slot)
            continue;
        world->pool.serial[slot] = slot;
        initial_genome(model->channels, model->seed, i, pool_genome(&world->pool, slot));
        for (uint32_t c = 0; c < model->channels; c++)
            world->state[c * world->cells + i] = 1.0f;
    }
}

void seed_world(struct world *world, struct thread_pool *workers) {
    seed_flipped(world, 0, workers);
}

void seed_flipped(struct world *world, size_t flips, struct thread_pool *workers) {
    const struct model *model = &world->model;
    size_t cells = model_cells(model);
    double wanted = floor((double)cells * model->init);
    uint32_t count = wanted < (double)cells ? (uint32_t)wanted : (uint32_t)cells, alive = 0;

    world->generation = 0;
    world->cells = cells;
    world->state = allocate(cells, model->channels * sizeof *world->state, "state");
    world->ages = allocate(cells, sizeof *world->ages, "ages");
    world->slots = allocate(cells, sizeof *world->slots, "slots");
    world->pool.genome = genome_size(model->channels);
    flip_smallest(world->slots, cells, model->seed, PLACEMENT, count);
    if (flips)
        flip_smallest(world->slots, cells, model->seed, FLIP, flips);
    for (size_t i = 0; i < cells; i++)
        if (world->slots[i])
            world->slots[i] = ++alive;
    world->pool.next_serial = (uint64_t)alive + 1;
    pool_reserve(&world->pool, alive);
    thread_pool_run(workers, make_alive, world, CHUNKS);
}
