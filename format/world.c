#include "world.h"

#include "common/err.h"

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
    .schedule = RASTER,
    .seed = 1,
    .landscape = "none",
    .landscape_on = ON_BUDGET,
};

void pool_reserve(struct pool *pool, uint32_t slot) {
    if (pool->parameters && slot <= pool->room)
        return;
    size_t before = pool->parameters ? (size_t)pool->room + 1 : 0;
    size_t after = before + before / 4;
    if (after < (size_t)slot + 1)
        after = (size_t)slot + 1;
    if (after > (size_t)MOST_CELLS + 1)
        after = (size_t)MOST_CELLS + 1;
    size_t bytes = pool->genome * sizeof *pool->parameters;
    pool->parameters = reallocate(pool->parameters, after, bytes, "genome pool");
    pool->serial = reallocate(pool->serial, after, sizeof *pool->serial, "genome pool");
    pool->parent = reallocate(pool->parent, after, sizeof *pool->parent, "genome pool");
    /* Parameters of slots never used stay untouched, so that their pages cost no memory. */
    if (!before)
        memset(pool->parameters, 0, bytes);
    memset(pool->serial + before, 0, (after - before) * sizeof *pool->serial);
    memset(pool->parent + before, 0, (after - before) * sizeof *pool->parent);
    pool->room = (uint32_t)(after - 1);
}

void births_add(struct births *births, uint32_t slot, uint32_t parent) {
    if (births->count == births->room) {
        births->room += births->room / 2 + 1024;
        births->slot = reallocate(births->slot, births->room, sizeof *births->slot, "births");
        births->parent = reallocate(births->parent, births->room, sizeof *births->parent, "births");
    }
    births->slot[births->count] = slot;
    births->parent[births->count++] = parent;
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
