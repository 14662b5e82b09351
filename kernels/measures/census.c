/* SPDX-License-Identifier: MIT */
#include "kernels/measures/census.h"

#include "common/err.h"
#include "kernels/measures/twins.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Of each slot, the genome last seen in it and its deviation. */
struct census_state {
    size_t capacity; /* of slots */
    uint8_t *was;    /* [cells] in the generation before: 1 alive, 2 with a genome */
    bool second;     /* there was a generation before */
    uint64_t *serial;
    double *deviation;
    uint8_t *carried; /* in this generation */
    struct twins twins;
};

struct census_state *census_state_new(void) {
    return allocate(1, sizeof(struct census_state), "census");
}

void census_state_free(struct census_state *c) {
    free(c->was);
    free(c->serial);
    free(c->deviation);
    free(c->carried);
    twins_free(&c->twins);
    free(c);
}

static void reserve(struct census_state *c, size_t slots) {
    if (slots <= c->capacity)
        return;
    c->serial = extend(c->serial, c->capacity, slots, sizeof *c->serial, "census");
    c->deviation = extend(c->deviation, c->capacity, slots, sizeof *c->deviation, "census");
    c->carried = extend(c->carried, c->capacity, slots, 1, "census");
    twins_reserve(&c->twins, slots);
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

/* A slot has another genome than before. Inlined, it would take the registers of the loop over all
   cells, and a tenth of the speed. */
__attribute__((noinline)) static void take_genome(struct census_state *c, const struct pool *pool,
                                                  uint32_t slot) {
    twins_take(&c->twins, pool, slot, !c->serial[slot]);
    c->serial[slot] = pool->serial[slot];
    c->deviation[slot] = sample_deviation(pool_genome(pool, slot), pool->genome);
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
        census.genotypes += c->carried[slot] && !twins_elsewhere(&c->twins, pool, c->carried, slot);
    if (!c->second)
        census.births = census.deaths = 0;
    c->second = true;
    census.mean_age = census.alive ? ages / (double)census.alive : 0.0;
    census.cell_sd = cells > 1 ? sqrt(square_alpha / (n - 1)) : 0.0;
    census.genome_sd = cells > 1 ? sqrt(square_deviations / (n - 1)) : 0.0;
    census.genome_sd_carriers = census.genomes > 1 ? sqrt(square_carriers / (carriers - 1.0)) : 0.0;
    return census;
}
