/* SPDX-License-Identifier: MIT */
#include "kernels/measures/pedigree.h"

#include "common/err.h"

#include <stdlib.h>
#include <string.h>

static bool is_founder(const struct lineage *l, uint32_t entry) {
    return !l->genotype[entry].parent;
}

static void drop(struct pedigree *p, uint32_t entry) {
    p->count -= p->entry[entry].number != 0;
    p->entry[entry] = (struct pedigree_entry){0};
}

/* For the lineage: what is extinct is forgotten, unless it is chosen or a founder. */
static uint32_t forget(struct lineage *lineage, uint32_t entry, void *context) {
    struct pedigree *p = context;
    if (is_founder(lineage, entry) || (entry < p->capacity && p->entry[entry].number))
        return 0;
    if (entry < p->capacity)
        drop(p, entry);
    return entry;
}

static void reserve(struct pedigree *p, size_t genome) {
    size_t need = p->lineage.used, before = p->capacity, after = need + need / 2;
    if (need <= before)
        return;
    p->entry = extend(p->entry, before, after, sizeof *p->entry, "pedigree");
    p->genome = reallocate(p->genome, after, genome * sizeof *p->genome, "pedigree");
    p->capacity = after;
}

static void capture(struct pedigree *p, const struct pool *pool, uint32_t slot, uint32_t entry) {
    if (p->entry[entry].captured)
        return;
    memcpy(p->genome + entry * pool->genome, pool_genome(pool, slot),
           pool->genome * sizeof *p->genome);
    p->entry[entry].captured = true;
}

bool pedigree_take(struct pedigree *p, const struct world *world, bool in_stream) {
    struct lineage *l = &p->lineage;
    l->splice = true;
    l->forget = forget;
    l->context = p;
    if (!lineage_take(l, world, in_stream))
        return false;
    reserve(p, world->pool.genome);
    for (uint32_t slot = 1; p->founders < l->founders && slot < l->slots; slot++)
        if (l->of[slot] && is_founder(l, l->of[slot]))
            capture(p, &world->pool, slot, l->of[slot]);
    p->founders = l->founders;
    return true;
}

/* The number of the genotype in a slot, which the chosen generation carries. */
static uint32_t choose(struct pedigree *p, const struct pool *pool, uint32_t slot, unsigned level) {
    uint32_t entry = p->lineage.of[slot];
    struct pedigree_entry *e = &p->entry[entry];
    if (!entry)
        return 0;
    if (!e->number) {
        e->number = ++p->last;
        p->count++;
        capture(p, pool, slot, entry);
    }
    if (e->level < level)
        e->level = (uint8_t)level;
    return e->number;
}

void pedigree_choose(struct pedigree *p, const struct world *world, unsigned level,
                     uint32_t *cell) {
    uint32_t *of_slot = allocate(p->lineage.slots, sizeof *of_slot, "pedigree");
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i];
        if (slot && !of_slot[slot])
            of_slot[slot] = choose(p, &world->pool, slot, level);
        cell[i] = of_slot[slot];
    }
    free(of_slot);
}

void pedigree_thin(struct pedigree *p, unsigned level) {
    struct lineage *l = &p->lineage;
    for (uint32_t e = 1; e < l->used; e++) {
        struct pedigree_entry *entry = &p->entry[e];
        if (!entry->number || entry->level >= level)
            continue;
        bool keep = is_founder(l, e), extinct = l->genotype[e].destruction != EXTANT;
        p->count--;
        *entry = (struct pedigree_entry){.captured = keep};
        if (extinct && !keep)
            lineage_forget(l, e);
    }
}

struct listed {
    uint64_t serial;
    uint32_t entry;
};

/* Sorts by serials, of which this is the greatest, DIGIT bits at a time: serials are dense, so that
   this takes two or three passes. Returns list or scratch, whichever has the result. */
static struct listed *sort_by_serial(struct listed *list, struct listed *scratch, size_t count,
                                     uint64_t most) {
    enum { DIGIT = 11, VALUES = 1 << DIGIT };
    for (unsigned shift = 0; shift < 64 && most >> shift; shift += DIGIT) {
        size_t start[VALUES + 1] = {0};
        for (size_t i = 0; i < count; i++)
            start[(list[i].serial >> shift) % VALUES + 1]++;
        for (size_t v = 0; v < VALUES; v++)
            start[v + 1] += start[v];
        for (size_t i = 0; i < count; i++)
            scratch[start[(list[i].serial >> shift) % VALUES]++] = list[i];
        struct listed *sorted = scratch;
        scratch = list;
        list = sorted;
    }
    return list;
}

/* The nearest ancestor that is carried by a chosen generation or a founder; 0: there is none. */
static uint32_t listed_ancestor(struct pedigree *p, uint32_t entry) {
    struct lineage *l = &p->lineage;
    uint32_t ancestor = lineage_parent(l, entry);
    while (ancestor && !p->entry[ancestor].number && !is_founder(l, ancestor))
        ancestor = lineage_parent(l, ancestor);
    return ancestor;
}

/* Which entries to list, and the ancestor of each that a chosen generation carries. */
static void choose_rows(struct pedigree *p, uint32_t *ancestor, bool *listed) {
    const struct lineage *l = &p->lineage;
    for (uint32_t e = 1; e < l->used; e++)
        if (l->genotype[e].serial && p->entry[e].number) {
            ancestor[e] = listed_ancestor(p, e);
            listed[e] = listed[ancestor[e]] = true;
        }
    listed[0] = false;
}

void pedigree_list(struct pedigree *p) {
    struct lineage *l = &p->lineage;
    size_t used = l->used ? l->used : 1;
    uint32_t *ancestor = allocate(used, 2 * sizeof *ancestor, "pedigree");
    uint32_t *row_of = ancestor + used; /* [used] the row + 1 */
    bool *listed = allocate(used, sizeof *listed, "pedigree");
    struct listed *list = allocate(used, 2 * sizeof *list, "pedigree"), *sorted;
    uint64_t most = 0;
    lineage_update(l);
    choose_rows(p, ancestor, listed);
    p->rows = 0;
    for (uint32_t e = 1; e < l->used; e++)
        if (listed[e]) {
            uint64_t serial = l->genotype[e].serial;
            list[p->rows++] = (struct listed){serial, e};
            most = serial > most ? serial : most;
        }
    sorted = sort_by_serial(list, list + used, p->rows, most);
    p->row = grow(p->row, &p->rows_capacity, p->rows, sizeof *p->row, "pedigree");
    for (size_t r = 0; r < p->rows; r++) {
        uint32_t entry = sorted[r].entry;
        row_of[entry] = (uint32_t)r + 1;
        p->row[r] = (struct pedigree_row){entry, row_of[ancestor[entry]]};
    }
    free(ancestor);
    free(listed);
    free(list);
}

void pedigree_free(struct pedigree *p) {
    lineage_free(&p->lineage);
    free(p->row);
    free(p->entry);
    free(p->genome);
    memset(p, 0, sizeof *p);
}
