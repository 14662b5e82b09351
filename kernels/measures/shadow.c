/* SPDX-License-Identifier: MIT */
#include "kernels/measures/shadow.h"

#include "common/err.h"
#include "common/hash_table.h"
#include "kernels/model/philox.h"

#include <stdlib.h>
#include <string.h>

/* A genotype that is carried in the shadow. */
struct kind {
    uint64_t serial, birth;
    uint32_t cells; /* that carry it */
};

/* A kind to hand out, and where it stands in the order. */
struct lot {
    uint64_t key;
    uint32_t kind;
};

struct shadow {
    struct kind *kind; /* [kinds + 1] numbered from 1 on */
    uint32_t *unused;  /* [unused_count] numbers that are free */
    size_t kinds, kinds_capacity, unused_count, unused_capacity;
    uint64_t run;    /* of the pool */
    uint64_t *was;   /* [N] serial of the run's genotype in each cell; 0: none */
    uint32_t *holds; /* [N] the kind in each cell */
    uint32_t *of;    /* [slots] the kind of the run's genotype in it; 0: not known yet */
    size_t slots;
    bool all_known;   /* but for those that are no kind */
    uint32_t *living; /* [living_count] kinds of the living carriers, by index */
    size_t living_count;

    /* The carriers, by index: */
    uint32_t *cell, *class; /* [count] their cells, and their ages by number */
    uint64_t *key;          /* [count] */
    uint32_t *bucket, *end; /* [count] and the ends of the buckets */
    struct lot *lot;        /* [count] age by age, bucket by bucket */
    size_t count;
    struct hash_table ages; /* numbered from 1 on */
    uint32_t *size, *first; /* [ages + 1] carriers of each age, and their first lot */
    size_t classes;
};

struct shadow *shadow_new(const struct world *world) {
    struct shadow *s = allocate(1, sizeof *s, "shadow");
    size_t n = world->cells;
    s->was = allocate(n, sizeof *s->was, "shadow");
    s->holds = allocate(n, sizeof *s->holds, "shadow");
    s->living = allocate(n, sizeof *s->living, "shadow");
    s->cell = allocate(n, sizeof *s->cell, "shadow");
    s->class = allocate(n, sizeof *s->class, "shadow");
    s->key = allocate(n, sizeof *s->key, "shadow");
    s->bucket = allocate(n, sizeof *s->bucket, "shadow");
    s->end = allocate(n, sizeof *s->end, "shadow");
    s->lot = allocate(n, sizeof *s->lot, "shadow");
    s->size = allocate(n + 1, sizeof *s->size, "shadow");
    s->first = allocate(n + 1, sizeof *s->first, "shadow");
    return s;
}

void shadow_free(struct shadow *s) {
    if (!s)
        return;
    free(s->kind);
    free(s->unused);
    free(s->was);
    free(s->holds);
    free(s->of);
    free(s->living);
    free(s->cell);
    free(s->class);
    free(s->key);
    free(s->bucket);
    free(s->end);
    free(s->lot);
    free(s->size);
    free(s->first);
    hash_table_free(&s->ages);
    free(s);
}

static uint32_t add_kind(struct shadow *s, uint64_t serial, uint64_t birth) {
    uint32_t number = s->unused_count ? s->unused[--s->unused_count] : (uint32_t)++s->kinds;
    s->kind = grow(s->kind, &s->kinds_capacity, s->kinds + 1, sizeof *s->kind, "shadow");
    s->kind[number] = (struct kind){.serial = serial, .birth = birth};
    return number;
}

/* Finds out which of the run's genotypes are kinds. */
static void find_kinds(struct shadow *s, const struct pool *pool) {
    struct hash_table by_serial = {0};
    hash_table_reserve(&by_serial, s->kinds + 1);
    for (uint32_t k = 1; k <= s->kinds; k++)
        if (s->kind[k].serial)
            hash_table_add(&by_serial, k, hash_number(s->kind[k].serial));
    for (size_t slot = 1; slot < s->slots; slot++)
        if (!s->of[slot])
            s->of[slot] = hash_table_first(&by_serial, hash_number(pool->serial[slot]));
    hash_table_free(&by_serial);
    s->all_known = true;
}

/* What a cell takes that gets a genotype in the run. */
static uint32_t another(struct shadow *s, const struct world *world, size_t cell,
                        const uint64_t *birth) {
    uint32_t slot = world->slots[cell];
    bool born = birth[slot] == world->generation;
    if (!born && s->living_count) {
        struct philox word = draw(world->model.seed, cell, world->generation, SHADOW);
        return s->living[choose(word.w[2], (uint32_t)s->living_count)];
    }
    if (!born && !s->all_known)
        find_kinds(s, &world->pool);
    if (!s->of[slot])
        s->of[slot] = add_kind(s, world->pool.serial[slot], birth[slot]);
    return s->of[slot];
}

