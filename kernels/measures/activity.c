/* SPDX-License-Identifier: MIT */
#include "kernels/measures/activity.h"

#include "common/err.h"
#include "common/hash_table.h"
#include "kernels/measures/shadow.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct activity *a, size_t slots) {
    if (slots <= a->slots)
        return;
    a->serial = extend(a->serial, a->slots, slots, sizeof *a->serial, "activity");
    a->birth = extend(a->birth, a->slots, slots, sizeof *a->birth, "activity");
    a->carried = reallocate(a->carried, slots, 1, "activity");
    a->slots = slots;
}

/* The pool has genotypes of which no birth is known, or in other slots than before. */
static void meet(struct activity *a, const struct world *world, uint64_t first_born) {
    const struct pool *pool = &world->pool;
    struct hash_table by_serial = {0};
    uint64_t *birth = allocate(a->slots, sizeof *birth, "activity");
    hash_table_reserve(&by_serial, a->slots);
    for (uint32_t slot = 1; slot < a->slots; slot++)
        if (a->serial[slot])
            hash_table_add(&by_serial, slot, hash_number(a->serial[slot]));
    for (size_t slot = 1; slot < a->slots; slot++) {
        uint64_t serial = pool->serial[slot];
        uint32_t known = hash_table_first(&by_serial, hash_number(serial));
        birth[slot] = known ? a->birth[known] : world->generation;
    }
    for (size_t slot = 1; slot < a->slots; slot++)
        if (pool->serial[slot] < first_born) {
            a->serial[slot] = pool->serial[slot];
            a->birth[slot] = birth[slot];
        }
    hash_table_free(&by_serial);
    free(birth);
}

static void take_births(struct activity *a, const struct world *world) {
    const struct pool *pool = &world->pool;
    const struct births *births = &world->births;
    uint64_t serial = pool->next_serial - births->count;
    bool strange = false;
    reserve(a, (size_t)pool->capacity + 1);
    pool_follow(pool, &a->run, a->serial, a->slots);
    for (size_t slot = 1; slot < a->slots; slot++)
        strange |= (pool->serial[slot] != a->serial[slot]) & (pool->serial[slot] != 0) &
                   (pool->serial[slot] < serial);
    if (strange)
        meet(a, world, serial);
    for (uint32_t b = 0; b < births->count; b++, serial++) {
        a->serial[births->slot[b]] = serial;
        a->birth[births->slot[b]] = world->generation;
    }
}

void activity_left_out(struct activity *a, const struct world *world) {
    take_births(a, world);
    a->gap = true;
}

/* The n-th smallest of the values, n from 0, bit by bit: STEP bits at a time. */
static uint64_t ranked(const uint64_t *values, size_t count, size_t n, uint64_t most) {
    enum { STEP = 12 };
    uint32_t size[1 << STEP];
    uint64_t above = 0; /* the bits that are known */
    int shift = 0;
    while (most >> shift >> STEP)
        shift += STEP;
    for (; shift >= 0; shift -= STEP) {
        uint64_t last = most >> shift >> STEP ? (1 << STEP) - 1 : most >> shift, digit = 0;
        memset(size, 0, (last + 1) * sizeof *size);
        for (size_t i = 0; i < count; i++)
            if (values[i] >> shift >> STEP == above)
                size[values[i] >> shift & ((1 << STEP) - 1)]++;
        for (; n >= size[digit]; digit++)
            n -= size[digit];
        above = above << STEP | digit;
    }
    return above;
}

static struct activity_numbers numbers(const struct activity *a, size_t count) {
    struct activity_numbers n = {.diversity = (double)count};
    uint64_t most = 0, sum = 0, fresh = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t value = a->values[i];
        sum += value;
        fresh += value >= a->from && value < a->until ? value : 0;
        most = value > most ? value : most;
    }
    n.sum = (double)sum;
    n.mean = n.sum / n.diversity;
    n.fresh = (double)fresh / n.diversity;
    n.median = NAN;
    if (count) {
        uint64_t low = ranked(a->values, count, (count - 1) / 2, most);
        uint64_t high = count % 2 ? low : ranked(a->values, count, count / 2, most);
        n.median = ((double)low + (double)high) / 2.0;
    }
    return n;
}

static struct activity_numbers of_run(struct activity *a, const struct world *world) {
    size_t count = 0;
    memset(a->carried, 0, a->slots);
    for (size_t i = 0; i < world->cells; i++)
        a->carried[world->slots[i]] = 1;
    for (size_t slot = 1; slot < a->slots; slot++) {
        a->values[count] = world->generation - a->birth[slot] + 1;
        count += a->carried[slot];
    }
    return numbers(a, count);
}

void activity_take(struct activity *a, const struct world *world, struct activity_numbers *run,
                   struct activity_numbers *shadow) {
    take_births(a, world);
    if (!a->any)
        a->shadow = shadow_new(world);
    else
        a->gap |= world->generation != a->generation + 1;
    a->any = true;
    a->generation = world->generation;
    /* one more: what is written last may not count */
    size_t room = a->slots > world->cells ? a->slots : world->cells;
    a->values = grow(a->values, &a->values_room, room + 1, sizeof *a->values, "activity");
    *run = of_run(a, world);
    *shadow = (struct activity_numbers){NAN, NAN, NAN, NAN, NAN};
    if (a->gap)
        return;
    shadow_step(a->shadow, world, a->birth);
    *shadow = numbers(a, shadow_activities(a->shadow, world->generation, a->values));
}

void activity_free(struct activity *a) {
    free(a->serial);
    free(a->birth);
    free(a->carried);
    free(a->values);
    shadow_free(a->shadow);
}
