/* SPDX-License-Identifier: MIT */
/* Writing a stream. */
#include "common/err.h"
#include "format/pack.h"
#include "format/record_writer.h"
#include "format/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_CUT = 1024 };

struct writer {
    int file, level;
    struct header header;
    struct record_writer *out;
    uint32_t *slots, *ages; /* [N] of the generation written before, 0 at first */
    uint32_t *scratch;      /* [N] */
    uint64_t pending_records, pending_payload; /* births of generations that were skipped, held */
    bool need_pool;                            /* the next generation starts with a POOL */
    uint64_t generation, generations, records;
};

static void cut(struct payload *payload, size_t offset) {
    size_t last = payload->cuts ? payload->cut[payload->cuts - 1] : 0;
    if (offset - last >= MIN_CUT && payload->cuts < MAX_CUTS)
        payload->cut[payload->cuts++] = offset;
}

static void add_planes32(struct payload *payload, const void *numbers, size_t count) {
    size_t start = (size_t)(payload->at - payload->bytes);
    payload->at = put_planes32(payload->at, numbers, count);
    for (size_t k = 1; k <= 4; k++)
        cut(payload, start + k * count);
}

static void add_planes64(struct payload *payload, const uint64_t *numbers, size_t count) {
    size_t start = (size_t)(payload->at - payload->bytes);
    payload->at = put_planes64(payload->at, numbers, count);
    for (size_t k = 1; k <= 8; k++)
        cut(payload, start + k * count);
}

static bool write_record(struct writer *w, struct payload *payload, enum tag tag,
                         uint64_t generation) {
    w->records++;
    return record_writer_add(w->out, payload, tag, generation, false);
}

static struct writer *new_writer(int file, const struct header *header, int level) {
    struct writer *w = allocate(1, sizeof *w, "writer");
    w->file = file;
    w->level = level;
    w->header.model = header->model;
    w->header.sections = header->sections;
    w->header.every = header->every;
    w->header.keyframe = header->keyframe;
    w->need_pool = true;
    w->out = record_writer_new(file, level, NULL);
    size_t cells = model_cells(&header->model);
    w->scratch = allocate(cells, sizeof *w->scratch, "writer");
    if (header->sections & GENOMES)
        w->slots = allocate(cells, sizeof *w->slots, "writer");
    if (header->sections & AGES)
        w->ages = allocate(cells, sizeof *w->ages, "writer");
    return w;
}

struct writer *writer_open(int file, const struct header *header, int level) {
    struct writer *w = new_writer(file, header, level);
    char *text = header_text(header);
    struct payload *payload = record_writer_payload(w->out, strlen(text));
    memcpy(payload->at, text, strlen(text));
    payload->at += strlen(text);
    free(text);
    return write_record(w, payload, TAG_HEAD, 0) ? w : NULL;
}

struct writer *writer_resume(int file, const struct header *header, int level,
                             const struct world *world, uint64_t generations, uint64_t records) {
    struct writer *w = new_writer(file, header, level);
    w->generations = generations;
    w->records = records;
    if (!generations)
        return w;
    w->need_pool = false;
    w->generation = world->generation;
    if (w->slots)
        memcpy(w->slots, world->slots, world->cells * sizeof *w->slots);
    if (w->ages)
        memcpy(w->ages, world->ages, world->cells * sizeof *w->ages);
    return w;
}

void writer_thread_pool(struct writer *w, struct thread_pool *workers) {
    if (record_writer_free(w->out)) /* no write has failed so far */
        w->out = record_writer_new(w->file, w->level, workers);
}

/* A plane of uint32: the cells where now differs from expected, and their values. */
static struct payload *plane32(struct writer *w, const uint32_t *now, const uint32_t *expected,
                               size_t cells) {
    size_t bitmap = bitmap_bytes(cells);
    struct payload *payload = record_writer_payload(w->out, bitmap + 4 * cells);
    size_t differing = put_differing(payload->at, w->scratch, now, expected, cells);
    payload->at += bitmap;
    cut(payload, bitmap);
    add_planes32(payload, w->scratch, differing);
    return payload;
}

static bool write_slots(struct writer *w, const struct world *world) {
    struct payload *payload = plane32(w, world->slots, w->slots, world->cells);
    memcpy(w->slots, world->slots, world->cells * sizeof *w->slots);
    return write_record(w, payload, TAG_GIDS, world->generation);
}

