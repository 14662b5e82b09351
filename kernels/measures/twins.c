/* SPDX-License-Identifier: MIT */
#include "kernels/measures/twins.h"

#include "common/err.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void twins_reserve(struct twins *t, size_t slots) {
    if (slots <= t->slots)
        return;
    t->has = extend(t->has, t->slots, slots, 1, "genomes");
    hash_table_reserve(&t->by_genome, slots);
    t->slots = slots;
}

void twins_take(struct twins *t, const struct pool *pool, uint32_t slot, bool first) {
    struct hash_table *table = &t->by_genome;
    uint64_t hash = XXH3_64bits(pool_genome(pool, slot), pool->genome * sizeof(float));
    if (!first)
        hash_table_remove(table, slot);
    t->has[slot] = 0;
    for (uint32_t s = hash_table_first(table, hash); s; s = hash_table_next(table, s))
        t->has[s] = t->has[slot] = 1; /* not for sure: s may have another genome by now */
    hash_table_add(table, slot, hash);
}

static bool equal(const struct pool *pool, uint32_t a, uint32_t b) {
    return !memcmp(pool_genome(pool, a), pool_genome(pool, b), pool->genome * sizeof(float));
}

/* The last one of equals in the table counts. */
bool twins_equal(const struct twins *t, const struct pool *pool, const uint8_t *carried,
                 uint32_t slot) {
    const struct hash_table *table = &t->by_genome;
    for (uint32_t s = hash_table_next(table, slot); s; s = hash_table_next(table, s))
        if (carried[s] && equal(pool, s, slot))
            return true;
    return false;
}

void twins_free(struct twins *t) {
    free(t->has);
    hash_table_free(&t->by_genome);
}
