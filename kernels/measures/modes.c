/* SPDX-License-Identifier: MIT */
#include "kernels/measures/modes.h"

#include "common/err.h"
#include "kernels/measures/colours.h"
#include "kernels/measures/informative.h"
#include "kernels/model/rule.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* A component as a number, so long that two do not get the same by chance. */
struct key {
    uint64_t low, high;
};

/* A genotype that persists: its component, and its carriers in A. */
struct modes_member {
    struct key key;
    uint64_t cells;
};

/* A component that persisted before. */
struct modes_seen {
    struct key key;
    uint64_t row; /* the last one */
};

static int by_key(const void *a, const void *b) {
    const struct key *x = a, *y = b;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    return (x->high > y->high) - (x->high < y->high);
}

static void reserve(struct modes *m, size_t slots) {
    if (slots <= m->slots)
        return;
    m->serial = extend(m->serial, m->slots, slots, sizeof *m->serial, "components");
    m->from = extend(m->from, m->slots, slots, sizeof *m->from, "components");
    m->persists = extend(m->persists, m->slots, slots, 1, "components");
    m->end = extend(m->end, m->slots, slots, sizeof *m->end, "components");
    m->slots = slots;
}

/* Follows the births. If some are missing, nothing is pending any more. */
static void take_births(struct modes *m, const struct world *world, uint64_t first_born) {
    const struct pool *pool = &world->pool;
    const struct births *births = &world->births;
    bool strange = first_born != m->next_serial;
    reserve(m, (size_t)pool->capacity + 1);
    for (size_t slot = 1; slot <= pool->capacity; slot++)
        strange |= (pool->serial[slot] != m->serial[slot]) & (pool->serial[slot] != 0) &
                   (pool->serial[slot] < first_born);
    if (strange) {
        m->pending = false;
        memcpy(m->serial, pool->serial, ((size_t)pool->capacity + 1) * sizeof *m->serial);
    }
    for (uint32_t b = 0; b < births->count; b++) {
        m->serial[births->slot[b]] = first_born + b;
        m->from[births->slot[b]] = births->parent[b] ? m->from[births->parent[b]] : 0;
    }
    m->next_serial = pool->next_serial;
}

/* Keeps this generation as A. */
static void keep(struct modes *m, const struct world *world) {
    world_copy(&m->at, world);
    memset(m->from, 0, m->slots * sizeof *m->from);
    for (size_t i = 0; i < world->cells; i++)
        m->from[world->slots[i]] = world->slots[i];
    m->pending = true;
}

/* Sorts the carriers of A by the slots of their genotypes. */
static void sort_carriers(struct modes *m) {
    const uint32_t *slots = m->at.slots;
    size_t total = 0;
    if (!m->carrier)
        m->carrier = allocate(m->at.cells, sizeof *m->carrier, "components");
    memset(m->end, 0, m->slots * sizeof *m->end);
    for (size_t i = 0; i < m->at.cells; i++)
        m->end[slots[i]]++;
    for (size_t slot = 0; slot < m->slots; slot++) {
        uint32_t cells = m->end[slot];
        m->end[slot] = (uint32_t)total;
        total += cells;
    }
    for (size_t i = 0; i < m->at.cells; i++)
        m->carrier[m->end[slots[i]]++] = (uint32_t)i;
}

static struct key functional_key(const struct world *world, uint32_t slot,
                                 const uint8_t *informative, float *scratch) {
    uint32_t L = world->model.channels;
    size_t P = world->pool.genome;
    memcpy(scratch, pool_genome(&world->pool, slot), P * sizeof *scratch);
    for (uint32_t w = 0; w < 10 * L * L; w++)
        if (!informative[w])
            scratch[rule_weight(L, w)] = 0.0f;
    XXH128_hash_t hash = XXH3_128bits(scratch, P * sizeof *scratch);
    return (struct key){hash.low64, hash.high64};
}

