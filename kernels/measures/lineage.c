/* SPDX-License-Identifier: MIT */
#include "kernels/measures/lineage.h"

#include "common/err.h"
#include "common/hash_table.h"
#include "kernels/measures/colours.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ENTRIES = 0x7fffffff };

/* Makes room for half as many entries again; add() sets all of each. */
static void reserve_entries(struct lineage *l) {
    size_t capacity = l->capacity = (size_t)l->used + l->used / 2 + 4;
    l->genotype = reallocate(l->genotype, capacity, sizeof *l->genotype, "lineage");
    if (l->splice)
        l->parent_serial =
            reallocate(l->parent_serial, capacity, sizeof *l->parent_serial, "lineage");
    if (l->count_changes)
        l->changes = reallocate(l->changes, capacity, sizeof *l->changes, "lineage");
}

/* Adds an entry for a new genotype, which is extant and not in any slot yet. */
static uint32_t add(struct lineage *l, uint64_t serial, uint32_t parent, uint64_t parent_serial,
                    uint64_t origin) {
    uint32_t entry = l->free;
    if (entry)
        l->free = l->genotype[entry].parent;
    else {
        if (l->used == MAX_ENTRIES)
            die(EXIT_FAILED, "lineage: more than %d genotypes to keep", MAX_ENTRIES);
        entry = l->used++;
        if (l->used > l->capacity)
            reserve_entries(l);
    }
    struct genotype *g = &l->genotype[entry], *p = &l->genotype[parent];
    *g = (struct genotype){.serial = serial,
                           .origin = origin,
                           .destruction = EXTANT,
                           .cell = UNKNOWN,
                           .colour = UNKNOWN,
                           .parent = parent};
    if (entry) {
        l->founders += !parent;
        p->children++;
        g->depth = parent ? p->depth + 1 : 0;
        g->mark = p->mark;
    }
    if (l->splice)
        l->parent_serial[entry] = parent_serial;
    if (l->count_changes)
        l->changes[entry] = UNKNOWN;
    return entry;
}

uint64_t lineage_parent_serial(const struct lineage *l, uint32_t entry) {
    return l->splice ? l->parent_serial[entry] : l->genotype[l->genotype[entry].parent].serial;
}

static void set_free(struct lineage *l, uint32_t entry) {
    l->genotype[entry].parent = l->free;
    l->free = entry;
}

/* Makes the nearest ancestor that is kept the parent of an entry, and of all forgotten entries in
   between; frees those of these that have no children left. */
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

/* Frees all forgotten entries, once these are about as many as the others. */
static void sweep(struct lineage *l) {
    if (l->gone < 1024 || l->gone < l->used / 2)
        return;
    for (uint32_t e = 1; e < l->used; e++)
        if (l->genotype[e].serial)
            lineage_parent(l, e);
    l->gone = 0;
}

/* Frees an entry if it is forgotten and has no child, then its parent on the same condition, and so
   on; returns the first one that stays, or 0. */
static uint32_t release(struct lineage *l, uint32_t entry) {
    while (entry && !l->genotype[entry].serial && !l->genotype[entry].children) {
        uint32_t parent = l->genotype[entry].parent;
        set_free(l, entry);
        l->genotype[parent].children--;
        entry = parent;
    }
    return entry;
}

/* Forgets an entry; returns the first ancestor that stays, as release() does. */
static uint32_t forget_entry(struct lineage *l, uint32_t entry) {
    l->genotype[entry].serial = 0;
    l->gone += l->genotype[entry].children != 0;
    return release(l, entry);
}

void lineage_forget(struct lineage *l, uint32_t entry) {
    forget_entry(l, entry);
    sweep(l);
}

/* Forgets an extinct genotype, or the one that l->forget() chooses. Without splice only if it has
   no kept child; then does the same to its ancestors. */
static void forget(struct lineage *l, uint32_t entry) {
    while (entry && l->genotype[entry].destruction != EXTANT &&
           (l->splice || !l->genotype[entry].children)) {
        uint32_t which = l->forget ? l->forget(l, entry, l->context) : entry;
        if (!which)
            return;
        entry = forget_entry(l, which);
        if (l->splice) {
            sweep(l);
            return;
        }
    }
}

