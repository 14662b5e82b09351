/* SPDX-License-Identifier: MIT */
#include "kernels/measures/hill.h"

#include "common/err.h"
#include "kernels/measures/colours.h"
#include "kernels/measures/phenotype.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Most counts are small, and those of one size have one logarithm. */
void hill_add(struct hill_sums *sums, uint64_t count) {
    if (count < HILL_FEW) {
        sums->few[count]++;
        return;
    }
    sums->kinds++;
    sums->members += count;
    sums->squares += count * count;
    sums->most = count > sums->most ? count : sums->most;
    sums->logarithms += (double)count * log((double)count);
}

struct hill_numbers hill_numbers(struct hill_sums *sums) {
    for (uint64_t n = 1; n < HILL_FEW; n++) {
        uint64_t kinds = sums->few[n];
        sums->kinds += kinds;
        sums->members += kinds * n;
        sums->squares += kinds * n * n;
        sums->most = kinds && n > sums->most ? n : sums->most;
        sums->logarithms += (double)(kinds * n) * log((double)n);
    }
    double n = (double)sums->members;
    if (!sums->kinds)
        return (struct hill_numbers){.evenness = NAN};
    bool even = sums->most * sums->kinds == sums->members; /* then all numbers are the same */
    struct hill_numbers numbers = {.d0 = (double)sums->kinds,
                                   .d1 = even ? (double)sums->kinds
                                              : exp(log(n) - sums->logarithms / n),
                                   .d2 = n * n / (double)sums->squares,
                                   .dinf = n / (double)sums->most};
    numbers.evenness = numbers.d1 / numbers.d0;
    return numbers;
}

enum { EMPTY = 8 }; /* counters of cells without a genome */
#define UNKNOWN UINT32_MAX

/* Of the genotype in a slot. Clades and colours are numbered, so that cells are counted without
   looking a colour up for each genotype in each generation. */
struct hill_genotype {
    uint64_t serial;
    uint32_t clade;
    uint32_t rgb, colour; /* its GHC, and the number of that; UNKNOWN until a cell carries it */
};

static uint32_t add_group(struct hill_groups *groups) {
    if (groups->count == groups->room) {
        groups->room += groups->room / 2 + 1024;
        groups->cells = reallocate(groups->cells, groups->room, sizeof *groups->cells, "groups");
    }
    groups->cells[groups->count] = 0;
    return (uint32_t)groups->count++;
}

/* The numbers of all groups; no cells are counted then. */
static struct hill_numbers finish(struct hill_groups *groups) {
    struct hill_sums sums = {0};
    for (size_t i = 0; i < groups->count; i++)
        hill_add(&sums, groups->cells[i]);
    if (groups->count)
        memset(groups->cells, 0, groups->count * sizeof *groups->cells);
    return hill_numbers(&sums);
}

/* Once most groups have no genotype any more, numbers those that have one anew. */
static void renumber_clades(struct hill *h) {
    if (h->clades.count < 2 * h->slots)
        return;
    uint32_t *after = allocate(h->clades.count, sizeof *after, "clades"), count = 0;
    for (size_t slot = 1; slot < h->slots; slot++) {
        struct hill_genotype *g = &h->genotype[slot];
        if (g->serial && !after[g->clade])
            after[g->clade] = ++count;
        g->clade = g->serial ? after[g->clade] - 1 : 0;
    }
    h->clades.count = count;
    free(after);
}

/* The same for colours, before their table grows beyond the cache: the colours in use are numbered
   when they are needed. */
static void renumber_colours(struct hill *h) {
    if (h->colours.count < 3 * h->colours_before + 1024)
        return;
    h->colours.count = 0;
    hash_table_clear(&h->by_colour);
    for (size_t slot = 1; slot < h->slots; slot++)
        h->genotype[slot].colour = UNKNOWN;
}

static uint32_t number_of(struct hill *h, uint32_t rgb) {
    uint64_t hash = hash_number(rgb);
    uint32_t entry = hash_table_first(&h->by_colour, hash);
    if (!entry) {
        entry = add_group(&h->colours) + 1;
        if (entry >= h->by_colour.capacity)
            hash_table_reserve(&h->by_colour, 2 * (size_t)entry);
        hash_table_add(&h->by_colour, entry, hash);
    }
    return entry - 1;
}

/* Numbers the colours of genotypes that have none yet. They are looked up once all are known: the
   table is fetched meanwhile. */
static void number_colours(struct hill *h, const struct pool *pool) {
    size_t count = 0;
    hash_table_reserve(&h->by_colour, 1024);
    for (size_t c = 0; c < h->carriers; c++) {
        uint32_t slot = h->carrier[c];
        struct hill_genotype *g = &h->genotype[slot];
        if (g->colour != UNKNOWN)
            continue;
        if (g->rgb == UNKNOWN)
            g->rgb = colour_ghc(pool_genome(pool, slot), pool->genome);
        hash_table_prefetch(&h->by_colour, hash_number(g->rgb));
        h->unnumbered[count++] = slot;
    }
    for (size_t c = 0; c < count; c++) {
        struct hill_genotype *g = &h->genotype[h->unnumbered[c]];
        g->colour = number_of(h, g->rgb);
    }
}

struct known {
    uint64_t serial;
    uint32_t clade, slot; /* slot: 0 if no birth of it is to be found out */
};

/* Of equals first those of which the clade is known. */
static int by_serial(const void *a, const void *b) {
    const struct known *x = a, *y = b;
    if (x->serial == y->serial)
        return (x->clade > y->clade) - (x->clade < y->clade);
    return x->serial < y->serial ? -1 : 1;
}

