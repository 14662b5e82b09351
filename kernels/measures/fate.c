/* SPDX-License-Identifier: MIT */
#include "kernels/measures/fate.h"

#include "common/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct birth {
    uint64_t parent;  /* its serial */
    uint64_t seen;    /* the last generation in which it was found to persist */
    uint32_t changes; /* how many in the queue of changes are of this birth */
};

/* The births of one generation; their serials are successive, as are those of all batches. */
struct batch {
    uint64_t generation, first; /* first: serial */
    size_t births, changes;
};

/* Births of one generation, by weight: with a change in it and another one, and in it alone. */
struct fate_counts {
    uint32_t births, persisting, alone, alone_persisting;
};

/* Room for count more items at the end. What it holds moves to the front at most once in as many
   pushes as it holds items. */
static void *push(struct fate_queue *q, size_t count, size_t size) {
    if (q->first + q->count + count > q->room) {
        if (q->first)
            memmove(q->items, (char *)q->items + q->first * size, q->count * size);
        q->first = 0;
        if (q->room < 2 * (q->count + count)) {
            q->room = 3 * (q->count + count) + 1024;
            q->items = reallocate(q->items, q->room, size, "births");
        }
    }
    q->count += count;
    return (char *)q->items + (q->first + q->count - count) * size;
}

static void drop(struct fate_queue *q, size_t count) {
    q->first += count;
    q->count -= count;
}

static void drop_batch(struct fate *f) {
    const struct batch *batch = (struct batch *)f->batches.items + f->batches.first;
    drop(&f->births, batch->births);
    drop(&f->changes, batch->changes);
    drop(&f->batches, 1);
}

static void miss_batch(struct fate *f) {
    const struct batch *batch = (struct batch *)f->batches.items + f->batches.first;
    f->missed += batch->births;
    drop_batch(f);
}

/* A change as a number: its weight, and in the last two bits its bin. */
static uint16_t change_of(size_t weight, double d) {
    unsigned bin = (d >= -0.5) + (d >= 0.0) + (d >= 0.5);
    return (uint16_t)(weight * FATE_BINS + bin);
}

/* The weights from first up to last that differ from the parent's, at position shift further on in
   both genomes; returns where their list ends. */
static uint16_t *compare(const float *child, const float *parent, size_t first, size_t last,
                         size_t shift, uint16_t *change) {
    child += shift;
    parent += shift;
    size_t w = first;
    for (; w + 4 <= last; w += 4) { /* few weights mutate: most comparisons are of equal ones */
        if ((child[w] == parent[w]) & (child[w + 1] == parent[w + 1]) &
            (child[w + 2] == parent[w + 2]) & (child[w + 3] == parent[w + 3]))
            continue;
        for (size_t i = w; i < w + 4; i++)
            if (child[i] != parent[i])
                *change++ = change_of(i, (double)child[i] - (double)parent[i]);
    }
    for (; w < last; w++)
        if (child[w] != parent[w])
            *change++ = change_of(w, (double)child[w] - (double)parent[w]);
    return change;
}

static void take_births(struct fate *f, const struct world *world) {
    const struct births *births = &world->births;
    const struct pool *pool = &world->pool;
    size_t L = world->model.channels;
    if (!births->count)
        return;
    struct birth *birth = push(&f->births, births->count, sizeof *birth);
    size_t changes = 0;
    for (uint32_t b = 0; b < births->count; b++) {
        const float *child = pool_genome(pool, births->slot[b]);
        const float *parent = pool_genome(pool, births->parent[b]);
        uint16_t *change = push(&f->changes, f->weights, sizeof *change), *end = change;
        end = compare(child, parent, 0, 9 * L * L, 0, end);
        end = compare(child, parent, 9 * L * L, 10 * L * L, L, end);
        size_t count = (size_t)(end - change);
        f->changes.count -= f->weights - count;
        changes += count;
        birth[b] = (struct birth){
            .parent = pool->parent[births->slot[b]], .seen = NEVER, .changes = (uint32_t)count};
    }
    struct batch *batch = push(&f->batches, 1, sizeof *batch);
    *batch = (struct batch){.generation = world->generation,
                            .first = pool->next_serial - births->count,
                            .births = births->count,
                            .changes = changes};
}

