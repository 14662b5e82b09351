/* SPDX-License-Identifier: MIT */
#include "kernels/measures/census.h"

#include "common/err.h"
#include "common/hash_table.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Of each slot, the genome last seen in it and its deviation. Twins are equal genomes in two slots:
   rare, but they happen. */
struct census_state {
    size_t capacity; /* of slots */
    uint8_t *was;    /* [cells] in the generation before: 1 alive, 2 with a genome */
    bool second;     /* there was a generation before */
    uint64_t *serial;
    double *deviation;
    uint8_t *carried; /* in this generation */
    uint8_t *twin;    /* may have a twin */
    struct hash_table by_genome;
};

struct census_state *census_state_new(void) {
    return allocate(1, sizeof(struct census_state), "census");
}

void census_state_free(struct census_state *c) {
    free(c->was);
    free(c->serial);
    free(c->deviation);
    free(c->carried);
    free(c->twin);
    hash_table_free(&c->by_genome);
    free(c);
}

static void reserve(struct census_state *c, size_t slots) {
    if (slots <= c->capacity)
        return;
    c->serial = extend(c->serial, c->capacity, slots, sizeof *c->serial, "census");
    c->deviation = extend(c->deviation, c->capacity, slots, sizeof *c->deviation, "census");
    c->carried = extend(c->carried, c->capacity, slots, 1, "census");
    c->twin = extend(c->twin, c->capacity, slots, 1, "census");
    hash_table_reserve(&c->by_genome, slots);
    c->capacity = slots;
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

/* A slot has another genome than before. Inlined, it would take the registers of the loop over all
   cells, and a tenth of the speed. */
__attribute__((noinline)) static void take_genome(struct census_state *c, const struct pool *pool,
                                                  uint32_t slot) {
    const float *genome = pool_genome(pool, slot);
    struct hash_table *table = &c->by_genome;
    uint64_t hash = XXH64(genome, pool->genome * sizeof *genome, 0);
    if (c->serial[slot])
        hash_table_remove(table, slot);
    c->serial[slot] = pool->serial[slot];
    c->deviation[slot] = sample_deviation(genome, pool->genome);
    c->twin[slot] = 0;
    for (uint32_t s = hash_table_first(table, hash); s; s = hash_table_next(table, s))
        c->twin[s] = c->twin[slot] = 1; /* not for sure: s may have another genome by now */
    hash_table_add(table, slot, hash);
}

/* Whether a carried slot after this one in the table holds the same genome. */
static bool counted_elsewhere(const struct census_state *c, const struct pool *pool,
                              uint32_t slot) {
    const struct hash_table *table = &c->by_genome;
    for (uint32_t s = hash_table_next(table, slot); s; s = hash_table_next(table, s))
        if (c->carried[s] && equal(pool, s, slot))
            return true;
    return false;
}

struct census census_take(struct census_state *c, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t cells = world->cells;
    struct census census = {0};
    double ages = 0.0, alpha = 0.0, deviations = 0.0, square_alpha = 0.0, square_deviations = 0.0,
           square_carriers = 0.0;
    if (!c->was)
        c->was = allocate(cells, 1, "census");
    reserve(c, (size_t)pool->capacity + 1);
    memset(c->carried, 0, (size_t)pool->capacity + 1);

    /* Bytes that are written could be of any struct: pointers in variables are not read again. */
    uint8_t *was = c->was, *carried = c->carried;
    const uint64_t *known = c->serial, *serial = pool->serial;
    const uint32_t *slots = world->slots, *age = world->ages;
    const float *state = world->state;
    const double *deviation = c->deviation;
    for (size_t i = 0; i < cells; i++) {
        uint32_t slot = slots[i];
        bool alive = state[i] != 0.0f;
        if (known[slot] != serial[slot])
            take_genome(c, pool, slot);
        carried[slot] = 1;
        census.alive += alive;
        census.genomes += slot != 0;
        census.births += slot && !(was[i] & 2);
        census.deaths += !alive && was[i] & 1;
        was[i] = (uint8_t)(alive | (slot != 0) << 1);
        ages += alive ? age[i] : 0;
        alpha += state[i];
        deviations += deviation[slot];
    }
    double n = (double)cells, mean_alpha = alpha / n, mean_deviation = deviations / n;
    double carriers = (double)census.genomes, mean_carriers = deviations / fmax(carriers, 1.0);
    for (size_t i = 0; i < cells; i++) {
        double a = state[i] - mean_alpha, d = deviation[slots[i]] - mean_deviation;
        double of_carrier = slots[i] ? deviation[slots[i]] - mean_carriers : 0.0;
        square_alpha += a * a;
        square_deviations += d * d;
        square_carriers += of_carrier * of_carrier;
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
    census.genome_sd_carriers = census.genomes > 1 ? sqrt(square_carriers / (carriers - 1.0)) : 0.0;
    return census;
}
