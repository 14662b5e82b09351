/* SPDX-License-Identifier: MIT */
/* The hash table finds the entries that were added and not removed, in the order in which they
   came, however often it grows. */
#include "common/hash_table.h"
#include "tests/tap.h"

#include <stdbool.h>

enum { ENTRIES = 5000, HASHES = 997 };

static uint64_t hash_of(uint32_t entry) {
    return hash_number(entry % HASHES);
}

/* Whether exactly those of the first count entries that are not multiples of gone are found. */
static bool holds(const struct hash_table *table, uint32_t count, uint32_t gone) {
    for (uint32_t h = 0; h < HASHES; h++) {
        uint32_t found = hash_table_first(table, hash_number(h));
        for (uint32_t entry = h ? h : HASHES; entry < count; entry += HASHES) {
            if (gone && entry % gone == 0)
                continue;
            if (found != entry)
                return false;
            found = hash_table_next(table, found);
        }
        if (found)
            return false;
    }
    return true;
}

int main(void) {
    struct hash_table table = {0};
    bool good = true;
    for (uint32_t entry = 1; entry < ENTRIES; entry++) {
        hash_table_reserve(&table, entry + 1);
        hash_table_add(&table, entry, hash_of(entry));
        if (entry % 512 == 0)
            good &= holds(&table, entry + 1, 0);
    }
    ok(good && holds(&table, ENTRIES, 0),
       "entries are found in the order in which they were added");
    for (uint32_t entry = 3; entry < ENTRIES; entry += 3)
        hash_table_remove(&table, entry);
    ok(holds(&table, ENTRIES, 3), "removed entries are not found, all others are");
    hash_table_reserve(&table, (size_t)4 * ENTRIES);
    ok(holds(&table, ENTRIES, 3), "the same after growing");
    hash_table_clear(&table);
    ok(holds(&table, 0, 0), "no entry is found after clearing");
    hash_table_free(&table);
    return done();
}
