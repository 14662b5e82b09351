/* SPDX-License-Identifier: MIT */
#include "common/hash_table.h"

#include "common/err.h"

#include <stdlib.h>
#include <string.h>

enum { MIN_BITS = 10 };

static uint32_t *bucket(const struct hash_table *t, uint64_t hash) {
    return &t->first[hash >> (64 - t->bits)];
}

/* Moves all entries to at least capacity buckets. Entries with equal hashes keep their order, as
   all are in one bucket before and after. */
static void add_buckets(struct hash_table *t, size_t capacity) {
    uint32_t *old = t->first;
    size_t count = old ? (size_t)1 << t->bits : 0;
    t->bits = MIN_BITS;
    while (capacity >> t->bits)
        t->bits++;
    t->first = allocate((size_t)1 << t->bits, sizeof *t->first, "hash table");
    for (size_t b = 0; b < count; b++)
        for (uint32_t entry = old[b], next; entry; entry = next) {
            next = t->next[entry];
            hash_table_add(t, entry, t->hash[entry]);
        }
    free(old);
}

void hash_table_reserve(struct hash_table *t, size_t capacity) {
    if (t->first && capacity <= t->capacity)
        return;
    t->hash = reallocate(t->hash, capacity, sizeof *t->hash, "hash table");
    t->next = reallocate(t->next, capacity, sizeof *t->next, "hash table");
    t->capacity = capacity;
    if (!t->first || capacity >> t->bits)
        add_buckets(t, capacity);
}

void hash_table_clear(struct hash_table *t) {
    memset(t->first, 0, sizeof *t->first << t->bits);
}

void hash_table_add(struct hash_table *t, uint32_t entry, uint64_t hash) {
    uint32_t *link = bucket(t, hash);
    while (*link)
        link = &t->next[*link];
    *link = entry;
    t->next[entry] = 0;
    t->hash[entry] = hash;
}

void hash_table_remove(struct hash_table *t, uint32_t entry) {
    uint32_t *link = bucket(t, t->hash[entry]);
    while (*link != entry)
        link = &t->next[*link];
    *link = t->next[entry];
}

void hash_table_free(struct hash_table *t) {
    free(t->hash);
    free(t->next);
    free(t->first);
    memset(t, 0, sizeof *t);
}
