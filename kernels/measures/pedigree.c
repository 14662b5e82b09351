/* SPDX-License-Identifier: MIT */
#include "kernels/measures/pedigree.h"

#include "common/err.h"

#include <stdlib.h>
#include <string.h>

static bool is_founder(const struct lineage *l, uint32_t entry) {
    return !l->genotype[entry].parent;
}

static void drop(struct pedigree *p, uint32_t entry) {
    p->count -= p->number[entry] != 0;
    p->number[entry] = 0;
    p->level[entry] = 0;
    p->captured[entry] = false;
}

/* For the lineage: what is extinct is forgotten, unless it is chosen or a founder. */
static uint32_t forget(struct lineage *lineage, uint32_t entry, void *context) {
    struct pedigree *p = context;
    if (is_founder(lineage, entry) || (entry < p->capacity && p->number[entry]))
        return 0;
    if (entry < p->capacity)
        drop(p, entry);
    return entry;
}

static void reserve(struct pedigree *p, size_t genome) {
    size_t need = p->lineage.used, before = p->capacity;
    if (need > before) {
        size_t after = need + need / 2;
        p->number = extend(p->number, before, after, sizeof *p->number, "pedigree");
        p->level = extend(p->level, before, after, sizeof *p->level, "pedigree");
        p->captured = extend(p->captured, before, after, sizeof *p->captured, "pedigree");
        p->capacity = after;
    }
    p->genome = grow(p->genome, &p->genome_capacity, need, genome * sizeof *p->genome, "pedigree");
}

static void capture(struct pedigree *p, const struct pool *pool, uint32_t slot, uint32_t entry) {
    if (p->captured[entry])
        return;
    memcpy(p->genome + entry * pool->genome, pool_genome(pool, slot),
           pool->genome * sizeof *p->genome);
    p->captured[entry] = true;
}

bool pedigree_take(struct pedigree *p, const struct world *world, bool in_stream) {
    struct lineage *l = &p->lineage;
    l->splice = true;
    l->forget = forget;
    l->context = p;
    if (!lineage_take(l, world, in_stream))
        return false;
    reserve(p, world->pool.genome);
    for (uint32_t slot = 1; slot < l->slots; slot++)
        if (l->of[slot] && is_founder(l, l->of[slot]))
            capture(p, &world->pool, slot, l->of[slot]);
    return true;
}

void pedigree_choose(struct pedigree *p, const struct world *world, unsigned level,
                     uint32_t *cell) {
    const struct lineage *l = &p->lineage;
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i], entry = l->of[slot];
        if (entry && !p->number[entry]) {
            p->number[entry] = ++p->last;
            p->count++;
            capture(p, &world->pool, slot, entry);
        }
        if (entry && p->level[entry] < level)
            p->level[entry] = (uint8_t)level;
        cell[i] = entry ? p->number[entry] : 0;
    }
}

void pedigree_thin(struct pedigree *p, unsigned level) {
    struct lineage *l = &p->lineage;
    for (uint32_t e = 1; e < l->used; e++) {
        if (!p->number[e] || p->level[e] >= level)
            continue;
        bool keep = is_founder(l, e), extinct = l->genotype[e].destruction != EXTANT;
        p->count--;
        p->number[e] = 0;
        p->level[e] = 0;
        p->captured[e] = keep;
        if (extinct && !keep)
            lineage_forget(l, e);
    }
}

static const struct genotype *order;

static int by_serial(const void *a, const void *b) {
    uint64_t x = order[((const struct pedigree_row *)a)->entry].serial,
             y = order[((const struct pedigree_row *)b)->entry].serial;
    return (x > y) - (x < y);
}

/* The nearest ancestor that is carried by a chosen generation or a founder; 0: there is none. */
static uint32_t listed_ancestor(struct pedigree *p, uint32_t entry) {
    struct lineage *l = &p->lineage;
    uint32_t ancestor = lineage_parent(l, entry);
    while (ancestor && !p->number[ancestor] && !is_founder(l, ancestor))
        ancestor = lineage_parent(l, ancestor);
    return ancestor;
}

void pedigree_list(struct pedigree *p) {
    struct lineage *l = &p->lineage;
    uint32_t *ancestor = allocate(l->used + 1, sizeof *ancestor, "pedigree");
    bool *listed = allocate(l->used + 1, sizeof *listed, "pedigree");
    lineage_update(l);
    for (uint32_t e = 1; e < l->used; e++)
        if (l->genotype[e].serial && p->number[e]) {
            ancestor[e] = listed_ancestor(p, e);
            listed[e] = listed[ancestor[e]] = true;
        }
    p->rows = 0;
    for (uint32_t e = 1; e < l->used; e++)
        if (listed[e]) {
            p->row = grow(p->row, &p->rows_capacity, p->rows + 1, sizeof *p->row, "pedigree");
            p->row[p->rows++] = (struct pedigree_row){.entry = e};
        }
    order = l->genotype;
    if (p->rows)
        qsort(p->row, p->rows, sizeof *p->row, by_serial);
    p->of_row = grow(p->of_row, &p->of_row_capacity, l->used + 1, sizeof *p->of_row, "pedigree");
    p->of_row[0] = 0;
    for (size_t r = 0; r < p->rows; r++) {
        p->of_row[p->row[r].entry] = (uint32_t)r + 1;
        p->row[r].parent = p->of_row[ancestor[p->row[r].entry]];
    }
    free(ancestor);
    free(listed);
}

void pedigree_free(struct pedigree *p) {
    lineage_free(&p->lineage);
    free(p->row);
    free(p->number);
    free(p->genome);
    free(p->level);
    free(p->captured);
    free(p->of_row);
    memset(p, 0, sizeof *p);
}
