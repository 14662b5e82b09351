#include "kernels/measures/lineage.h"

#include "common/err.h"
#include "kernels/measures/colours.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A new genotype, extant and not in any slot yet; its entry. */
static uint32_t add(struct lineage *l, uint64_t serial, uint32_t parent, uint64_t parent_serial,
                    uint64_t origin) {
    uint32_t entry = l->free;
    if (entry)
        l->free = l->genotype[entry].parent;
    else {
        if (l->used == l->room) {
            if (l->room > UNKNOWN / 3 * 2)
                die(EXIT_FAILED, "lineage: more than %" PRIu32 " genotypes to keep", l->room);
            l->room += l->room / 2 + 1024;
            l->genotype = reallocate(l->genotype, l->room, sizeof *l->genotype, "lineage");
            if (l->splice)
                l->parent_serial =
                    reallocate(l->parent_serial, l->room, sizeof *l->parent_serial, "lineage");
        }
        entry = l->used++;
    }
    struct genotype *g = &l->genotype[entry], *p = &l->genotype[parent];
    *g = (struct genotype){.serial = serial,
                           .origin = origin,
                           .destruction = EXTANT,
                           .cell = UNKNOWN,
                           .colour = UNKNOWN,
                           .parent = parent};
    if (entry) {
        p->children++;
        g->depth = parent ? p->depth + 1 : 0;
        g->mark = p->mark;
    }
    if (l->splice)
        l->parent_serial[entry] = parent_serial;
    return entry;
}

static uint64_t parent_serial(const struct lineage *l, uint32_t entry) {
    return l->splice ? l->parent_serial[entry] : l->genotype[l->genotype[entry].parent].serial;
}

static void set_free(struct lineage *l, uint32_t entry) {
    l->genotype[entry].parent = l->free;
    l->free = entry;
}

/* All forgotten ones between an entry and its nearest ancestor that is kept get this one for their
   parent; those without children left are free. */
uint32_t lineage_parent(struct lineage *l, uint32_t entry) {
    struct genotype *g = l->genotype;
    uint32_t p = g[entry].parent, top = p;
    while (top && !g[top].serial)
        top = g[top].parent;
    g[entry].parent = top;
    g[top].children++;
    for (uint32_t up; p != top; p = up) {
        up = g[p].parent;
        if (--g[p].children == 0)
            set_free(l, p);
        else {
            g[p].parent = top;
            g[top].children++;
        }
    }
    g[top].children--;
    return top;
}

/* Frees all that are forgotten, where they are as many as all others. */
static void sweep(struct lineage *l) {
    if (l->gone < 1024 || l->gone < l->used / 2)
        return;
    for (uint32_t e = 1; e < l->used; e++)
        if (l->genotype[e].serial)
            lineage_parent(l, e);
    l->gone = 0;
}

/* Frees an entry that is forgotten, if it has no child, and ancestors of which that is true then;
   returns the next one. */
static uint32_t release(struct lineage *l, uint32_t entry) {
    while (entry && !l->genotype[entry].serial && !l->genotype[entry].children) {
        uint32_t parent = l->genotype[entry].parent;
        set_free(l, entry);
        l->genotype[parent].children--;
        entry = parent;
    }
    return entry;
}

/* Forgets an extinct genotype, or another; without splice if it has no kept child, and then its
   ancestors that have none any more. */
static void forget(struct lineage *l, uint32_t entry) {
    while (entry && l->genotype[entry].destruction != EXTANT &&
           (l->splice || !l->genotype[entry].children)) {
        uint32_t which = l->forget ? l->forget(l, entry, l->context) : entry;
        if (!which)
            return;
        l->genotype[which].serial = 0;
        l->gone += l->genotype[which].children != 0;
        entry = release(l, which);
        if (l->splice) {
            sweep(l);
            return;
        }
    }
}