static struct known *find(struct known *known, size_t count, uint64_t serial) {
    size_t first = 0;
    for (size_t last = count; last - first > 1;) {
        size_t middle = first + (last - first) / 2;
        if (known[middle].serial <= serial)
            first = middle;
        else
            last = middle;
    }
    return &known[first];
}

/* The pool has genotypes of which no birth is known: finds their clades. A parent that is not
   known, either, is the oldest of its clade that is. */
static void find_clades(struct hill *h, const struct world *world, uint64_t first_born) {
    const struct pool *pool = &world->pool;
    struct known *known = allocate(3 * h->slots, sizeof *known, "clades");
    size_t all = 0, count = 0;
    for (uint32_t slot = 1; slot < h->slots; slot++) {
        const struct hill_genotype *g = &h->genotype[slot];
        if (g->serial)
            known[all++] = (struct known){g->serial, g->clade, 0};
        if (!pool->serial[slot] || pool->serial[slot] >= first_born)
            continue;
        known[all++] = (struct known){pool->serial[slot], UNKNOWN, slot};
        if (h->any && pool->parent[slot])
            known[all++] = (struct known){pool->parent[slot], UNKNOWN, 0};
    }
    qsort(known, all, sizeof *known, by_serial);
    for (size_t i = 0; i < all; i++) { /* each once */
        if (!count || known[count - 1].serial != known[i].serial)
            known[count++] = known[i];
        else if (known[i].slot)
            known[count - 1].slot = known[i].slot;
    }
    for (size_t i = 0; i < count; i++) { /* parents come before children */
        struct known *k = &known[i];
        uint64_t parent = h->any && k->slot ? pool->parent[k->slot] : 0;
        if (k->clade == UNKNOWN)
            k->clade = parent ? find(known, count, parent)->clade : add_group(&h->clades);
        if (k->slot)
            h->genotype[k->slot] = (struct hill_genotype){k->serial, k->clade, UNKNOWN, UNKNOWN};
    }
    free(known);
}

static void reserve(struct hill *h, size_t slots) {
    if (slots <= h->slots)
        return;
    h->genotype = reallocate(h->genotype, slots, sizeof *h->genotype, "clades");
    h->cells = reallocate(h->cells, slots + EMPTY, sizeof *h->cells, "clades");
    memset(h->genotype + h->slots, 0, (slots - h->slots) * sizeof *h->genotype);
    h->carrier = reallocate(h->carrier, slots, sizeof *h->carrier, "clades");
    h->unnumbered = reallocate(h->unnumbered, slots, sizeof *h->unnumbered, "clades");
    h->slots = slots;
}

void hill_left_out(struct hill *h, const struct world *world) {
    const struct pool *pool = &world->pool;
    const struct births *births = &world->births;
    uint64_t serial = pool->next_serial - births->count;
    bool strange = false;
    reserve(h, (size_t)pool->capacity + 1);
    if (h->run != pool->run) {
        memset(h->genotype, 0, h->slots * sizeof *h->genotype);
        h->run = pool->run;
        h->any = false;
    }
    for (size_t slot = 1; slot < h->slots; slot++)
        strange |= (pool->serial[slot] != h->genotype[slot].serial) & (pool->serial[slot] != 0) &
                   (pool->serial[slot] < serial);
    if (strange)
        find_clades(h, world, serial);
    renumber_clades(h);
    for (uint32_t b = 0; b < births->count; b++, serial++) {
        uint32_t parent = births->parent[b];
        uint32_t clade = parent ? h->genotype[parent].clade : add_group(&h->clades);
        h->genotype[births->slot[b]] = (struct hill_genotype){serial, clade, UNKNOWN, UNKNOWN};
    }
    h->any = true;
}

/* How many cells carry each genotype, and which have any; returns how many are dead. Cells without
   a genome are counted apart, in turns, so that none waits for the one before. */
static uint64_t count_cells(struct hill *h, const struct world *world) {
    uint64_t dead = 0;
    memset(h->cells, 0, h->slots * sizeof *h->cells);
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i];
        h->cells[slot | (-(size_t)!slot & (h->slots + i % EMPTY))]++;
        dead += world->state[i] == 0.0f;
    }
    h->carriers = 0;
    for (uint32_t slot = 1; slot < h->slots; slot++) {
        h->carrier[h->carriers] = slot;
        h->carriers += h->cells[slot] != 0;
    }
    return dead;
}

void hill_take(struct hill *h, const struct world *world, uint32_t levels,
               struct hill_numbers numbers[HILL_GROUPS]) {
    struct hill_sums genotypes = {0}, types = {0};
    uint64_t type[MAX_LEVELS + 1];
    hill_left_out(h, world);
    renumber_colours(h);
    uint64_t dead = count_cells(h, world);
    number_colours(h, &world->pool);
    for (size_t c = 0; c < h->carriers; c++) {
        const struct hill_genotype *g = &h->genotype[h->carrier[c]];
        uint32_t cells = h->cells[h->carrier[c]];
        hill_add(&genotypes, cells);
        h->clades.cells[g->clade] += cells;
        h->colours.cells[g->colour] += cells;
    }
    phenotype_count(world->state, world->cells, levels, type);
    type[0] -= dead;
    for (uint32_t k = 0; k <= levels; k++)
        hill_add(&types, type[k]);
    numbers[HILL_GENOTYPES] = hill_numbers(&genotypes);
    numbers[HILL_CLADES] = finish(&h->clades);
    numbers[HILL_GHC] = finish(&h->colours);
    h->colours_before = (size_t)numbers[HILL_GHC].d0;
    numbers[HILL_TYPES] = hill_numbers(&types);
}

void hill_free(struct hill *h) {
    free(h->genotype);
    free(h->cells);
    free(h->carrier);
    free(h->unnumbered);
    free(h->clades.cells);
    free(h->colours.cells);
    hash_table_free(&h->by_colour);
}