/* Lists the genotypes of A that persist, with their components. */
static size_t list_members(struct modes *m, struct modes_row *row) {
    const struct world *at = &m->at;
    size_t count = 0, W = (size_t)10 * at->model.channels * at->model.channels;
    bool functional = m->component == MODES_FUNCTIONAL;
    uint8_t *informative = allocate(W, 1, "components");
    float *scratch = allocate(at->pool.genome, sizeof *scratch, "components");
    for (uint32_t slot = 1; slot < m->slots; slot++) {
        if (!m->persists[slot])
            continue;
        uint32_t begin = m->end[slot - 1], cells = m->end[slot] - begin;
        struct key key = {at->pool.serial[slot], 0};
        if (m->complexity || functional) {
            size_t sites = informative_sites(at, m->land, pool_genome(&at->pool, slot),
                                             m->carrier + begin, cells, informative);
            row->complexity = sites > row->complexity ? sites : row->complexity;
        }
        if (m->component == MODES_GHC)
            key.low = colour_ghc(pool_genome(&at->pool, slot), at->pool.genome);
        else if (functional)
            key = functional_key(at, slot, informative, scratch);
        m->member =
            grow(m->member, &m->member_capacity, count + 1, sizeof *m->member, "components");
        m->member[count++] = (struct modes_member){key, cells};
    }
    free(informative);
    free(scratch);
    return count;
}

static uint64_t hash_of(struct key key) {
    return hash_number(key.low ^ key.high);
}

/* Counts a component of this row, and notes that it was seen. */
static void see(struct modes *m, struct key key, struct modes_row *row) {
    uint32_t e = m->seen_count ? hash_table_first(&m->by_key, hash_of(key)) : 0;
    while (e && by_key(&m->seen[e].key, &key))
        e = hash_table_next(&m->by_key, e);
    row->persistent++;
    row->change += !e || m->seen[e].row + 1 != m->rows;
    row->novelty += !e;
    if (!e) {
        e = (uint32_t)++m->seen_count;
        m->seen = grow(m->seen, &m->seen_capacity, (size_t)e + 1, sizeof *m->seen, "components");
        if (e >= m->by_key.capacity)
            hash_table_reserve(&m->by_key, 2 * ((size_t)e + 1));
        hash_table_add(&m->by_key, e, hash_of(key));
        m->seen[e].key = key;
    }
    m->seen[e].row = m->rows;
}

/* Genotypes do not come back: forgets those that were not in this row. */
static void forget(struct modes *m) {
    size_t count = 0;
    if (!m->seen_count)
        return;
    hash_table_clear(&m->by_key);
    for (size_t e = 1; e <= m->seen_count; e++)
        if (m->seen[e].row == m->rows) {
            m->seen[++count] = m->seen[e];
            hash_table_add(&m->by_key, (uint32_t)count, hash_of(m->seen[e].key));
        }
    m->seen_count = count;
}

/* The row of A, now that A + interval is here. */
static void judge(struct modes *m, const struct world *world, struct modes_row *row) {
    *row = (struct modes_row){.generation = m->at.generation};
    memset(m->persists, 0, m->slots);
    for (size_t i = 0; i < world->cells; i++)
        m->persists[m->from[world->slots[i]]] = world->slots[i] != 0;
    m->persists[0] = 0;
    if (m->land)
        landscape_at(m->land, &m->at.model, m->at.generation + 1);
    sort_carriers(m);
    size_t count = list_members(m, row), cells = 0;
    m->rows++;
    if (count)
        qsort(m->member, count, sizeof *m->member, by_key);
    for (size_t i = 0; i < count; i++)
        cells += m->member[i].cells;
    for (size_t i = 0, next; i < count; i = next) {
        size_t of = 0;
        for (next = i; next < count && !by_key(&m->member[next], &m->member[i]); next++)
            of += m->member[next].cells;
        see(m, m->member[i].key, row);
        row->ecology += (double)of * log2((double)cells / (double)of);
    }
    row->ecology = count ? row->ecology / (double)cells : 0.0;
    if (m->component == MODES_GENOTYPE)
        forget(m);
}

bool modes_take(struct modes *m, const struct world *world, bool in_stream, struct modes_row *row) {
    uint64_t first_born = world->pool.next_serial - world->births.count;
    if (m->any && first_born < m->next_serial) {
        births_contradict(m->error, world->generation, first_born);
        return false;
    }
    take_births(m, world, first_born);
    m->any = true;
    uint64_t since = m->pending ? world->generation - m->at.generation : 0;
    bool due = in_stream && m->pending && since == m->interval;
    if (due)
        judge(m, world, row);
    if (since >= m->interval)
        m->pending = false;
    assert(m->interval > 0);
    if (in_stream && world->generation % m->interval == 0)
        keep(m, world);
    return due;
}

void modes_free(struct modes *m) {
    world_free(&m->at);
    free(m->serial);
    free(m->from);
    free(m->persists);
    free(m->carrier);
    free(m->end);
    free(m->member);
    free(m->seen);
    hash_table_free(&m->by_key);
}