/* What is counted by slot, because that is quick, goes to the genotype, and comes from it. */
static void put_away(struct lineage *l, uint32_t slot) {
    struct genotype *g = &l->genotype[l->of[slot]];
    g->total_cells = l->total_cells[slot];
    g->births = l->births[slot];
    g->peak = l->peak[slot];
    g->max_cells = l->max_cells[slot];
    g->cell = l->cell[slot];
}

static void put_in(struct lineage *l, uint32_t slot, uint32_t entry) {
    struct genotype *g = &l->genotype[entry];
    l->total_cells[slot] = g->total_cells;
    l->births[slot] = g->births;
    l->peak[slot] = g->peak;
    l->max_cells[slot] = g->max_cells;
    l->cell[slot] = g->cell;
    l->serial[slot] = g->serial;
    l->of[slot] = entry;
    g->slot = slot;
}

static void destroy(struct lineage *l, uint32_t slot, uint64_t generation) {
    uint32_t entry = l->of[slot];
    put_away(l, slot);
    l->of[slot] = 0;
    l->genotype[entry].destruction = generation;
    forget(l, entry);
}

static void *grow(void *old, size_t before, size_t after, size_t size) {
    void *array = reallocate(old, after, size, "lineage");
    memset((char *)array + before * size, 0, (after - before) * size);
    return array;
}

static void reserve(struct lineage *l, size_t slots) {
    size_t before = l->slots;
    if (slots <= before)
        return;
    l->of = grow(l->of, before, slots, sizeof *l->of);
    l->cells = grow(l->cells, before, slots, sizeof *l->cells);
    l->serial = grow(l->serial, before, slots, sizeof *l->serial);
    l->total_cells = grow(l->total_cells, before, slots, sizeof *l->total_cells);
    l->births = grow(l->births, before, slots, sizeof *l->births);
    l->peak = grow(l->peak, before, slots, sizeof *l->peak);
    l->max_cells = grow(l->max_cells, before, slots, sizeof *l->max_cells);
    l->cell = grow(l->cell, before, slots, sizeof *l->cell);
    l->slots = slots;
}

/* Notes that a genotype is not what it was, or comes after those that it came before. */
static void contradict(struct lineage *l, uint64_t serial) {
    snprintf(l->error, sizeof l->error,
             "generation %" PRIu64 " has another genotype %" PRIu64
             " than the part before: not parts of one run",
             l->generation, serial);
}

/* When the genotype of a slot that is born into had gone, in a generation left out: a slot that is
   born into was free in the generation before (format/STREAM.md). */
static uint64_t gone_by(const struct lineage *l, uint32_t slot, uint64_t born) {
    uint64_t first = l->genotype[l->of[slot]].origin;
    if (l->any && first <= l->last) /* when some cell carried it */
        first = l->last + 1;
    return born && born - 1 > first ? born - 1 : first;
}

static void take_births(struct lineage *l, const struct world *world) {
    const struct pool *pool = &world->pool;
    const struct births *births = &world->births;
    uint64_t serial = pool->next_serial - births->count;
    for (uint32_t b = 0; b < births->count; b++, serial++) {
        uint32_t slot = births->slot[b];
        uint32_t parent = l->of[births->parent[b]];
        uint32_t entry = add(l, serial, parent, l->genotype[parent].serial, world->generation);
        l->genotype[entry].colour = colour_ghc(pool_genome(pool, slot), pool->genome);
        if (l->of[slot])
            destroy(l, slot, gone_by(l, slot, world->generation));
        put_in(l, slot, entry);
    }
}

/* A table of entries by serial. */
struct known {
    uint32_t *entry; /* [mask + 1] */
    size_t mask;
};

/* Where the entry of this serial is, or, if there is none, has to go. */
static uint32_t *look_up(const struct known *known, const struct lineage *l, uint64_t serial) {
    size_t at = (size_t)(serial * 0x9E3779B97F4A7C15u >> 20) & known->mask;
    while (known->entry[at] && l->genotype[known->entry[at]].serial != serial)
        at = (at + 1) & known->mask;
    return &known->entry[at];
}

