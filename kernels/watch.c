#include "kernels/watch.h"

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

static void reserve(struct watch *w, size_t entries) {
    if (entries > w->clade_room) {
        size_t room = entries + entries / 2;
        w->clade = reallocate(w->clade, room, sizeof *w->clade, "species");
        memset(w->clade + w->clade_room, 0, (room - w->clade_room) * sizeof *w->clade);
        w->clade_room = room;
    }
}

static void reserve_series(struct watch *w, size_t count) {
    if (w->over_time && count > w->series_room) {
        size_t room = count + count / 2;
        w->series = reallocate(w->series, room, sizeof *w->series, "series");
        memset(w->series + w->series_room, 0, (room - w->series_room) * sizeof *w->series);
        w->series_room = room;
    }
}

/* Whether a total may be among the greatest when all is over; notes it. A heap, its least on top.
 */
static bool may_matter(struct watch *w, uint64_t total) {
    uint64_t *heap = w->greatest;
    size_t at = 0;
    if (w->ended < w->most) { /* up from the end */
        for (at = w->ended++; at && heap[(at - 1) / 2] > total; at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
        heap[at] = total;
        return true;
    }
    if (total < heap[0])
        return false;
    for (size_t child; (child = 2 * at + 1) < w->ended; at = child) { /* down from the top */
        child += child + 1 < w->ended && heap[child + 1] < heap[child];
        if (heap[child] >= total)
            break;
        heap[at] = heap[child];
    }
    heap[at] = total;
    return true;
}

/* Genotypes that will not be told of are counted with their parents. */
static bool forget_genotype(struct lineage *lineage, uint32_t entry, void *context) {
    struct watch *w = context;
    const struct genotype *g = &lineage->genotype[entry];
    if (may_matter(w, g->total_cells))
        return false;
    if (w->over_time && entry < w->series_room)
        series_move(&w->series[g->parent], &w->series[entry]);
    return true;
}

static bool forget_member(struct lineage *lineage, uint32_t entry, void *context) {
    struct watch *w = context;
    (void)lineage;
    if (entry < w->clade_room)
        w->clade[entry] = 0;
    return true;
}

/* The genotypes that cells carry now found the clades. */
static void found(struct watch *w, const struct world *world) {
    struct lineage *l = &w->lineage;
    w->clades = allocate((size_t)world->pool.room + 2, sizeof *w->clades, "clades");
    w->now = allocate((size_t)world->pool.room + 2, sizeof *w->now, "clades");
    for (size_t slot = 1; slot < l->slots; slot++)
        if (l->of[slot]) {
            const struct genotype *g = &l->genotype[l->of[slot]];
            w->clade[l->of[slot]] = (uint32_t)++w->count;
            w->clades[w->count] = (struct species){.serial = g->serial,
                                                   .parent = l->genotype[g->parent].serial,
                                                   .origin = g->origin,
                                                   .extinction = EXTANT,
                                                   .entry = (uint32_t)w->count};
        }
    reserve_series(w, w->count + 1);
}

/* The clade of a genotype: that of its nearest ancestor that has one. */
static uint32_t clade_of(struct watch *w, uint32_t entry) {
    uint32_t from = entry;
    while (from && !w->clade[from])
        from = w->lineage.genotype[from].parent;
    for (uint32_t e = entry; e != from; e = w->lineage.genotype[e].parent)
        w->clade[e] = w->clade[from];
    return w->clade[entry];
}

static void count_clades(struct watch *w, const struct world *world, bool first) {
    const struct lineage *l = &w->lineage;
    memset(w->now, 0, (w->count + 1) * sizeof *w->now);
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t entry = l->of[world->slots[i]], clade = entry ? clade_of(w, entry) : 0;
        w->now[clade] += entry != 0;
        w->clades[clade].births += entry && !first && !w->had[i];
        w->had[i] = entry;
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
    struct species *list = allocate(l->used, sizeof *list, "species");
    lineage_update(l);
    for (uint32_t e = 1; e < l->used; e++) {
        const struct genotype *g = &l->genotype[e];
        if (g->serial)
            list[w->count++] = (struct species){.serial = g->serial,
                                                .parent = l->genotype[g->parent].serial,
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
            series_move(&w->series[l->genotype[late[i].entry].parent], &w->series[late[i].entry]);
    for (size_t s = 0; s < w->told; s++) {
        uint32_t e = l->genotype[w->list[s].entry].parent;
        while (e && !number[e])
            e = l->genotype[e].parent;
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
        w->greatest = allocate(w->most, sizeof *w->greatest, "species");
        w->had = allocate(world->cells, sizeof *w->had, "species");
        w->lineage.forget = w->by_clade ? forget_member : forget_genotype;
        w->lineage.context = w;
    }
    if (!lineage_take(&w->lineage, world, in_stream))
        return false;
    reserve(w, w->lineage.used);
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
    free(w->greatest);
    free(w->clade);
    if (w->by_clade)
        free(w->clades);
    else
        free(w->list);
    free(w->had);
    free(w->now);
    lineage_free(&w->lineage);
}
