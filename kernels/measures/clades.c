#include "kernels/measures/clades.h"

#include "common/err.h"

#include <stdlib.h>
#include <string.h>

/* Cells by row of the stream; those beyond both ends are 0. */
struct series {
    size_t first, length, room;
    uint32_t *cells;
};

static void series_add(struct series *s, size_t row, uint32_t cells) {
    size_t before = s->length && row < s->first ? s->first - row : 0;
    if (!s->length)
        s->first = row;
    size_t need = before ? s->length + before : row - s->first + 1;
    if (need > s->room) {
        s->room = need + need / 2 + 4;
        s->cells = reallocate(s->cells, s->room, sizeof *s->cells, "series");
    }
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

/* Adds one to another, and empties it. */
static void series_move(struct series *to, struct series *from) {
    for (size_t i = 0; i < from->length; i++)
        if (from->cells[i])
            series_add(to, from->first + i, from->cells[i]);
    free(from->cells);
    *from = (struct series){0};
}

static void reserve_series(struct watch *w, size_t count) {
    if (w->over_time && count > w->series_room) {
        size_t room = count + count / 2;
        w->series = reallocate(w->series, room, sizeof *w->series, "series");
        memset(w->series + w->series_room, 0, (room - w->series_room) * sizeof *w->series);
        w->series_room = room;
    }
}

/* Whether the genotype of an entry comes after another in the list: of equals the older is first.
 */
static bool after(const struct lineage *l, uint32_t entry, uint32_t other) {
    const struct genotype *g = &l->genotype[entry], *h = &l->genotype[other];
    return g->total_cells != h->total_cells ? g->total_cells < h->total_cells
                                            : g->serial > h->serial;
}

/* Keeps an extinct genotype that may be told of when all is over; returns the entry that therefore
   will not be, this one or another, or 0. */
static uint32_t choose_best(struct watch *w, uint32_t entry) {
    const struct lineage *l = &w->lineage;
    uint32_t *heap = w->best, least = heap[0];
    size_t at = 0;
    if (!l->genotype[entry].total_cells)
        return entry;
    if (w->ended < w->most) { /* up from the end */
        for (at = w->ended++; at && after(l, entry, heap[(at - 1) / 2]); at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
        heap[at] = entry;
        return 0;
    }
    if (after(l, entry, least))
        return entry;
    for (size_t child; (child = 2 * at + 1) < w->ended; at = child) { /* down from the top */
        child += child + 1 < w->ended && after(l, heap[child + 1], heap[child]);
        if (after(l, entry, heap[child]))
            break;
        heap[at] = heap[child];
    }
    heap[at] = entry;
    return least;
}

/* Genotypes that will not be told of are counted with their nearest ancestor that may be. */
static uint32_t forget_genotype(struct lineage *lineage, uint32_t entry, void *context) {
    struct watch *w = context;
    uint32_t which = choose_best(w, entry);
    if (which && which < w->series_room && w->series[which].length)
        series_move(&w->series[lineage_parent(lineage, which)], &w->series[which]);
    return which;
}

/* The genotypes that cells carry now found the clades. */
static void found(struct watch *w, const struct world *world) {
    struct lineage *l = &w->lineage;
    w->clades = allocate((size_t)world->pool.capacity + 2, sizeof *w->clades, "clades");
    w->now = allocate((size_t)world->pool.capacity + 2, sizeof *w->now, "clades");
    for (size_t slot = 1; slot < l->slots; slot++)
        if (l->of[slot]) {
            struct genotype *g = &l->genotype[l->of[slot]];
            g->mark = (uint32_t)++w->count;
            w->clades[w->count] = (struct species){.serial = g->serial,
                                                   .parent = l->parent_serial[l->of[slot]],
                                                   .origin = g->origin,
                                                   .extinction = EXTANT,
                                                   .entry = (uint32_t)w->count};
        }
    reserve_series(w, w->count + 1);
}

static void count_clades(struct watch *w, const struct world *world, bool first) {
    const struct lineage *l = &w->lineage;
    if (l->slots > w->slots) {
        w->slots = l->slots;
        w->clade = reallocate(w->clade, w->slots, sizeof *w->clade, "clades");
    }
    for (size_t slot = 0; slot < l->slots; slot++)
        w->clade[slot] = l->of[slot] ? l->genotype[l->of[slot]].mark : 0;
    memset(w->now, 0, (w->count + 1) * sizeof *w->now);
    for (size_t i = 0; i < world->cells; i++) {
        bool has = world->slots[i];
        uint32_t clade = w->clade[world->slots[i]];
        w->now[clade] += has;
        w->clades[clade].births += has && !first && !w->had[i];
        w->had[i] = has;
    }
    for (size_t c = 0; c <= w->count; c++) {
        struct species *s = &w->clades[c];
        uint64_t cells = w->now[c];
        s->total_cells += cells;
        if (cells > s->max_cells) {
            s->max_cells = cells;
            s->peak = world->generation;
        }
        if (!cells && s->extinction == EXTANT)
            s->extinction = world->generation;
        if (cells && w->over_time)
            series_add(&w->series[c], w->rows, (uint32_t)cells);
    }
}

static void count_genotypes(struct watch *w) {
    const struct lineage *l = &w->lineage;
    reserve_series(w, l->used);
    for (size_t slot = 1; w->over_time && slot < l->slots; slot++)
        if (l->of[slot])
            series_add(&w->series[l->of[slot]], w->rows, l->cells[slot]);
}

static int by_total(const void *a, const void *b) {
    const struct species *x = a, *y = b;
    if (x->total_cells != y->total_cells)
        return x->total_cells < y->total_cells ? 1 : -1;
    return (x->serial > y->serial) - (x->serial < y->serial);
}

/* All that are left, as a list. */
static struct species *list_genotypes(struct watch *w) {
    struct lineage *l = &w->lineage;
    size_t left = 0;
    for (uint32_t e = 1; e < l->used; e++)
        left += l->genotype[e].serial != 0;
    struct species *list = allocate(left, sizeof *list, "species");
    lineage_update(l);
    for (uint32_t e = 1; e < l->used; e++) {
        const struct genotype *g = &l->genotype[e];
        if (g->serial)
            list[w->count++] = (struct species){.serial = g->serial,
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

static int latest_first(const void *a, const void *b) {
    const struct species *x = a, *y = b;
    return (x->serial < y->serial) - (x->serial > y->serial);
}

bool watch_rank(struct watch *w) {
    if (w->by_clade && !w->clades)
        return false;
    reserve_series(w, (size_t)w->lineage.used + 1);
    w->list = w->by_clade ? w->clades + 1 : list_genotypes(w);
    qsort(w->list, w->count, sizeof *w->list, by_total);
    while (w->told < w->count && w->told < w->most && w->list[w->told].total_cells)
        w->told++;
    return true;
}

uint32_t *watch_nest(struct watch *w) {
    uint32_t *inside = allocate(w->told + 1, sizeof *inside, "species");
    if (w->by_clade) {
        for (size_t s = w->told; s < w->count; s++)
            series_move(&w->series[0], &w->series[w->list[s].entry]);
        return inside;
    }
    struct lineage *l = &w->lineage;
    uint32_t *number = allocate(l->used, sizeof *number, "species");
    struct species *late = allocate(w->count, sizeof *late, "species");
    for (size_t s = 0; s < w->told; s++)
        number[w->list[s].entry] = (uint32_t)s + 1;
    memcpy(late, w->list, w->count * sizeof *late);
    qsort(late, w->count, sizeof *late, latest_first); /* children before their parents */
    for (size_t i = 0; i < w->count; i++)
        if (!number[late[i].entry])
            series_move(&w->series[lineage_parent(l, late[i].entry)], &w->series[late[i].entry]);
    for (size_t s = 0; s < w->told; s++) {
        uint32_t e = lineage_parent(l, w->list[s].entry);
        while (e && !number[e])
            e = lineage_parent(l, e);
        inside[s + 1] = number[e];
    }
    free(number);
    free(late);
    return inside;
}

uint32_t watch_cells(const struct watch *w, size_t s, size_t row) {
    const struct series *series = &w->series[s ? w->list[s - 1].entry : 0];
    return row >= series->first && row - series->first < series->length
               ? series->cells[row - series->first]
               : 0;
}

bool watch_take(struct watch *w, const struct world *world, bool in_stream) {
    if (!w->had) {
        w->best = allocate(w->most, sizeof *w->best, "species");
        w->had = allocate(world->cells, sizeof *w->had, "species");
        w->lineage.splice = true;
        w->lineage.forget = w->by_clade ? NULL : forget_genotype;
        w->lineage.context = w;
    }
    if (!lineage_take(&w->lineage, world, in_stream))
        return false;
    if (!in_stream)
        return true;
    bool first = w->by_clade && !w->clades && world->generation == w->at;
    if (first)
        found(w, world);
    if (w->clades)
        count_clades(w, world, first);
    else if (w->by_clade)
        return true;
    else
        count_genotypes(w);
    if (w->rows == w->rows_room) {
        w->rows_room += w->rows_room / 2 + 1024;
        w->generation = reallocate(w->generation, w->rows_room, sizeof *w->generation, "series");
    }
    w->generation[w->rows++] = world->generation;
    return true;
}

void watch_free(struct watch *w) {
    for (size_t s = 0; s < w->series_room; s++)
        free(w->series[s].cells);
    free(w->series);
    free(w->generation);
    free(w->best);
    free(w->clade);
    if (w->by_clade)
        free(w->clades);
    else
        free(w->list);
    free(w->had);
    free(w->now);
    lineage_free(&w->lineage);
}
