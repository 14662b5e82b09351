/* SPDX-License-Identifier: MIT */
#include "kernels/model/world.h"

#include "common/err.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const activation_names[] = {"sigmoid", "tanh", "relu", "leakyrelu", "none"};
const char *const schedule_names[] = {"raster", "sync"};
const char *const target_names[] = {"budget", "alpha", "ip", "ppp"};

const struct model model_default = {
    .width = 200,
    .height = 200,
    .channels = 2,
    .init = 0.02,
    .ppp = 0.02f,
    .ip = 0.1f,
    .budget = 4,
    .alpha = 0.5f,
    .activation = SIGMOID,
    .hidden = SIGMOID,
    .cull_until = NEVER,
    .cull_every = 1,
    .schedule = RASTER,
    .seed = 1,
    .landscape = "none",
    .landscape_on = ON_BUDGET,
};

void pool_reserve(struct pool *pool, uint32_t slot) {
    if (pool->parameters && slot <= pool->capacity)
        return;
    size_t before = pool->parameters ? (size_t)pool->capacity + 1 : 0;
    size_t after = before + before / 4;
    if (after < (size_t)slot + 1)
        after = (size_t)slot + 1;
    if (after > (size_t)MAX_CELLS + 1)
        after = (size_t)MAX_CELLS + 1;
    size_t bytes = pool->genome * sizeof *pool->parameters;
    pool->parameters = reallocate(pool->parameters, after, bytes, "genome pool");
    pool->serial = extend(pool->serial, before, after, sizeof *pool->serial, "genome pool");
    pool->parent = extend(pool->parent, before, after, sizeof *pool->parent, "genome pool");
    /* Not extend(): pages of parameters that are never written take no memory. */
    if (!before)
        memset(pool->parameters, 0, bytes);
    memset(pool->serial + before, 0, (after - before) * sizeof *pool->serial);
    memset(pool->parent + before, 0, (after - before) * sizeof *pool->parent);
    pool->capacity = (uint32_t)(after - 1);
}

void pool_follow(const struct pool *pool, uint64_t *run, uint64_t *serial, size_t slots) {
    for (size_t slot = 0; *run != pool->run && slot < slots; slot++)
        serial[slot] = serial[slot] ? UINT64_MAX : 0;
    *run = pool->run;
}

void births_add(struct births *births, uint32_t slot, uint32_t parent) {
    if (births->count == births->capacity) {
        size_t capacity = births->capacity + (size_t)births->capacity / 2 + 1024;
        if (births->capacity == MAX_CELLS)
            die(EXIT_FAILED, "more births in a generation than cells, %u", MAX_CELLS);
        births->capacity = capacity < MAX_CELLS ? (uint32_t)capacity : MAX_CELLS;
        births->slot = reallocate(births->slot, births->capacity, sizeof *births->slot, "births");
        births->parent =
            reallocate(births->parent, births->capacity, sizeof *births->parent, "births");
    }
    births->slot[births->count] = slot;
    births->parent[births->count++] = parent;
}

void births_contradict(char error[128], uint64_t generation, uint64_t serial) {
    snprintf(error, 128,
             "generation %" PRIu64 " has another genotype %" PRIu64
             " than the part before: not parts of one run",
             generation, serial);
}

static void *copy(void *to, const void *from, size_t count, size_t size) {
    if (!from) {
        free(to);
        return NULL;
    }
    return memcpy(reallocate(to, count, size, "world"), from, count * size);
}

void world_copy(struct world *to, const struct world *from) {
    const struct pool *pool = &from->pool;
    size_t cells = from->cells, slots = (size_t)pool->capacity + 1, L = from->model.channels;
    to->model = from->model;
    to->generation = from->generation;
    to->cells = cells;
    to->state = copy(to->state, from->state, cells * L, sizeof *to->state);
    to->ages = copy(to->ages, from->ages, cells, sizeof *to->ages);
    to->slots = copy(to->slots, from->slots, cells, sizeof *to->slots);
    to->pool.genome = pool->genome;
    to->pool.capacity = pool->capacity;
    to->pool.next_serial = pool->next_serial;
    to->pool.run = pool->run;
    to->pool.parameters =
        copy(to->pool.parameters, pool->parameters, slots * pool->genome, sizeof *pool->parameters);
    to->pool.serial = copy(to->pool.serial, pool->serial, slots, sizeof *pool->serial);
    to->pool.parent = copy(to->pool.parent, pool->parent, slots, sizeof *pool->parent);
    to->births.count = 0;
}

static bool same_bits(float a, float b) {
    uint32_t x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

static bool genome_differs(const struct pool *a, const struct pool *b, uint32_t slot,
                           char what[120]) {
    const float *x = pool_genome(a, slot), *y = pool_genome(b, slot);
    if (a->serial[slot] != b->serial[slot])
        snprintf(what, 120, "genome %" PRIu64 ", not %" PRIu64, a->serial[slot], b->serial[slot]);
    else if (a->parent[slot] != b->parent[slot])
        snprintf(what, 120, "parent of genome %" PRIu64 ": %" PRIu64 ", not %" PRIu64,
                 a->serial[slot], a->parent[slot], b->parent[slot]);
    else {
        size_t p = 0;
        while (p < a->genome && same_bits(x[p], y[p]))
            p++;
        if (p == a->genome)
            return false;
        snprintf(what, 120, "genome %" PRIu64 ", parameter %zu: %.9g, not %.9g", a->serial[slot], p,
                 (double)x[p], (double)y[p]);
    }
    return true;
}

static bool cell_differs(const struct world *a, const struct world *b, size_t i, char what[120]) {
    for (uint32_t c = 0; c < a->model.channels; c++) {
        float x = a->state[c * a->cells + i], y = b->state[c * a->cells + i];
        if (!same_bits(x, y)) {
            snprintf(what, 120, "channel %" PRIu32 ": %.9g, not %.9g", c, (double)x, (double)y);
            return true;
        }
    }
    if (a->ages[i] != b->ages[i])
        snprintf(what, 120, "age %" PRIu32 ", not %" PRIu32, a->ages[i], b->ages[i]);
    else if (a->slots[i] != b->slots[i])
        snprintf(what, 120, "slot %" PRIu32 ", not %" PRIu32, a->slots[i], b->slots[i]);
    else
        return a->slots[i] && genome_differs(&a->pool, &b->pool, a->slots[i], what);
    return true;
}

bool world_differs(const struct world *a, const struct world *b, char what[200]) {
    char how[120];
    for (size_t i = 0; i < a->cells; i++)
        if (cell_differs(a, b, i, how)) {
            snprintf(what, 200, "cell %zu (row %zu, column %zu): %s", i, i / a->model.width,
                     i % a->model.width, how);
            return true;
        }
    return false;
}

uint64_t world_living(const struct world *world) {
    uint64_t count = 0;
    for (size_t i = 0; i < world->cells; i++)
        count += world->state[i] != 0.0f;
    return count;
}

void world_free(struct world *world) {
    free(world->state);
    free(world->ages);
    free(world->slots);
    free(world->pool.parameters);
    free(world->pool.serial);
    free(world->pool.parent);
    free(world->births.slot);
    free(world->births.parent);
    memset(world, 0, sizeof *world);
}
