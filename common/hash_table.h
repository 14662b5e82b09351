/* SPDX-License-Identifier: MIT */
/* A hash table of entries, which are the numbers 1, 2, .. of whatever the caller keeps in arrays.
   It finds entries by the 64-bit hash of their keys; the caller compares the keys. */
#ifndef NCA_HASH_TABLE_H
#define NCA_HASH_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct hash_table {  /* all zero at first */
    size_t capacity; /* entries are below */
    uint64_t *hash;  /* [capacity] of each entry */
    uint32_t *next;  /* [capacity] the next entry in the same bucket; 0: none */
    unsigned bits;   /* the high ones of a hash, which choose its bucket */
    uint32_t *first; /* [2^bits] first entry of each bucket */
};

/* Makes room for entries below capacity, with at least as many buckets. Ends the program if memory
   runs out. */
void hash_table_reserve(struct hash_table *table, size_t capacity);

/* Removes all entries; frees the memory. */
void hash_table_clear(struct hash_table *table);
void hash_table_free(struct hash_table *table);

/* A 64-bit hash of a number: different for different numbers. */
static inline uint64_t hash_number(uint64_t number) {
    return number * 0x9E3779B97F4A7C15u;
}

/* The first entry with this hash, in the order in which they were added, and the one after entry;
   0: there is none. */
static inline uint32_t hash_table_skip(const struct hash_table *table, uint32_t entry,
                                       uint64_t hash) {
    while (entry && table->hash[entry] != hash)
        entry = table->next[entry];
    return entry;
}
static inline uint32_t hash_table_first(const struct hash_table *table, uint64_t hash) {
    return hash_table_skip(table, table->first[hash >> (64 - table->bits)], hash);
}
static inline uint32_t hash_table_next(const struct hash_table *table, uint32_t entry) {
    return hash_table_skip(table, table->next[entry], table->hash[entry]);
}

/* Fetches what the next one or two of these need first. */
static inline void hash_table_prefetch(const struct hash_table *table, uint64_t hash) {
    __builtin_prefetch(&table->first[hash >> (64 - table->bits)], 1);
}

/* Adds an entry that is not in the table; removes one that is. */
void hash_table_add(struct hash_table *table, uint32_t entry, uint64_t hash);
void hash_table_remove(struct hash_table *table, uint32_t entry);

#endif