static int by_serial(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The entry of a genotype in a POOL, with a new one for what no birth told of; 0 if it cannot be.
 */
static uint32_t meet(struct lineage *l, const struct known *known, const struct world *world,
                     uint32_t slot) {
    const struct pool *pool = &world->pool;
    uint64_t serial = pool->serial[slot], parent = pool->parent[slot];
    uint32_t *entry = look_up(known, l, serial);
    if (*entry) {
        if (parent_serial(l, *entry) == parent && l->genotype[*entry].destruction == EXTANT)
            return *entry;
        contradict(l, serial);
        return 0;
    }
    uint32_t from = 0;
    if (parent) {
        uint32_t *at = look_up(known, l, parent);
        if (!*at && !l->splice) {
            if (parent < l->next_serial)
                contradict(l, parent);
            *at = add(l, parent, 0, 0, world->generation);
            l->genotype[*at].destruction = world->generation;
        }
        from = *at;
    }
    if (serial < l->next_serial)
        contradict(l, serial);
    entry = look_up(known, l, serial); /* the parent may have taken its place */
    *entry = add(l, serial, from, parent, world->generation);
    l->genotype[*entry].colour = colour_ghc(pool_genome(pool, slot), pool->genome);
    return *entry;
}

/* The pool holds genotypes that no birth told of: finds out who is who. */
static bool take_pool(struct lineage *l, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t carried = 0, room = 1024;
    struct {
        uint64_t serial;
        uint32_t slot;
    } *carrier = allocate(l->slots, sizeof *carrier, "lineage");
    uint32_t *old = allocate(l->slots, sizeof *old, "lineage");
    memset(l->cells, 0, l->slots * sizeof *l->cells);
    for (size_t i = 0; i < world->cells; i++)
        l->cells[world->slots[i]]++;
    for (uint32_t slot = 1; slot < l->slots; slot++) {
        if (l->cells[slot]) {
            carrier[carried].serial = pool->serial[slot];
            carrier[carried++].slot = slot;
        }
        if ((old[slot] = l->of[slot])) {
            put_away(l, slot);
            l->of[slot] = 0;
        }
    }
    qsort(carrier, carried, sizeof *carrier, by_serial); /* parents come before children */

    while (room < 2 * ((size_t)l->used + 2 * carried))
        room *= 2;
    struct known known = {allocate(room, sizeof *known.entry, "lineage"), room - 1};
    for (uint32_t e = 1; e < l->used; e++)
        if (l->genotype[e].serial)
            *look_up(&known, l, l->genotype[e].serial) = e;
    for (size_t c = 0; c < carried && !*l->error; c++) {
        uint32_t entry = meet(l, &known, world, carrier[c].slot);
        if (entry)
            put_in(l, carrier[c].slot, entry);
    }
    for (uint32_t slot = 1; slot < l->slots && !*l->error; slot++)
        if (old[slot] && l->of[l->genotype[old[slot]].slot] != old[slot]) {
            l->genotype[old[slot]].destruction = world->generation;
            forget(l, old[slot]);
        }
    free(known.entry);
    free(carrier);
    free(old);
    return !*l->error;
}

bool lineage_take(struct lineage *l, const struct world *world, bool in_stream) {
    const struct pool *pool = &world->pool;
    uint64_t generation = l->generation = world->generation;
    uint64_t first_born = pool->next_serial - world->births.count;
    reserve(l, (size_t)pool->capacity + 1);
    if (!l->used)
        add(l, 0, 0, 0, generation);
    if (first_born < l->next_serial) {
        contradict(l, first_born);
        return false;
    }
    take_births(l, world);
    l->gap |= !in_stream;
    if (!in_stream) {
        l->next_serial = pool->next_serial;
        return true;
    }

    bool strange = false;
    for (size_t slot = 1; slot <= pool->capacity; slot++)
        strange |= (pool->serial[slot] != l->serial[slot]) & (pool->serial[slot] != 0);
    if (strange && !take_pool(l, world))
        return false;
    l->next_serial = pool->next_serial;

    size_t cells = world->cells;
    bool every = l->gap || strange; /* a slot may have changed hands where a cell keeps it */
    if (!l->before)
        l->before = allocate(cells, sizeof *l->before, "lineage");
    memset(l->cells, 0, l->slots * sizeof *l->cells);
    for (size_t i = 0; i < cells; i++) {
        uint32_t slot = world->slots[i];
        l->cells[slot]++;
        if (slot != l->before[i] || every) {
            l->births[slot] += l->any && !l->before[i];
            if (l->cell[slot] == UNKNOWN)
                l->cell[slot] = (uint32_t)i;
        }
    }
    memcpy(l->before, world->slots, cells * sizeof *l->before);
    for (uint32_t slot = 1; slot < l->slots; slot++) {
        uint32_t count = l->cells[slot];
        l->total_cells[slot] += count;
        if (count > l->max_cells[slot]) {
            l->max_cells[slot] = count;
            l->peak[slot] = generation;
        }
        if (!count && l->of[slot])
            destroy(l, slot, generation);
    }
    l->any = true;
    l->last = generation;
    l->gap = false;
    return true;
}

void lineage_update(struct lineage *l) {
    for (uint32_t slot = 1; slot < l->slots; slot++)
        if (l->of[slot])
            put_away(l, slot);
}

struct diversity lineage_diversity(struct lineage *l) {
    struct diversity d = {.mrca_age = NAN};
    double pairs, depths = 0.0;
    uint64_t deepest = 0;
    if (l->below_room < l->used) {
        l->below = reallocate(l->below, l->room, sizeof *l->below, "lineage");
        l->waiting = reallocate(l->waiting, l->room, sizeof *l->waiting, "lineage");
        l->below_room = l->room;
    }
    /* Extant ones at and below each: from the leaves up, each entry once its children are done. */
    for (uint32_t e = 1; e < l->used; e++) {
        const struct genotype *g = &l->genotype[e];
        bool extant = g->serial && g->destruction == EXTANT;
        l->below[e] = extant;
        l->waiting[e] = g->children;
        if (extant) {
            d.genotypes++;
            depths += g->depth;
            d.depth_max = g->depth > d.depth_max ? g->depth : d.depth_max;
        }
    }
    for (uint32_t e = 1; e < l->used; e++) {
        if (!l->genotype[e].serial || l->genotype[e].children)
            continue;
        for (uint32_t n = e, p; (p = l->genotype[n].parent); n = p) {
            l->below[p] += l->below[n];
            if (--l->waiting[p])
                break;
        }
    }
    for (uint32_t e = 1; e < l->used; e++) {
        const struct genotype *g = &l->genotype[e];
        if (!g->serial || !l->below[e])
            continue;
        double below = l->below[e], others = (double)d.genotypes - below;
        double branch = (double)(g->origin - l->genotype[g->parent].origin);
        d.ancestors += g->destruction != EXTANT;
        d.diversity += branch;
        d.distance += branch * below * others;
        if (others == 0.0 && g->depth + UINT64_C(1) > deepest) {
            deepest = g->depth + UINT64_C(1);
            d.mrca_age = (double)(l->generation - g->origin);
        }
    }
    pairs = 0.5 * (double)d.genotypes * ((double)d.genotypes - 1.0);
    d.distance = pairs > 0.0 ? d.distance / pairs : 0.0;
    d.depth_mean = d.genotypes ? depths / (double)d.genotypes : 0.0;
    return d;
}

void lineage_free(struct lineage *l) {
    free(l->genotype);
    free(l->parent_serial);
    free(l->of);
    free(l->cells);
    free(l->serial);
    free(l->total_cells);
    free(l->births);
    free(l->peak);
    free(l->max_cells);
    free(l->cell);
    free(l->before);
    free(l->below);
    free(l->waiting);
    memset(l, 0, sizeof *l);
}