/* Copy the counters of a slot to its genotype, and back: counting by slot is faster. */
static void store_counters(struct lineage *l, uint32_t slot) {
    struct genotype *g = &l->genotype[l->of[slot]];
    g->total_cells = l->total_cells[slot];
    g->births = l->births[slot];
    g->peak = l->peak[slot];
    g->max_cells = l->max_cells[slot];
    g->cell = l->cell[slot];
}

static void load_counters(struct lineage *l, uint32_t slot, uint32_t entry) {
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
    store_counters(l, slot);
    l->of[slot] = 0;
    l->genotype[entry].destruction = generation;
    forget(l, entry);
}

static void reserve(struct lineage *l, size_t slots) {
    size_t before = l->slots;
    if (slots <= before)
        return;
    l->of = extend(l->of, before, slots, sizeof *l->of, "lineage");
    l->cells = extend(l->cells, before, slots, sizeof *l->cells, "lineage");
    l->serial = extend(l->serial, before, slots, sizeof *l->serial, "lineage");
    l->total_cells = extend(l->total_cells, before, slots, sizeof *l->total_cells, "lineage");
    l->births = extend(l->births, before, slots, sizeof *l->births, "lineage");
    l->peak = extend(l->peak, before, slots, sizeof *l->peak, "lineage");
    l->max_cells = extend(l->max_cells, before, slots, sizeof *l->max_cells, "lineage");
    l->cell = extend(l->cell, before, slots, sizeof *l->cell, "lineage");
    l->slots = slots;
}

/* The destruction of the genotype of a slot into which another was born, in generations left out: a
   genome is born only into a slot that was free in the generation before (format/STREAM.md). */
static uint64_t destruction_before(const struct lineage *l, uint32_t slot, uint64_t born) {
    uint64_t first = l->genotype[l->of[slot]].origin;
    if (l->any && first <= l->last) /* when some cell carried it */
        first = l->last + 1;
    return born && born - 1 > first ? born - 1 : first;
}

/* The weights of a genome that differ from its parent's. */
static uint32_t changed_weights(const struct world *world, uint32_t child, uint32_t parent) {
    const float *a = pool_genome(&world->pool, child), *b = pool_genome(&world->pool, parent);
    size_t L = world->model.channels, W1 = 9 * L * L;
    uint32_t count = 0;
    for (size_t p = 0; p < W1; p++)
        count += a[p] != b[p];
    for (size_t p = W1 + L; p < W1 + L + L * L; p++)
        count += a[p] != b[p];
    return count;
}

static void take_births(struct lineage *l, const struct world *world) {
    enum { AHEAD = 8 };
    const struct pool *pool = &world->pool;
    const struct births *births = &world->births;
    uint64_t serial = pool->next_serial - births->count;
    for (uint32_t b = 0; b < births->count; b++, serial++) {
        uint32_t slot = births->slot[b], parent = l->of[births->parent[b]];
        if (b + AHEAD < births->count) { /* parents and genomes lie all over the memory */
            __builtin_prefetch(&l->genotype[l->of[births->parent[b + AHEAD]]], 1);
            __builtin_prefetch(pool_genome(pool, births->slot[b + AHEAD]));
        }
        uint32_t entry = add(l, serial, parent, l->genotype[parent].serial, world->generation);
        l->genotype[entry].colour = colour_ghc(pool_genome(pool, slot), pool->genome);
        if (l->count_changes)
            l->changes[entry] = changed_weights(world, slot, births->parent[b]);
        if (l->of[slot])
            destroy(l, slot, destruction_before(l, slot, world->generation));
        load_counters(l, slot, entry);
    }
}

