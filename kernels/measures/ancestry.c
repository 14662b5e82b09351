/* SPDX-License-Identifier: MIT */
#include "kernels/measures/ancestry.h"

#include "common/err.h"
#include "common/hash_table.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct ancestry {
    uint32_t *before; /* [cells] slots in the generation before */
    size_t capacity;  /* of slots */
    uint8_t *taken;   /* [capacity] carried in the generation before, or born in this one */
    uint32_t *to;     /* [capacity] for ancestry_compact() */
    struct hash_table by_genome; /* slots that are taken */
    uint32_t next_free;          /* no slot below is free */
};

struct ancestry *ancestry_new(const struct world *world) {
    struct ancestry *a = allocate(1, sizeof *a, "genomes");
    a->before = allocate(world->cells, sizeof *a->before, "genomes");
    return a;
}

void ancestry_free(struct ancestry *a) {
    free(a->before);
    free(a->taken);
    free(a->to);
    hash_table_free(&a->by_genome);
    free(a);
}

static void reserve(struct ancestry *a, struct world *world, uint32_t slot) {
    pool_reserve(&world->pool, slot);
    size_t slots = (size_t)world->pool.capacity + 1;
    if (slots <= a->capacity)
        return;
    a->taken = extend(a->taken, a->capacity, slots, sizeof *a->taken, "genomes");
    a->to = extend(a->to, a->capacity, slots, sizeof *a->to, "genomes");
    hash_table_reserve(&a->by_genome, slots);
    a->capacity = slots;
}

static uint64_t hash_of(const struct world *world, const float *genome) {
    return XXH64(genome, world->pool.genome * sizeof *genome, 0);
}

static void take(struct ancestry *a, uint32_t slot, uint64_t hash) {
    hash_table_add(&a->by_genome, slot, hash);
    a->taken[slot] = 1;
}

void ancestry_begin(struct ancestry *a, struct world *world) {
    reserve(a, world, 0);
    memset(a->taken, 0, a->capacity);
    hash_table_clear(&a->by_genome);
    memcpy(a->before, world->slots, world->cells * sizeof *a->before);
    for (size_t i = 0; i < world->cells; i++)
        a->taken[a->before[i]] = 1;
    for (uint32_t slot = 1; slot < a->capacity; slot++)
        if (a->taken[slot])
            take(a, slot, hash_of(world, pool_genome(&world->pool, slot)));
    a->next_free = 1;
    world->births.count = 0;
}

uint32_t ancestry_find(struct ancestry *a, const struct world *world, const float *genome) {
    uint32_t slot = hash_table_first(&a->by_genome, hash_of(world, genome));
    while (slot &&
           memcmp(pool_genome(&world->pool, slot), genome, world->pool.genome * sizeof *genome))
        slot = hash_table_next(&a->by_genome, slot);
    return slot;
}

/* The number of parameters that differ, or SIZE_MAX if child cannot be a mutant of parent. */
static size_t difference(size_t L, const float *child, const float *parent) {
    const size_t W1 = 9 * L * L, W2 = W1 + L, b2 = W2 + L * L, P = b2 + L;
    size_t count = 0;
    for (size_t p = 0; p < P; p++)
        if (child[p] != parent[p]) {
            bool bias = (p >= W1 && p < W2) || p >= b2;
            if (bias || fabsf(child[p] - parent[p]) > 1.000001f) /* the sum was rounded */
                return SIZE_MAX;
            count++;
        }
    return 2 * count <= 10 * L * L ? count : SIZE_MAX;
}

uint32_t ancestry_parent(struct ancestry *a, const struct world *world, size_t cell,
                         const float *genome) {
    const struct model *model = &world->model;
    size_t rows = model->height, cols = model->width, least = SIZE_MAX;
    uint32_t nearest = 0;
    for (size_t m = 0; m < 18; m++) {
        size_t row = (cell / cols + rows + m % 9 / 3 - 1) % rows,
               col = (cell % cols + cols + m % 3 - 1) % cols, other = row * cols + col;
        if ((world->state && !(world->state[other] > model->alpha)) ||
            (m >= 9 && (other >= cell || model->schedule != RASTER)))
            continue;
        uint32_t slot = m < 9 ? a->before[other] : world->slots[other];
        size_t count =
            slot ? difference(model->channels, genome, pool_genome(&world->pool, slot)) : SIZE_MAX;
        if (count == least && slot != nearest)
            nearest = 0;
        else if (count < least) {
            least = count;
            nearest = slot;
        }
    }
    return nearest;
}

uint32_t ancestry_birth(struct ancestry *a, struct world *world, uint32_t parent,
                        const float *genome) {
    struct pool *pool = &world->pool;
    while (a->next_free < a->capacity && a->taken[a->next_free])
        a->next_free++;
    uint32_t slot = a->next_free;
    if (slot > MAX_CELLS)
        die(EXIT_FAILED, "more genomes at a time than slots, %u", MAX_CELLS);
    reserve(a, world, slot);
    memcpy(pool_genome(pool, slot), genome, pool->genome * sizeof *genome);
    pool->serial[slot] = pool->next_serial++;
    pool->parent[slot] = pool->serial[parent];
    births_add(&world->births, slot, parent);
    take(a, slot, hash_of(world, genome));
    return slot;
}

void ancestry_compact(struct ancestry *a, struct world *world) {
    struct pool *pool = &world->pool;
    uint32_t n = 0;
    memset(a->to, 0, a->capacity * sizeof *a->to);
    for (size_t i = 0; i < world->cells; i++)
        a->to[world->slots[i]] = 1;
    a->to[0] = 0;
    for (uint32_t slot = 1; slot < a->capacity; slot++)
        if (a->to[slot]) {
            a->to[slot] = ++n;
            memmove(pool_genome(pool, n), pool_genome(pool, slot), pool->genome * sizeof(float));
            pool->serial[n] = pool->serial[slot];
            pool->parent[n] = pool->parent[slot];
        }
    for (size_t i = 0; i < world->cells; i++)
        world->slots[i] = a->to[world->slots[i]];
    world->births.count = 0;
}
