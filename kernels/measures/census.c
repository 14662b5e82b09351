#include "kernels/measures/census.h"

#include "common/err.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* By slot: the genome last seen there, its deviation, and a hash table of genomes by content, in
   which twins (equal genomes in two slots: rare, but they happen) find each other. */
struct census_state {
    size_t cells, room, buckets;
    uint8_t *was; /* [cells] in the generation before: 1 alive, 2 with a genome */
    bool second;  /* there was one */
    uint64_t *serial;
    double *deviation;
    uint64_t *hash;
    uint32_t *next; /* of the same bucket; 0 ends */
    uint8_t *carried, *twin;
    uint32_t *bucket; /* [buckets] first slot of each */
};

struct census_state *census_state_new(void) {
    return allocate(1, sizeof(struct census_state), "census");
}

void census_state_free(struct census_state *c) {
    free(c->was);
    free(c->serial);
    free(c->deviation);
    free(c->hash);
    free(c->next);
    free(c->carried);
    free(c->twin);
    free(c->bucket);
    free(c);
}

static void insert(struct census_state *c, uint32_t slot) {
    uint32_t *first = &c->bucket[c->hash[slot] & (c->buckets - 1)];
    c->next[slot] = *first;
    *first = slot;
}

static void extract(struct census_state *c, uint32_t slot) {
    uint32_t *link = &c->bucket[c->hash[slot] & (c->buckets - 1)];
    while (*link != slot)
        link = &c->next[*link];
    *link = c->next[slot];
}

static void reserve(struct census_state *c, size_t room) {
    if (room <= c->room)
        return;
    c->serial = reallocate(c->serial, room, sizeof *c->serial, "census");
    c->deviation = reallocate(c->deviation, room, sizeof *c->deviation, "census");
    c->hash = reallocate(c->hash, room, sizeof *c->hash, "census");
    c->next = reallocate(c->next, room, sizeof *c->next, "census");
    c->carried = reallocate(c->carried, room, 1, "census");
    c->twin = reallocate(c->twin, room, 1, "census");
    memset(c->serial + c->room, 0, (room - c->room) * sizeof *c->serial);
    memset(c->twin + c->room, 0, room - c->room);
    c->deviation[0] = 0.0;
    c->room = room;
    if (room > c->buckets) {
        free(c->bucket);
        for (c->buckets = 1024; c->buckets < room;)
            c->buckets *= 2;
        c->bucket = allocate(c->buckets, sizeof *c->bucket, "census");
        for (size_t slot = 1; slot < room; slot++)
            if (c->serial[slot])
                insert(c, (uint32_t)slot);
    }
}

static double sample_deviation(const float *values, size_t count) {
    double sum = 0.0, squares = 0.0, n = (double)count;
    for (size_t p = 0; p < count; p++)
        sum += values[p];
    for (size_t p = 0; p < count; p++)
        squares += (values[p] - sum / n) * (values[p] - sum / n);
    return count > 1 ? sqrt(squares / (n - 1)) : 0.0;
}

static bool equal(const struct pool *pool, uint32_t a, uint32_t b) {
    return !memcmp(pool_genome(pool, a), pool_genome(pool, b), pool->genome * sizeof(float));
}

/* A genome is new in slot. */
static void learn(struct census_state *c, const struct pool *pool, uint32_t slot) {
    const float *genome = pool_genome(pool, slot);
    if (c->serial[slot])
        extract(c, slot);
    c->serial[slot] = pool->serial[slot];
    c->hash[slot] = XXH64(genome, pool->genome * sizeof *genome, 0);
    c->deviation[slot] = sample_deviation(genome, pool->genome);
    c->twin[slot] = 0;
    insert(c, slot);
    for (uint32_t s = c->next[slot]; s; s = c->next[s])
        if (c->hash[s] == c->hash[slot])
            c->twin[s] = c->twin[slot] = 1; /* a hint: the pool may have moved on in s */
}

/* Whether a carried slot after this one in its bucket holds the same genome. */
static bool counted_elsewhere(const struct census_state *c, const struct pool *pool,
                              uint32_t slot) {
    for (uint32_t s = c->next[slot]; s; s = c->next[s])
        if (c->carried[s] && c->hash[s] == c->hash[slot] && equal(pool, s, slot))
            return true;
    return false;
}

struct census census_take(struct census_state *c, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t cells = world->cells;
    struct census census = {0};
    double ages = 0.0, alpha = 0.0, deviations = 0.0, square_alpha = 0.0, square_deviations = 0.0;
    if (!c->was)
        c->was = allocate(cells, 1, "census");
    reserve(c, (size_t)pool->capacity + 1);
    memset(c->carried, 0, (size_t)pool->capacity + 1);

    for (size_t i = 0; i < cells; i++) {
        uint32_t slot = world->slots[i];
        bool alive = world->state[i] != 0.0f;
        if (c->serial[slot] != pool->serial[slot])
            learn(c, pool, slot);
        c->carried[slot] = 1;
        census.alive += alive;
        census.genomes += slot != 0;
        census.births += slot && !(c->was[i] & 2);
        census.deaths += !alive && c->was[i] & 1;
        c->was[i] = (uint8_t)(alive | (slot != 0) << 1);
        ages += alive ? world->ages[i] : 0;
        alpha += world->state[i];
        deviations += c->deviation[slot];
    }
    double n = (double)cells, mean_alpha = alpha / n, mean_deviation = deviations / n;
    for (size_t i = 0; i < cells; i++) {
        double a = world->state[i] - mean_alpha;
        double d = c->deviation[world->slots[i]] - mean_deviation;
        square_alpha += a * a;
        square_deviations += d * d;
    }
    for (uint32_t slot = 1; slot <= pool->capacity; slot++)
        census.genotypes +=
            c->carried[slot] && !(c->twin[slot] && counted_elsewhere(c, pool, slot));
    if (!c->second)
        census.births = census.deaths = 0;
    c->second = true;
    census.mean_age = census.alive ? ages / (double)census.alive : 0.0;
    census.cell_sd = cells > 1 ? sqrt(square_alpha / (n - 1)) : 0.0;
    census.genome_sd = cells > 1 ? sqrt(square_deviations / (n - 1)) : 0.0;
    return census;
}
