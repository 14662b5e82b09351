/* SPDX-License-Identifier: MIT */
#include "kernels/measures/census.h"

#include "common/err.h"
#include "kernels/measures/twins.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 4 }; /* genomes at a time */

/* Of each slot, the genome last seen in it and its deviation. */
struct census_state {
    size_t capacity; /* of slots */
    uint8_t *was;    /* [cells] in the generation before: 1 alive, 2 with a genome */
    bool second;     /* there was a generation before */
    uint64_t run;    /* of the pool */
    uint64_t *serial;
    double *deviation;
    struct square { /* of its difference from the mean over all cells, and over carriers */
        double all, carriers;
    } * square;
    uint8_t *carried; /* in this generation */
    uint32_t *fresh;  /* private to take_new() */
    struct twins twins;
};

struct census_state *census_state_new(void) {
    return allocate(1, sizeof(struct census_state), "census");
}

void census_state_free(struct census_state *c) {
    free(c->was);
    free(c->serial);
    free(c->deviation);
    free(c->square);
    free(c->carried);
    free(c->fresh);
    twins_free(&c->twins);
    free(c);
}

static void reserve(struct census_state *c, size_t slots) {
    if (slots <= c->capacity)
        return;
    c->serial = extend(c->serial, c->capacity, slots, sizeof *c->serial, "census");
    c->deviation = extend(c->deviation, c->capacity, slots, sizeof *c->deviation, "census");
    c->square = reallocate(c->square, slots, sizeof *c->square, "census");
    c->carried = extend(c->carried, c->capacity, slots, 1, "census");
    c->fresh = reallocate(c->fresh, slots + LANES, sizeof *c->fresh, "census");
    twins_reserve(&c->twins, slots);
    c->capacity = slots;
}

/* The sample deviations of the genomes in LANES slots, side by side: each sum waits for itself
   alone. */
static void sample_deviations(struct census_state *c, const struct pool *pool,
                              const uint32_t slot[LANES]) {
    const float *values[LANES];
    double sum[LANES] = {0}, squares[LANES] = {0}, n = (double)pool->genome;
    for (int k = 0; k < LANES; k++)
        values[k] = pool_genome(pool, slot[k]);
    for (size_t p = 0; p < pool->genome; p++)
        for (int k = 0; k < LANES; k++)
            sum[k] += values[k][p];
    for (int k = 0; k < LANES; k++)
        sum[k] /= n;
    for (size_t p = 0; p < pool->genome; p++)
        for (int k = 0; k < LANES; k++)
            squares[k] += (values[k][p] - sum[k]) * (values[k][p] - sum[k]);
    for (int k = 0; k < LANES; k++)
        c->deviation[slot[k]] = pool->genome > 1 ? sqrt(squares[k] / (n - 1)) : 0.0;
}

/* Takes the genomes that are new in the slots that cells carry. They lie all over the memory. */
static void take_new(struct census_state *c, const struct pool *pool) {
    enum { AHEAD = 8 };
    uint32_t *fresh = c->fresh;
    size_t count = 0;
    for (uint32_t slot = 1; slot <= pool->capacity; slot++) {
        fresh[count] = slot;
        count += c->carried[slot] & (c->serial[slot] != pool->serial[slot]);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t slot = fresh[i], soon = fresh[i + AHEAD < count ? i + AHEAD : i];
        genome_prefetch(pool_genome(pool, soon), pool->genome);
        twins_take(&c->twins, pool, slot, !c->serial[slot]);
        c->serial[slot] = pool->serial[slot];
    }
    for (size_t k = count; count && k % LANES; k++)
        fresh[k] = fresh[0];
    for (size_t i = 0; i < count; i += LANES)
        sample_deviations(c, pool, fresh + i);
}

/* Marks the slots that cells carry, takes the genomes that are new in them, and returns the number
   of genotypes. */
static uint64_t take_genomes(struct census_state *c, const struct world *world) {
    const struct pool *pool = &world->pool;
    const uint32_t *slots = world->slots;
    size_t count = (size_t)pool->capacity + 1, cells = world->cells;
    reserve(c, count);
    pool_follow(pool, &c->run, c->serial, c->capacity);
    uint8_t *carried = memset(c->carried, 0, count);
    for (size_t i = 0; i < cells; i++)
        carried[slots[i]] = 1;
    take_new(c, pool);
    uint64_t genotypes = 0;
    for (uint32_t slot = 1; slot < count; slot++)
        genotypes += carried[slot] && !twins_elsewhere(&c->twins, pool, carried, slot);
    return genotypes;
}

/* Counts by cell. No branches: where cells have life is hard to predict. */
static void count_cells(struct census_state *c, const struct world *world, struct census *census) {
    const uint32_t *slots = world->slots, *age = world->ages;
    const float *state = world->state;
    uint8_t *was = c->was;
    uint32_t living = 0, genomes = 0, births = 0, deaths = 0; /* MAX_CELLS at most */
    uint64_t ages = 0;
    for (size_t i = 0, cells = world->cells; i < cells; i++) {
        uint32_t alive = state[i] != 0.0f, genome = slots[i] != 0, before = was[i];
        living += alive;
        genomes += genome;
        births += genome & ~(before >> 1);
        deaths += before & ~alive & 1;
        ages += age[i] & (0 - alive);
        was[i] = (uint8_t)(alive | genome << 1);
    }
    census->alive = living;
    census->genomes = genomes;
    census->births = c->second ? births : 0;
    census->deaths = c->second ? deaths : 0;
    c->second = true;
    census->mean_age = census->alive ? (double)ages / (double)census->alive : 0.0;
}

/* Once for all cells that carry a slot. */
static void square_slots(struct census_state *c, uint32_t last, double mean, double mean_carriers) {
    for (size_t slot = 0; slot <= last; slot++) {
        double all = c->deviation[slot] - mean, carriers = c->deviation[slot] - mean_carriers;
        c->square[slot] = (struct square){all * all, slot ? carriers * carriers : 0.0};
    }
}

struct census census_take(struct census_state *c, const struct world *world) {
    size_t cells = world->cells;
    struct census census = {0};
    double alpha = 0.0, deviations = 0.0, square_alpha = 0.0, square_deviations = 0.0,
           square_carriers = 0.0;
    if (!c->was)
        c->was = allocate(cells, 1, "census");
    census.genotypes = take_genomes(c, world);
    count_cells(c, world, &census);

    const uint32_t *slots = world->slots;
    const float *state = world->state;
    const double *deviation = c->deviation;
    const struct square *square = c->square;
    for (size_t i = 0; i < cells; i++) {
        alpha += state[i];
        deviations += deviation[slots[i]];
    }
    double n = (double)cells, mean_alpha = alpha / n, mean_deviation = deviations / n;
    double carriers = (double)census.genomes, mean_carriers = deviations / fmax(carriers, 1.0);
    square_slots(c, world->pool.capacity, mean_deviation, mean_carriers);
    for (size_t i = 0; i < cells; i++) {
        double a = state[i] - mean_alpha;
        square_alpha += a * a;
        square_deviations += square[slots[i]].all;
        square_carriers += square[slots[i]].carriers;
    }
    census.cell_sd = cells > 1 ? sqrt(square_alpha / (n - 1)) : 0.0;
    census.genome_sd = cells > 1 ? sqrt(square_deviations / (n - 1)) : 0.0;
    census.genome_sd_carriers = census.genomes > 1 ? sqrt(square_carriers / (carriers - 1.0)) : 0.0;
    return census;
}
