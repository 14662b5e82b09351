/* SPDX-License-Identifier: MIT */
/* One generation in plain C: the reference that every faster version is compared with. It is
   compiled once for any machine and once for x86-64 with FMA instructions; the bits are the same,
   since fmaf() is exact either way. */
#include "kernels/step/plain.h"
#include "kernels/model/rule.h"

#include <string.h>

/* The slot of the genome that cell i, whose own was empty, gets from its parent: the parent's slot
   if no weight is perturbed, else the smallest free one, for a mutant. */
static uint32_t birth(struct plain *plain, struct world *world, size_t i, uint32_t parent) {
    struct pool *pool = &world->pool;
    uint32_t slot = plain->next_free;
    while (slot <= pool->capacity && plain->carried[slot])
        slot++;
    plain->next_free = slot;
    pool_reserve(pool, slot);
    float *genome = pool_genome(pool, slot);
    memcpy(genome, pool_genome(pool, parent), pool->genome * sizeof *genome);
    if (!rule_mutate(world->model.channels, ppp_at(plain->land, &world->model, i),
                     world->model.seed, i, world->generation, genome))
        return parent;
    pool->serial[slot] = pool->next_serial++;
    pool->parent[slot] = pool->serial[parent];
    births_add(&world->births, slot, parent);
    plain->next_free = slot + 1;
    return slot;
}

/* Steps 1 to 4 of the rule for cell i: reads the state of generation t and plain->before, writes
   the next state and the cell's slot. around[9] are the cells of its neighbourhood, alpha[9]
   their thresholds. */
FUNCTION void live(struct plain *plain, struct world *world, uint32_t L, size_t i,
                   const size_t *around, const float *alpha) {
    const struct model *model = &world->model;
    float x[9 * MAX_CHANNELS], out[MAX_CHANNELS] = {0};
    for (uint32_t c = 0; c < L; c++)
        for (int m = 0; m < 9; m++)
            x[9 * c + m] = world->state[c * world->cells + around[m]];
    if (rule_live(L, x, alpha)) {
        uint32_t own = plain->before[i];
        if (own) /* the empty genome gives 0 */
            rule_forward(L, model->hidden, pool_genome(&world->pool, own), x, out);
        int m =
            rule_parent(x, alpha, ip_at(plain->land, model, i), model->seed, i, world->generation);
        if (m >= 0) {
            /* In raster order, cells with smaller indices have done step 3 already. */
            const uint32_t *from = model->schedule == RASTER ? world->slots : plain->before;
            uint32_t parent = from[around[m]];
            world->slots[i] = own ? parent : birth(plain, world, i, parent);
        }
    } else
        world->slots[i] = 0;
    rule_activate(L, model->activation, alpha[4], out);
    for (uint32_t c = 0; c < L; c++)
        plain->next[c * world->cells + i] = out[c];
}

/* Steps 5 to 8 for cell i. */
static void age_and_cull(struct plain *plain, struct world *world, size_t i) {
    const struct model *model = &world->model;
    uint32_t age = rule_age(plain->next[i], alpha_at(plain->land, model, i), world->ages[i]);
    bool just_born = plain->before[i] == 0;
    bool dies = age > budget_at(plain->land, model, i) || rule_cull(model, i, world->generation);
    if (dies || age == 0) {
        age = 0;
        for (uint32_t c = 0; c < model->channels; c++)
            plain->next[c * world->cells + i] = 0.0f;
        if (dies || !just_born)
            world->slots[i] = 0;
    }
    world->ages[i] = age;
}

/* Steps 1 to 4 for all cells. */
FUNCTION void sweep(struct plain *plain, struct world *world, uint32_t L) {
    size_t rows = world->model.height, cols = world->model.width;
    float alpha[9];
    for (int m = 0; m < 9; m++)
        alpha[m] = world->model.alpha;
    for (size_t row = 0; row < rows; row++) {
        size_t lines[3] = {(row ? row - 1 : rows - 1) * cols, row * cols,
                           (row + 1 < rows ? row + 1 : 0) * cols};
        for (size_t col = 0; col < cols; col++) {
            size_t columns[3] = {col ? col - 1 : cols - 1, col, col + 1 < cols ? col + 1 : 0};
            size_t around[9];
            for (int m = 0; m < 9; m++)
                around[m] = lines[m / 3] + columns[m % 3];
            for (int m = 0; plain->land && m < 9; m++)
                alpha[m] = alpha_at(plain->land, &world->model, around[m]);
            live(plain, world, L, row * cols + col, around, alpha);
        }
    }
}

void STEP_PLAIN(struct plain *plain, struct world *world) {
    size_t cells = world->cells;

    world->generation++;
    world->births.count = 0;
    memcpy(plain->before, world->slots, cells * sizeof *plain->before);
    memset(plain->carried, 0, cells + 1);
    for (size_t i = 0; i < cells; i++)
        plain->carried[plain->before[i]] = 1;
    plain->next_free = 1;

    if (world->model.channels == 2) /* a constant, so that the compiler unrolls loops */
        sweep(plain, world, 2);
    else
        sweep(plain, world, world->model.channels);
    for (size_t i = 0; i < cells; i++)
        age_and_cull(plain, world, i);

    float *state = world->state;
    world->state = plain->next;
    plain->next = state;
}