/* The number of an age. */
static uint32_t class_of(struct shadow *s, uint32_t age) {
    uint64_t hash = hash_number(age);
    uint32_t class = hash_table_first(&s->ages, hash);
    if (class)
        return class;
    class = (uint32_t)++s->classes;
    if (class >= s->ages.capacity)
        hash_table_reserve(&s->ages, 2 * (size_t) class);
    hash_table_add(&s->ages, class, hash);
    s->size[class] = 0;
    return class;
}

/* Lists the carriers, and numbers their ages. */
static void list_carriers(struct shadow *s, const struct world *world) {
    s->count = s->classes = 0;
    hash_table_reserve(&s->ages, 64);
    hash_table_clear(&s->ages);
    for (size_t i = 0; i < world->cells; i++)
        if (world->slots[i])
            s->cell[s->count++] = (uint32_t)i;
    for (size_t j = 0; j < s->count; j++)
        s->size[s->class[j] = class_of(s, world->ages[s->cell[j]])]++;
    uint32_t first = 0;
    for (size_t class = 1; class <= s->classes; class ++) {
        s->first[class] = first;
        first += s->size[class];
    }
}

/* Sorts the lots of each age by key; those with equal keys stay in the order of their cells. Keys
   are random: with as many buckets as lots, these are as good as sorted. */
static void sort_lots(struct shadow *s) {
    uint32_t total = 0;
    memset(s->end, 0, s->count * sizeof *s->end);
    for (size_t j = 0; j < s->count; j++) {
        uint32_t class = s->class[j];
        s->bucket[j] = s->first[class] + choose((uint32_t)(s->key[j] >> 32), s->size[class]);
        s->end[s->bucket[j]]++;
    }
    for (size_t b = 0; b < s->count; b++) {
        uint32_t lots = s->end[b];
        s->end[b] = total;
        total += lots;
    }
    for (size_t j = 0; j < s->count; j++)
        s->lot[s->end[s->bucket[j]]++] = (struct lot){s->key[j], s->holds[s->cell[j]]};
    for (uint32_t b = 0, begin = 0; b < s->count; begin = s->end[b++])
        for (uint32_t i = begin + 1; i < s->end[b]; i++) {
            struct lot lot = s->lot[i];
            uint32_t at = i;
            for (; at > begin && s->lot[at - 1].key > lot.key; at--)
                s->lot[at] = s->lot[at - 1];
            s->lot[at] = lot;
        }
}

/* Exchanges the kinds of the carriers, for the generation to come. */
static void shuffle(struct shadow *s, const struct world *world) {
    list_carriers(s, world);
    for (size_t j = 0; j < s->count; j++) {
        struct philox word = draw(world->model.seed, s->cell[j], world->generation + 1, SHADOW);
        s->key[j] = word.w[0] | (uint64_t)word.w[1] << 32;
    }
    sort_lots(s);
    s->living_count = 0;
    for (size_t j = 0; j < s->count; j++) {
        uint32_t kind = s->lot[s->first[s->class[j]]++].kind;
        s->holds[s->cell[j]] = kind;
        s->living[s->living_count] = kind;
        s->living_count += world->state[s->cell[j]] != 0.0f;
    }
}

static void begin(struct shadow *s, const struct world *world) {
    size_t slots = (size_t)world->pool.capacity + 1;
    if (slots > s->slots)
        s->of = reallocate(s->of, slots, sizeof *s->of, "shadow");
    s->slots = slots;
    memset(s->of, 0, s->slots * sizeof *s->of);
    s->all_known = false;
    for (size_t k = 1; k <= s->kinds; k++)
        s->kind[k].cells = 0;
}

void shadow_step(struct shadow *s, const struct world *world, const uint64_t *birth) {
    const uint64_t *serial = world->pool.serial;
    begin(s, world);
    pool_follow(&world->pool, &s->run, s->was, world->cells);
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i];
        if (slot && serial[slot] != s->was[i])
            s->holds[i] = another(s, world, i, birth);
        s->was[i] = slot ? serial[slot] : 0;
        if (slot)
            s->kind[s->holds[i]].cells++;
    }
    for (uint32_t k = 1; k <= s->kinds; k++)
        if (s->kind[k].serial && !s->kind[k].cells) {
            s->kind[k].serial = 0;
            s->unused = grow(s->unused, &s->unused_capacity, s->unused_count + 1, sizeof *s->unused,
                             "shadow");
            s->unused[s->unused_count++] = k;
        }
    shuffle(s, world);
}

size_t shadow_activities(const struct shadow *s, uint64_t generation, uint64_t *values) {
    size_t count = 0;
    for (size_t k = 1; k <= s->kinds; k++) {
        values[count] = generation - s->kind[k].birth + 1;
        count += s->kind[k].serial != 0;
    }
    return count;
}