/* Notes which of the births persist: those that cells carry, and the ancestors of these. */
static void find_persisting(struct fate *f, const struct world *world, uint64_t first) {
    const struct pool *pool = &world->pool;
    struct birth *birth = (struct birth *)f->births.items + f->births.first;
    size_t slots = (size_t)pool->capacity + 1;
    if (slots > f->slots) {
        f->slots = slots;
        f->carried = reallocate(f->carried, slots, 1, "births");
    }
    memset(f->carried, 0, slots);
    for (size_t i = 0; i < world->cells; i++)
        f->carried[world->slots[i]] = 1;
    for (size_t slot = 1; slot < slots; slot++) {
        uint64_t serial = f->carried[slot] ? pool->serial[slot] : 0;
        while (serial >= first && birth[serial - first].seen != world->generation) {
            birth[serial - first].seen = world->generation;
            serial = birth[serial - first].parent;
        }
    }
}

/* Adds the births of one generation, which are the first in the queue. */
static void add_batch(struct fate *f, const struct batch *batch, uint64_t now) {
    const struct birth *birth = (struct birth *)f->births.items + f->births.first;
    const uint16_t *change = (uint16_t *)f->changes.items + f->changes.first;
    uint64_t all = 0, persisting = 0; /* births with a change */
    memset(f->counts, 0, f->weights * sizeof *f->counts);
    for (size_t b = 0; b < batch->births; b++) {
        bool persists = birth[b].seen == now;
        uint32_t changes = birth[b].changes;
        all += changes != 0;
        persisting += changes && persists;
        if (changes == 1) {
            f->counts[*change / FATE_BINS].alone++;
            f->counts[*change / FATE_BINS].alone_persisting += persists;
        }
        for (uint32_t c = 0; changes > 1 && c < changes; c++) {
            unsigned weight = change[c] / FATE_BINS, bin = change[c] % FATE_BINS;
            f->counts[weight].births++;
            f->counts[weight].persisting += persists;
            f->sums[weight].changed[bin]++;
            f->sums[weight].persisted[bin] += persists;
        }
        change += changes;
    }
    for (size_t w = 0; w < f->weights; w++) {
        const struct fate_counts *n = &f->counts[w];
        struct fate_sums *sums = &f->sums[w];
        /* of those to compare with, in which another weight changed */
        double b = (double)(all - n->alone), k = (double)(persisting - n->alone_persisting);
        double with = n->births;
        sums->births += n->births;
        sums->persisting += n->persisting;
        if (n->births)
            sums->expected += with * k / b;
        if (n->births && b > 1.0)
            sums->variance += with * (b - with) * (k / b) * ((b - k) / b) / (b - 1.0);
    }
}

static void judge(struct fate *f, const struct world *world, const struct batch *batch) {
    uint64_t start = f->window ? batch->generation - batch->generation % f->window : f->generation;
    if (f->any && start != f->generation) {
        f->done(f, f->context);
        memset(f->sums, 0, f->weights * sizeof *f->sums);
    }
    f->generation = start;
    f->any = true;
    f->judged += batch->births;
    find_persisting(f, world, batch->first);
    add_batch(f, batch, world->generation);
}

bool fate_take(struct fate *f, const struct world *world, bool in_stream) {
    uint64_t first_born = world->pool.next_serial - world->births.count;
    if (!f->sums) {
        f->weights = (size_t)10 * world->model.channels * world->model.channels;
        f->sums = allocate(f->weights, sizeof *f->sums, "weights");
        f->counts = allocate(f->weights, sizeof *f->counts, "weights");
        f->generation = f->first = world->generation;
        f->any = !f->window;
        f->next_serial = first_born;
    }
    if (first_born < f->next_serial) {
        births_contradict(f->error, world->generation, first_born);
        return false;
    }
    if (in_stream)
        f->last = world->generation;
    while (first_born > f->next_serial && f->batches.count)
        miss_batch(f);
    f->missed += first_born - f->next_serial;
    take_births(f, world);
    f->next_serial = world->pool.next_serial;
    while (f->batches.count) {
        const struct batch *batch = (struct batch *)f->batches.items + f->batches.first;
        uint64_t since = world->generation - batch->generation;
        if (since < f->horizon)
            break;
        if (since == f->horizon && in_stream) {
            judge(f, world, batch);
            drop_batch(f);
        } else
            miss_batch(f);
    }
    return true;
}

struct fate_result fate_result(const struct fate_sums *sums) {
    double persisting = (double)sums->persisting, deviation = sqrt(sums->variance);
    struct fate_result result = {.omega = persisting / sums->expected,
                                 .se = deviation / sums->expected,
                                 .z = (persisting - sums->expected) / deviation};
    result.p_value = erfc(fabs(result.z) / sqrt(2.0));
    for (int bin = 0; bin < FATE_BINS; bin++)
        result.persistence[bin] = (double)sums->persisted[bin] / (double)sums->changed[bin];
    return result;
}

void fate_free(struct fate *f) {
    free(f->sums);
    free(f->counts);
    free(f->carried);
    free(f->births.items);
    free(f->changes.items);
    free(f->batches.items);
}