static bool write_ages(struct writer *w, const struct world *world) {
    for (size_t i = 0; i < world->cells; i++)
        w->ages[i] += w->ages[i] != 0; /* expected: one generation older */
    struct payload *payload = plane32(w, world->ages, w->ages, world->cells);
    memcpy(w->ages, world->ages, world->cells * sizeof *w->ages);
    return write_record(w, payload, TAG_AGES, world->generation);
}

static bool write_state(struct writer *w, const struct world *world) {
    size_t cells = world->cells, bitmap = bitmap_bytes(cells), L = world->model.channels;
    struct payload *payload = record_writer_payload(w->out, bitmap + 4 * L * cells);
    uint32_t bits, *any = w->scratch;
    memset(any, 0, cells * sizeof *any);
    for (size_t c = 0; c < L; c++)
        for (size_t i = 0; i < cells; i++) {
            memcpy(&bits, world->state + c * cells + i, sizeof bits);
            any[i] |= bits << 1; /* -0 is 0 */
        }
    uint8_t *marks = payload->at;
    size_t marked = put_differing(marks, any, any, NULL, cells);
    payload->at += bitmap;
    cut(payload, bitmap);
    for (size_t c = 0; c < L; c++) {
        get_marked(w->scratch, world->state + c * cells, marks, cells);
        for (size_t i = 0; i < marked; i++) /* -0 is written as 0 */
            w->scratch[i] &= w->scratch[i] == 0x80000000 ? 0 : UINT32_MAX;
        add_planes32(payload, w->scratch, marked);
    }
    return write_record(w, payload, TAG_STAT, world->generation);
}

/* The genomes that cells carry, in slot order, in as many records as it takes. */
static bool write_pool(struct writer *w, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t most = genomes_per_record(pool->genome), bytes = pool->genome * sizeof(float);
    uint8_t *carried = allocate((size_t)pool->capacity + 1, 1, "writer");
    uint32_t *slot = allocate(most, sizeof *slot, "writer");
    uint64_t *serial = allocate(most, 2 * sizeof *serial, "writer"), *parent = serial + most;
    float *parameters = allocate(most, bytes, "writer");
    bool good = true, any = false;
    for (size_t i = 0; i < world->cells; i++)
        carried[world->slots[i]] = 1;
    for (size_t s = 1; good && (s <= pool->capacity || !any); any = true) {
        size_t n = 0;
        for (; s <= pool->capacity && n < most; s++)
            if (carried[s]) {
                slot[n] = (uint32_t)s;
                serial[n] = pool->serial[s];
                parent[n] = pool->parent[s];
                memcpy(parameters + n * pool->genome, pool_genome(pool, (uint32_t)s), bytes);
                n++;
            }
        if (any && !n)
            break;
        struct payload *payload = record_writer_payload(w->out, 16 + n * (20 + bytes));
        put64(payload->at, n);
        put64(payload->at + 8, pool->next_serial);
        payload->at += 16;
        add_planes32(payload, slot, n);
        add_planes64(payload, serial, n);
        add_planes64(payload, parent, n);
        add_planes32(payload, parameters, n * pool->genome);
        good = write_record(w, payload, TAG_POOL, world->generation);
    }
    free(carried);
    free(slot);
    free(serial);
    free(parameters);
    return good;
}

/* Births from to from + n as a GENE payload: what differs between a child and its parent. */
static struct payload *births_payload(struct writer *w, const struct world *world, uint32_t from,
                                      uint32_t n) {
    const struct pool *pool = &world->pool;
    const struct births *births = &world->births;
    size_t P = pool->genome, bitmap = bitmap_bytes(P), values = 0;
    struct payload *payload = record_writer_payload(w->out, 16 + n * (8 + bitmap + 4 * P));
    put64(payload->at, n);
    put64(payload->at + 8, pool->next_serial - births->count + from);
    payload->at += 16;
    if (n) { /* where there never was a birth, there is no list */
        add_planes32(payload, births->slot + from, n);
        add_planes32(payload, births->parent + from, n);
    }
    uint32_t *changed = reallocate(NULL, n, 4 * P, "writer");
    for (uint32_t b = 0; b < n; b++) {
        const float *child = pool_genome(pool, births->slot[from + b]);
        const float *parent = pool_genome(pool, births->parent[from + b]);
        values += put_differing(payload->at, changed + values, child, parent, P);
        payload->at += bitmap;
    }
    cut(payload, (size_t)(payload->at - payload->bytes));
    add_planes32(payload, changed, values);
    free(changed);
    return payload;
}

