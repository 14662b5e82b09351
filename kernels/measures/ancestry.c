#include "kernels/measures/ancestry.h"

#include "common/err.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct descent {
    uint32_t *before;   /* [cells] slots in the generation before */
    size_t room;        /* slots that there is room for: */
    uint8_t *taken;     /* [room] carried in the generation before, or born in this one */
    uint64_t *hash;     /* [room] of the genome in a slot that is taken */
    uint32_t *next;     /* [room] the next slot of the same bucket; 0 ends */
    uint32_t *to;       /* [room] for descent_compact() */
    size_t buckets;     /* a power of 2 */
    uint32_t *bucket;   /* [buckets] first slot of each */
    uint32_t next_free; /* no slot below is free */
};

struct descent *descent_new(const struct world *world) {
    struct descent *d = allocate(1, sizeof *d, "genomes");
    d->before = allocate(world->cells, sizeof *d->before, "genomes");
    for (d->buckets = 64; d->buckets < world->cells;)
        d->buckets *= 2;
    d->bucket = allocate(d->buckets, sizeof *d->bucket, "genomes");
    return d;
}

void descent_free(struct descent *d) {
    free(d->before);
    free(d->taken);
    free(d->hash);
    free(d->next);
    free(d->to);
    free(d->bucket);
    free(d);
}

static void reserve(struct descent *d, struct world *world, uint32_t slot) {
    pool_reserve(&world->pool, slot);
    size_t room = (size_t)world->pool.capacity + 1;
    if (room <= d->room)
        return;
    d->taken = reallocate(d->taken, room, sizeof *d->taken, "genomes");
    d->hash = reallocate(d->hash, room, sizeof *d->hash, "genomes");
    d->next = reallocate(d->next, room, sizeof *d->next, "genomes");
    d->to = reallocate(d->to, room, sizeof *d->to, "genomes");
    memset(d->taken + d->room, 0, (room - d->room) * sizeof *d->taken);
    d->room = room;
}

static uint64_t hash_of(const struct world *world, const float *genome) {
    return XXH64(genome, world->pool.genome * sizeof *genome, 0);
}

/* Last in its bucket, so that what is known longest is found first. */
static void take(struct descent *d, uint32_t slot, uint64_t hash) {
    uint32_t *link = &d->bucket[hash & (d->buckets - 1)];
    while (*link)
        link = &d->next[*link];
    *link = slot;
    d->next[slot] = 0;
    d->hash[slot] = hash;
    d->taken[slot] = 1;
}

void descent_begin(struct descent *d, struct world *world) {
    reserve(d, world, 0);
    memset(d->taken, 0, d->room);
    memset(d->bucket, 0, d->buckets * sizeof *d->bucket);
    memcpy(d->before, world->slots, world->cells * sizeof *d->before);
    for (size_t i = 0; i < world->cells; i++)
        d->taken[d->before[i]] = 1;
    for (uint32_t slot = 1; slot < d->room; slot++)
        if (d->taken[slot])
            take(d, slot, hash_of(world, pool_genome(&world->pool, slot)));
    d->next_free = 1;
    world->births.count = 0;
}

uint32_t descent_find(struct descent *d, const struct world *world, const float *genome) {
    uint64_t hash = hash_of(world, genome);
    uint32_t slot = d->bucket[hash & (d->buckets - 1)];
    while (slot && (d->hash[slot] != hash || memcmp(pool_genome(&world->pool, slot), genome,
                                                    world->pool.genome * sizeof *genome)))
        slot = d->next[slot];
    return slot;
}

/* How many parameters differ, or SIZE_MAX if the one cannot have come from the other. */
static size_t difference(size_t L, const float *child, const float *parent) {
    const size_t W1 = 9 * L * L, W2 = W1 + L, b2 = W2 + L * L, P = b2 + L;
    size_t count = 0;
    for (size_t p = 0; p < P; p++)
        if (child[p] != parent[p]) {
            bool bias = (p >= W1 && p < W2) || p >= b2;
            if (bias || fabsf(child[p] - parent[p]) > 1.000001f) /* a sum is rounded */
                return SIZE_MAX;
            count++;
        }
    return 2 * count <= 10 * L * L ? count : SIZE_MAX;
}

uint32_t descent_parent(struct descent *d, const struct world *world, size_t cell,
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
        uint32_t slot = m < 9 ? d->before[other] : world->slots[other];
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

uint32_t descent_birth(struct descent *d, struct world *world, uint32_t parent,
                       const float *genome) {
    struct pool *pool = &world->pool;
    while (d->next_free < d->room && d->taken[d->next_free])
        d->next_free++;
    uint32_t slot = d->next_free;
    if (slot > MAX_CELLS)
        die(EXIT_FAILED, "more genomes at a time than slots, %u", MAX_CELLS);
    reserve(d, world, slot);
    memcpy(pool_genome(pool, slot), genome, pool->genome * sizeof *genome);
    pool->serial[slot] = pool->next_serial++;
    pool->parent[slot] = pool->serial[parent];
    births_add(&world->births, slot, parent);
    take(d, slot, hash_of(world, genome));
    return slot;
}

void descent_compact(struct descent *d, struct world *world) {
    struct pool *pool = &world->pool;
    uint32_t n = 0;
    memset(d->to, 0, d->room * sizeof *d->to);
    for (size_t i = 0; i < world->cells; i++)
        d->to[world->slots[i]] = 1;
    d->to[0] = 0;
    for (uint32_t slot = 1; slot < d->room; slot++)
        if (d->to[slot]) {
            d->to[slot] = ++n;
            memmove(pool_genome(pool, n), pool_genome(pool, slot), pool->genome * sizeof(float));
            pool->serial[n] = pool->serial[slot];
            pool->parent[n] = pool->parent[slot];
        }
    for (size_t i = 0; i < world->cells; i++)
        world->slots[i] = d->to[world->slots[i]];
    world->births.count = 0;
}
