/* SPDX-License-Identifier: MIT */
#include "kernels/measures/clades.h"

#include "common/err.h"

#include <stdlib.h>
#include <string.h>

/* Cells in rows first .. first + length - 1; 0 in all others. */
struct series {
    size_t first, length, capacity;
    uint32_t *cells; /* [capacity] */
};

static void series_add(struct series *s, size_t row, uint32_t cells) {
    size_t before = s->length && row < s->first ? s->first - row : 0;
    if (!s->length)
        s->first = row;
    size_t need = before ? s->length + before : row - s->first + 1;
    s->cells = grow(s->cells, &s->capacity, need, sizeof *s->cells, "series");
    if (before) {
        memmove(s->cells + before, s->cells, s->length * sizeof *s->cells);
        memset(s->cells, 0, before * sizeof *s->cells);
        s->first = row;
        s->length = need;
    }
    for (; s->length < need; s->length++)
        s->cells[s->length] = 0;
    s->cells[row - s->first] += cells;
}

/* Adds the cells of from to those of to, and empties from. */
static void series_move(struct series *to, struct series *from) {
    for (size_t i = 0; i < from->length; i++)
        if (from->cells[i])
            series_add(to, from->first + i, from->cells[i]);
    free(from->cells);
    *from = (struct series){0};
}

static void reserve_series(struct clades *c, size_t count) {
    if (c->over_time)
        c->series = grow(c->series, &c->series_capacity, count, sizeof *c->series, "series");
}

/* Whether the genotype of an entry ranks below that of another; of equals the younger does. */
static bool ranks_below(const struct lineage *l, uint32_t entry, uint32_t other) {
    const struct genotype *g = &l->genotype[entry], *h = &l->genotype[other];
    return g->total_cells != h->total_cells ? g->total_cells < h->total_cells
                                            : g->serial > h->serial;
}

/* Puts an extinct genotype on the heap of the max_reported that rank highest. Returns the entry
   that is left out of it from here on, this one or another; 0: none. */