static bool write_births(struct writer *w, const struct world *world) {
    uint32_t most = genomes_per_record(world->pool.genome), from = 0;
    bool good = true;
    do {
        uint32_t left = world->births.count - from, n = left < most ? left : most;
        struct payload *payload = births_payload(w, world, from, n);
        good = write_record(w, payload, TAG_GENE, world->generation) && good;
        from += n;
    } while (from < world->births.count);
    return good;
}

void writer_forget(struct writer *w) {
    w->need_pool = true;
}

static bool wants_births(const struct writer *w) {
    return w->header.sections & GENOMES && !w->need_pool;
}

void writer_skip(struct writer *w, const struct world *world) {
    uint32_t most = genomes_per_record(world->pool.genome), from = 0;
    if (!wants_births(w) || !world->births.count)
        return;
    for (; from < world->births.count && !w->need_pool; from += most) {
        uint32_t left = world->births.count - from, n = left < most ? left : most;
        struct payload *payload = births_payload(w, world, from, n);
        w->pending_payload += (uint64_t)(payload->at - payload->bytes);
        /* By payload, so that the same records come out at every level. */
        w->need_pool =
            w->pending_payload > world->cells * (20 + 4 * (uint64_t)world->pool.genome) / 4;
        record_writer_add(w->out, payload, TAG_GENE, world->generation, true);
        w->pending_records++;
    }
}

/* Writes the genomes: as differences, and in a keyframe a pool beside them; or as a pool alone. */
static bool write_genomes(struct writer *w, const struct world *world) {
    uint64_t keyframe = w->header.keyframe;
    bool good = true, differences = !w->need_pool;
    bool pool =
        w->need_pool || (keyframe && world->generation / keyframe != w->generation / keyframe);
    if (w->pending_records)
        good = record_writer_release(w->out, differences);
    if (differences)
        w->records += w->pending_records;
    if (good && pool) { /* the planes that follow are not differences */
        memset(w->slots, 0, world->cells * sizeof *w->slots);
        if (w->ages)
            memset(w->ages, 0, world->cells * sizeof *w->ages);
        good = write_pool(w, world);
    }
    if (good && differences)
        good = write_births(w, world);
    w->need_pool = false;
    w->pending_records = w->pending_payload = 0;
    return good && write_slots(w, world);
}

bool writer_generation(struct writer *w, const struct world *world) {
    bool good = true;
    if (w->header.sections & GENOMES)
        good = write_genomes(w, world);
    if (good && w->header.sections & AGES)
        good = write_ages(w, world);
    if (good && w->header.sections & STATE)
        good = write_state(w, world);
    w->generation = world->generation;
    w->generations++;
    return good;
}

static bool is_due(const struct writer *w, uint64_t generation, bool last) {
    return last || generation % w->header.every == 0;
}

unsigned writer_needs(const struct writer *w, uint64_t generation, bool last) {
    return is_due(w, generation, last) ? w->header.sections : wants_births(w) ? BIRTHS : 0;
}

bool writer_next(struct writer *w, const struct world *world, bool last) {
    if (is_due(w, world->generation, last))
        return writer_generation(w, world);
    writer_skip(w, world);
    return true;
}

bool writer_wait(struct writer *w) {
    return record_writer_wait(w->out);
}

void writer_counts(const struct writer *w, uint64_t *generations, uint64_t *records) {
    *generations = w->generations;
    *records = w->records;
}

bool writer_close(struct writer *w) {
    struct payload *payload = record_writer_payload(w->out, 128);
    payload->at +=
        snprintf((char *)payload->at, 128, "generations %" PRIu64 "\nrecords %" PRIu64 "\n",
                 w->generations, w->records + 1);
    write_record(w, payload, TAG_DONE, w->generation);
    return writer_leave(w);
}

bool writer_leave(struct writer *w) {
    bool good = record_writer_free(w->out);
    int reason = errno;
    free(w->slots);
    free(w->ages);
    free(w->scratch);
    free(w);
    errno = reason;
    return good;
}