static int by_serial(const void *a, const void *b) {
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The entry of a genotype in a POOL; a new one if it came with no birth. 0: it contradicts what
   came before. */
static uint32_t find_or_add(struct lineage *l, struct hash_table *by_serial,
                            const struct world *world, uint32_t slot) {
    const struct pool *pool = &world->pool;
    uint64_t serial = pool->serial[slot], parent = pool->parent[slot];
    uint32_t entry = hash_table_first(by_serial, hash_number(serial)), from = 0;
    if (entry) {
        if (lineage_parent_serial(l, entry) == parent && l->genotype[entry].destruction == EXTANT)
            return entry;
        births_contradict(l->error, l->generation, serial);
        return 0;
    }
    if (parent) {
        from = hash_table_first(by_serial, hash_number(parent));
        if (!from && !l->splice) {
            if (parent < l->next_serial)
                births_contradict(l->error, l->generation, parent);
            from = add(l, parent, 0, 0, world->generation);
            l->genotype[from].destruction = world->generation;
            hash_table_add(by_serial, from, hash_number(parent));
        }
    }
    if (serial < l->next_serial)
        births_contradict(l->error, l->generation, serial);
    entry = add(l, serial, from, parent, world->generation);
    hash_table_add(by_serial, entry, hash_number(serial));
    l->genotype[entry].colour = colour_ghc(pool_genome(pool, slot), pool->genome);
    return entry;
}

/* Finds the entries of all genotypes that cells carry: the pool has some that came with no birth.
 */
static bool take_pool(struct lineage *l, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t carried = 0;
    struct {
        uint64_t serial;
        uint32_t slot;
    } *carrier = allocate(l->slots, sizeof *carrier, "lineage");
    uint32_t *old = allocate(l->slots, sizeof *old, "lineage");
    bool *is_carried = allocate(l->slots, sizeof *is_carried, "lineage");
    for (size_t i = 0; i < world->cells; i++)
        is_carried[world->slots[i]] = true;
    for (uint32_t slot = 1; slot < l->slots; slot++) {
        if (is_carried[slot]) {
            carrier[carried].serial = pool->serial[slot];
            carrier[carried++].slot = slot;
        }
        if ((old[slot] = l->of[slot])) {
            store_counters(l, slot);
            l->of[slot] = 0;
        }
    }
    qsort(carrier, carried, sizeof *carrier, by_serial); /* parents come before children */

    struct hash_table table = {0};
    hash_table_reserve(&table, (size_t)l->used + 2 * carried);
    for (uint32_t e = 1; e < l->used; e++)
        if (l->genotype[e].serial)
            hash_table_add(&table, e, hash_number(l->genotype[e].serial));
    for (size_t c = 0; c < carried && !*l->error; c++) {
        uint32_t entry = find_or_add(l, &table, world, carrier[c].slot);
        if (entry)
            load_counters(l, carrier[c].slot, entry);
    }
    for (uint32_t slot = 1; slot < l->slots && !*l->error; slot++)
        if (old[slot] && l->of[l->genotype[old[slot]].slot] != old[slot]) {
            l->genotype[old[slot]].destruction = world->generation;
            forget(l, old[slot]);
        }
    hash_table_free(&table);
    free(carrier);
    free(old);
    free(is_carried);
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
        births_contradict(l->error, l->generation, first_born);
        return false;
    }
    take_births(l, world);
    l->gap |= !in_stream;
    if (!in_stream) {
        l->next_serial = pool->next_serial;
        return true;
    }

    bool unknown = false;
    for (size_t slot = 1; slot <= pool->capacity; slot++)
        unknown |= (pool->serial[slot] != l->serial[slot]) & (pool->serial[slot] != 0);
    if (unknown && !take_pool(l, world))
        return false;
    l->next_serial = pool->next_serial;

    size_t cells = world->cells;
    bool every =
        l->gap || unknown; /* the genotype of a slot may have changed although the cell kept it */
    if (!l->before)
        l->before = allocate(cells, sizeof *l->before, "lineage");
    for (size_t i = 0; i < cells; i++) {
        uint32_t slot = world->slots[i], before = l->before[i];
        if (slot != before || every) {
            l->cells[before]--; /* of slot 0, which nothing reads, it may be below 0 */
            l->cells[slot]++;
            l->births[slot] += l->any && !before;
            if (l->cell[slot] == UNKNOWN)
                l->cell[slot] = (uint32_t)i;
            l->before[i] = slot;
        }
    }
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
            store_counters(l, slot);
}

void lineage_free(struct lineage *l) {
    free(l->genotype);
    free(l->parent_serial);
    free(l->changes);
    free(l->of);
    free(l->cells);
    free(l->serial);
    free(l->total_cells);
    free(l->births);
    free(l->peak);
    free(l->max_cells);
    free(l->cell);
    free(l->before);
    memset(l, 0, sizeof *l);
}