static uint32_t keep_highest(struct clades *c, uint32_t entry) {
    const struct lineage *l = &c->lineage;
    uint32_t *heap = c->heap, lowest = heap[0];
    size_t at = 0;
    if (!l->genotype[entry].total_cells)
        return entry;
    if (c->heap_count < c->max_reported) { /* up from the end */
        for (at = c->heap_count++; at && ranks_below(l, entry, heap[(at - 1) / 2]);
             at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
        heap[at] = entry;
        return 0;
    }
    if (ranks_below(l, entry, lowest))
        return entry;
    for (size_t child; (child = 2 * at + 1) < c->heap_count; at = child) { /* down from the top */
        child += child + 1 < c->heap_count && ranks_below(l, heap[child + 1], heap[child]);
        if (ranks_below(l, entry, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = entry;
    return lowest;
}

/* For the lineage: chooses the entry to forget when one is extinct. Its cells count as those of its
   nearest ancestor that is not forgotten. */
static uint32_t forget_genotype(struct lineage *lineage, uint32_t entry, void *context) {
    struct clades *c = context;
    uint32_t which = keep_highest(c, entry);
    if (which && which < c->series_capacity && c->series[which].length)
        series_move(&c->series[lineage_parent(lineage, which)], &c->series[which]);
    return which;
}

/* Makes a clade of each genotype that cells carry now. */
static void found_clades(struct clades *c, const struct world *world) {
    struct lineage *l = &c->lineage;
    c->clade = allocate((size_t)world->pool.capacity + 2, sizeof *c->clade, "clades");
    c->cells = allocate((size_t)world->pool.capacity + 2, sizeof *c->cells, "clades");
    for (size_t slot = 1; slot < l->slots; slot++)
        if (l->of[slot]) {
            struct genotype *g = &l->genotype[l->of[slot]];
            g->mark = (uint32_t)++c->count;
            c->clade[c->count] = (struct clade){.serial = g->serial,
                                                .parent = lineage_parent_serial(l, l->of[slot]),
                                                .origin = g->origin,
                                                .extinction = EXTANT,
                                                .entry = (uint32_t)c->count};
        }
    reserve_series(c, c->count + 1);
}

static void count_clades(struct clades *c, const struct world *world, bool first) {
    const struct lineage *l = &c->lineage;
    if (l->slots > c->slots) {
        c->slots = l->slots;
        c->slot_clade = reallocate(c->slot_clade, c->slots, sizeof *c->slot_clade, "clades");
    }
    for (size_t slot = 0; slot < l->slots; slot++)
        c->slot_clade[slot] = l->of[slot] ? l->genotype[l->of[slot]].mark : 0;
    memset(c->cells, 0, (c->count + 1) * sizeof *c->cells);
    for (size_t i = 0; i < world->cells; i++) {
        bool has = world->slots[i];
        uint32_t clade = c->slot_clade[world->slots[i]];
        c->cells[clade] += has;
        c->clade[clade].births += has && !first && !c->had[i];
        c->had[i] = has;
    }
    for (size_t k = 0; k <= c->count; k++) {
        struct clade *s = &c->clade[k];
        uint64_t cells = c->cells[k];
        s->total_cells += cells;
        if (cells > s->max_cells) {
            s->max_cells = cells;
            s->peak = world->generation;
        }
        if (!cells && s->extinction == EXTANT)
            s->extinction = world->generation;
        if (cells && c->over_time)
            series_add(&c->series[k], c->rows, (uint32_t)cells);
    }
}

static void count_genotypes(struct clades *c) {
    const struct lineage *l = &c->lineage;
    reserve_series(c, l->used);
    for (size_t slot = 1; c->over_time && slot < l->slots; slot++)
        if (l->of[slot])
            series_add(&c->series[l->of[slot]], c->rows, l->cells[slot]);
}

static int by_total(const void *a, const void *b) {
    const struct clade *x = a, *y = b;
    if (x->total_cells != y->total_cells)
        return x->total_cells < y->total_cells ? 1 : -1;
    return (x->serial > y->serial) - (x->serial < y->serial);
}

/* All genotypes that are not forgotten. Sets count. */
static struct clade *list_genotypes(struct clades *c) {
    struct lineage *l = &c->lineage;
    size_t left = 0;
    for (uint32_t e = 1; e < l->used; e++)
        left += l->genotype[e].serial != 0;
    struct clade *list = allocate(left, sizeof *list, "species");
    lineage_update(l);
    for (uint32_t e = 1; e < l->used; e++) {
        const struct genotype *g = &l->genotype[e];
        if (g->serial)
            list[c->count++] = (struct clade){.serial = g->serial,
                                              .parent = l->parent_serial[e],
                                              .origin = g->origin,
                                              .extinction = g->destruction,
                                              .total_cells = g->total_cells,
                                              .births = g->births,
                                              .peak = g->peak,
                                              .max_cells = g->max_cells,
                                              .entry = e};
    }
    return list;
}

static int children_first(const void *a, const void *b) {
    const struct clade *x = a, *y = b;
    return (x->serial < y->serial) - (x->serial > y->serial);
}

/* Whether another one is to be reported, if those so far have shown of all cell-generations. */
static bool reports_more(const struct clades *c, uint64_t shown, uint64_t all) {
    bool half = c->reported < c->max_for_half && shown <= all / 2;
    return c->reported < c->count && c->list[c->reported].total_cells &&
           (c->reported < c->max_reported || half);
}

bool clades_rank(struct clades *c) {
    uint64_t all = c->by_clade && c->clade ? c->clade[0].total_cells : 0, shown = 0;
    if (c->by_clade && !c->clade)
        return false;
    reserve_series(c, (size_t)c->lineage.used + 1);
    c->list = c->by_clade ? c->clade + 1 : list_genotypes(c);
    qsort(c->list, c->count, sizeof *c->list, by_total);
    for (size_t s = 0; s < c->count; s++)
        all += c->list[s].total_cells;
    while (reports_more(c, shown, all))
        shown += c->list[c->reported++].total_cells;
    return true;
}

uint32_t *clades_nest(struct clades *c) {
    uint32_t *inside = allocate(c->reported + 1, sizeof *inside, "species");
    if (c->by_clade) {
        for (size_t s = c->reported; s < c->count; s++)
            series_move(&c->series[0], &c->series[c->list[s].entry]);
        return inside;
    }
    struct lineage *l = &c->lineage;
    uint32_t *number = allocate(l->used, sizeof *number, "species");
    struct clade *late = allocate(c->count, sizeof *late, "species");
    for (size_t s = 0; s < c->reported; s++)
        number[c->list[s].entry] = (uint32_t)s + 1;
    memcpy(late, c->list, c->count * sizeof *late);
    qsort(late, c->count, sizeof *late, children_first); /* children before their parents */
    for (size_t i = 0; i < c->count; i++)
        if (!number[late[i].entry])
            series_move(&c->series[lineage_parent(l, late[i].entry)], &c->series[late[i].entry]);
    for (size_t s = 0; s < c->reported; s++) {
        uint32_t e = lineage_parent(l, c->list[s].entry);
        while (e && !number[e])
            e = lineage_parent(l, e);
        inside[s + 1] = number[e];
    }
    free(number);
    free(late);
    return inside;
}

uint32_t clades_cells(const struct clades *c, size_t s, size_t row) {
    const struct series *series = &c->series[s ? c->list[s - 1].entry : 0];
    return row >= series->first && row - series->first < series->length
               ? series->cells[row - series->first]
               : 0;
}

bool clades_take(struct clades *c, const struct world *world, bool in_stream) {
    if (!c->had) {
        c->heap = allocate(c->max_reported, sizeof *c->heap, "species");
        c->had = allocate(world->cells, sizeof *c->had, "species");
        c->lineage.splice = !c->tree;
        c->lineage.forget = c->by_clade ? NULL : forget_genotype;
        c->lineage.context = c;
    }
    if (!lineage_take(&c->lineage, world, in_stream))
        return false;
    if (!in_stream)
        return true;
    if (c->founders && !c->rows)
        c->from = world->generation;
    bool first = c->by_clade && !c->clade && world->generation == c->from;
    if (first)
        found_clades(c, world);
    if (c->clade)
        count_clades(c, world, first);
    else if (c->by_clade)
        return true;
    else
        count_genotypes(c);
    c->generation =
        grow(c->generation, &c->rows_capacity, c->rows + 1, sizeof *c->generation, "series");
    c->generation[c->rows++] = world->generation;
    return true;
}

void clades_free(struct clades *c) {
    for (size_t s = 0; s < c->series_capacity; s++)
        free(c->series[s].cells);
    free(c->series);
    free(c->generation);
    free(c->heap);
    free(c->slot_clade);
    if (c->by_clade)
        free(c->clade);
    else
        free(c->list);
    free(c->had);
    free(c->cells);
    lineage_free(&c->lineage);
}
