/* SPDX-License-Identifier: MIT */
/* Twins are equal genomes in two slots of a pool: rare, but they happen, and count as one genotype.
   Used by census.c and colours.c. */
#ifndef NCA_TWINS_H
#define NCA_TWINS_H

#include "common/hash_table.h"
#include "kernels/model/world.h"

#include <stdbool.h>

struct twins {                   /* private; all zero at first */
    struct hash_table by_genome; /* slots */
    uint8_t *has;                /* [slots] may have a twin */
    size_t slots;
};

/* Makes room for so many slots. Ends the program if memory runs out. */
void twins_reserve(struct twins *twins, size_t slots);

/* A slot has another genome than before; the first one if there was none. */
void twins_take(struct twins *twins, const struct pool *pool, uint32_t slot, bool first);

/* Whether to leave out a carried slot, so that each genome counts once: another one with carried[]
   set holds the same. Inline what is nearly always all. */
bool twins_equal(const struct twins *twins, const struct pool *pool, const uint8_t *carried,
                 uint32_t slot);
static inline bool twins_elsewhere(const struct twins *twins, const struct pool *pool,
                                   const uint8_t *carried, uint32_t slot) {
    return twins->has[slot] && twins_equal(twins, pool, carried, slot);
}

/* Frees what it holds, not the twins themselves. */
void twins_free(struct twins *twins);

#endif
