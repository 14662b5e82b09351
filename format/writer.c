/* Writing a stream. */
#include "common/err.h"
#include "format/codec.h"
#include "format/stream.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

enum { MOST_CUTS = 192, LEAST_CUT = 1024 };

const char tag_names[TAGS][5] = {"HEAD", "POOL", "GENE", "GIDS", "AGES", "STAT", "DONE"};

struct writer {
    int file;
    struct header header;
    ZSTD_CCtx *zstd;
    XXH64_state_t *hash;
    uint8_t *payload, *at; /* the payload being made, and where it ends so far */
    size_t room;           /* bytes allocated for it */
    size_t cut[MOST_CUTS]; /* where zstd is to begin a new block: between planes of bytes */
    int cuts;
    uint8_t *record; /* record head and frame */
    size_t record_room;
    uint32_t *slots, *ages; /* [N] of the generation written before, 0 at first */
    uint32_t *scratch;      /* [N] */
    uint8_t *pending;       /* records of the births of generations that were skipped */
    size_t pending_bytes, pending_room;
    uint64_t pending_records, pending_payload;
    bool need_pool; /* the next generation starts with a POOL */
    uint64_t generation, generations, records;
};

static bool write_all(int file, const uint8_t *bytes, size_t count) {
    while (count) {
        ssize_t n = write(file, bytes, count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        count -= (size_t)n;
    }
    return true;
}

/* Starts a payload of at most most bytes. */
static void begin(struct writer *w, size_t most) {
    if (most > w->room)
        w->payload = reallocate(w->payload, w->room = most, 1, "payload");
    w->at = w->payload;
    w->cuts = 0;
}

static void cut(struct writer *w, size_t offset) {
    size_t last = w->cuts ? w->cut[w->cuts - 1] : 0;
    if (offset - last >= LEAST_CUT && w->cuts < MOST_CUTS)
        w->cut[w->cuts++] = offset;
}

static void add_planes32(struct writer *w, const void *numbers, size_t count) {
    size_t start = (size_t)(w->at - w->payload);
    w->at = put_planes32(w->at, numbers, count);
    for (size_t k = 1; k <= 4; k++)
        cut(w, start + k * count);
}

static void add_planes64(struct writer *w, const uint64_t *numbers, size_t count) {
    size_t start = (size_t)(w->at - w->payload);
    w->at = put_planes64(w->at, numbers, count);
    for (size_t k = 1; k <= 8; k++)
        cut(w, start + k * count);
}

/* Compresses the payload into w->record; returns the record's size. */
static size_t make_record(struct writer *w, enum tag tag, uint64_t generation) {
    size_t size = (size_t)(w->at - w->payload),
           most = RECORD_HEAD + ZSTD_compressBound(size) + 3 * (size_t)w->cuts;
    if (most > w->record_room)
        w->record = reallocate(w->record, w->record_room = most, 1, "record");
    ZSTD_outBuffer out = {w->record + RECORD_HEAD, w->record_room - RECORD_HEAD, 0};
    size_t left = ZSTD_CCtx_setPledgedSrcSize(w->zstd, size);
    for (size_t from = 0, i = 0; !ZSTD_isError(left); i++) {
        bool last = i == (size_t)w->cuts || w->cut[i] == size;
        ZSTD_inBuffer in = {w->payload + from, (last ? size : w->cut[i]) - from, 0};
        from += in.size;
        left = ZSTD_compressStream2(w->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_flush);
        if (last)
            break;
    }
    if (left) /* the buffer has room for all, so only memory can be short */
        die(EXIT_FAILED, "zstd: %s", ZSTD_getErrorName(left));

    uint8_t *head = w->record;
    put64(head, 0x184D2A5Cu | (uint64_t)40 << 32); /* a skippable frame of 40 bytes */
    memcpy(head + 8, "NCA1", 4);
    memcpy(head + 12, tag_names[tag], 4);
    put64(head + 16, generation);
    put64(head + 24, size);
    put64(head + 32, out.pos);
    XXH64_reset(w->hash, 0);
    XXH64_update(w->hash, head + 8, 32);
    XXH64_update(w->hash, head + RECORD_HEAD, out.pos);
    put64(head + 40, XXH64_digest(w->hash));
    return RECORD_HEAD + out.pos;
}

static bool write_record(struct writer *w, enum tag tag, uint64_t generation) {
    w->records++;
    size_t size = make_record(w, tag, generation); /* before w->record is read: it may move */
    return write_all(w->file, w->record, size);
}

static struct writer *new_writer(int file, const struct header *header, int level) {
    struct writer *w = allocate(1, sizeof *w, "writer");
    w->file = file;
    w->header.model = header->model;
    w->header.sections = header->sections;
    w->header.keyframe = header->keyframe;
    w->need_pool = true;
    w->zstd = ZSTD_createCCtx();
    w->hash = XXH64_createState();
    if (!w->zstd || !w->hash)
        die(EXIT_FAILED, "writer: no memory");
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
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
    begin(w, strlen(text));
    memcpy(w->at, text, strlen(text));
    w->at += strlen(text);
    free(text);
    return write_record(w, HEAD, 0) ? w : NULL;
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

/* A plane of uint32: the cells where now differs from expected, and their values. */
static void plane32(struct writer *w, const uint32_t *now, const uint32_t *expected, size_t cells) {
    size_t bitmap = bitmap_bytes(cells), marked = 0;
    begin(w, bitmap + 4 * cells);
    memset(w->at, 0, bitmap);
    for (size_t i = 0; i < cells; i++) {
        bool differs = now[i] != expected[i];
        w->at[i / 8] |= (uint8_t)(differs << i % 8);
        w->scratch[marked] = now[i];
        marked += differs;
    }
    w->at += bitmap;
    cut(w, bitmap);
    add_planes32(w, w->scratch, marked);
}

static bool write_slots(struct writer *w, const struct world *world) {
    plane32(w, world->slots, w->slots, world->cells);
    memcpy(w->slots, world->slots, world->cells * sizeof *w->slots);
    return write_record(w, GIDS, world->generation);
}

static bool write_ages(struct writer *w, const struct world *world) {
    for (size_t i = 0; i < world->cells; i++)
        w->ages[i] += w->ages[i] != 0; /* expected: one generation older */
    plane32(w, world->ages, w->ages, world->cells);
    memcpy(w->ages, world->ages, world->cells * sizeof *w->ages);
    return write_record(w, AGED, world->generation);
}

static bool write_state(struct writer *w, const struct world *world) {
    size_t cells = world->cells, bitmap = bitmap_bytes(cells), L = world->model.channels;
    begin(w, bitmap + 4 * L * cells);
    memset(w->at, 0, bitmap);
    for (size_t c = 0; c < L; c++)
        for (size_t i = 0; i < cells; i++)
            w->at[i / 8] |= (uint8_t)((world->state[c * cells + i] != 0.0f) << i % 8);
    const uint8_t *mark = w->at;
    w->at += bitmap;
    cut(w, bitmap);
    for (size_t c = 0; c < L; c++) {
        size_t marked = 0;
        for (size_t i = 0; i < cells; i++) {
            float value = world->state[c * cells + i] + 0.0f; /* -0 is written as 0 */
            memcpy(w->scratch + marked, &value, 4);
            marked += mark[i / 8] >> i % 8 & 1;
        }
        add_planes32(w, w->scratch, marked);
    }
    return write_record(w, STAT, world->generation);
}

/* The genomes that cells carry, in slot order, in as many records as it takes. */
static bool write_pool(struct writer *w, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t most = genomes_per_record(pool->genome), bytes = pool->genome * sizeof(float);
    uint8_t *carried = allocate((size_t)pool->room + 1, 1, "writer");
    uint32_t *slot = allocate(most, sizeof *slot, "writer");
    uint64_t *serial = allocate(most, 2 * sizeof *serial, "writer"), *parent = serial + most;
    float *parameters = allocate(most, bytes, "writer");
    bool good = true, any = false;
    for (size_t i = 0; i < world->cells; i++)
        carried[world->slots[i]] = 1;
    for (size_t s = 1; good && (s <= pool->room || !any); any = true) {
        size_t n = 0;
        for (; s <= pool->room && n < most; s++)
            if (carried[s]) {
                slot[n] = (uint32_t)s;
                serial[n] = pool->serial[s];
                parent[n] = pool->parent[s];
                memcpy(parameters + n * pool->genome, pool_genome(pool, (uint32_t)s), bytes);
                n++;
            }
        if (any && !n)
            break;
        begin(w, 16 + n * (20 + bytes));
        put64(w->at, n);
        put64(w->at + 8, pool->next_serial);
        w->at += 16;
        add_planes32(w, slot, n);
        add_planes64(w, serial, n);
        add_planes64(w, parent, n);
        add_planes32(w, parameters, n * pool->genome);
        good = write_record(w, POOL, world->generation);
    }
    free(carried);
    free(slot);
    free(serial);
    free(parameters);
    return good;
}

/* Births from to from + n as a GENE payload: what differs between a child and its parent. */
static void births_payload(struct writer *w, const struct world *world, uint32_t from, uint32_t n) {
    const struct pool *pool = &world->pool;
    const struct births *births = &world->births;
    size_t P = pool->genome, bitmap = bitmap_bytes(P), values = 0;
    begin(w, 16 + n * (8 + bitmap + 4 * P));
    put64(w->at, n);
    put64(w->at + 8, pool->next_serial - births->count + from);
    w->at += 16;
    add_planes32(w, births->slot + from, n);
    add_planes32(w, births->parent + from, n);
    memset(w->at, 0, n * bitmap);
    uint32_t *changed = allocate(n, 4 * P, "writer");
    for (uint32_t b = 0; b < n; b++) {
        const float *child = pool_genome(pool, births->slot[from + b]);
        const float *parent = pool_genome(pool, births->parent[from + b]);
        for (size_t p = 0; p < P; p++)
            if (memcmp(child + p, parent + p, 4)) {
                w->at[b * bitmap + p / 8] |= (uint8_t)(1u << p % 8);
                memcpy(changed + values++, child + p, 4);
            }
    }
    w->at += n * bitmap;
    cut(w, (size_t)(w->at - w->payload));
    add_planes32(w, changed, values);
    free(changed);
}

static bool write_births(struct writer *w, const struct world *world) {
    uint32_t most = genomes_per_record(world->pool.genome), from = 0;
    bool good = true;
    do {
        uint32_t left = world->births.count - from, n = left < most ? left : most;
        births_payload(w, world, from, n);
        good = good && write_record(w, GENE, world->generation);
        from += n;
    } while (from < world->births.count);
    return good;
}

void writer_skip(struct writer *w, const struct world *world) {
    uint32_t most = genomes_per_record(world->pool.genome), from = 0;
    if (!(w->header.sections & GENOMES) || w->need_pool || !world->births.count)
        return;
    for (; from < world->births.count && !w->need_pool; from += most) {
        uint32_t left = world->births.count - from, n = left < most ? left : most;
        births_payload(w, world, from, n);
        w->pending_payload += (uint64_t)(w->at - w->payload);
        /* By payload, so that the same records come out at every level. */
        w->need_pool =
            w->pending_payload > world->cells * (20 + 4 * (uint64_t)world->pool.genome) / 4;
        size_t size = make_record(w, GENE, world->generation);
        if (w->pending_bytes + size > w->pending_room) {
            w->pending_room = w->pending_bytes + w->pending_bytes / 2 + size;
            w->pending = reallocate(w->pending, w->pending_room, 1, "births");
        }
        memcpy(w->pending + w->pending_bytes, w->record, size);
        w->pending_bytes += size;
        w->pending_records++;
    }
}

/* What tells of the genomes: differences, with a pool beside them in a keyframe; or a pool alone.
 */
static bool write_genomes(struct writer *w, const struct world *world) {
    uint64_t keyframe = w->header.keyframe;
    bool good = true, differences = !w->need_pool;
    bool pool =
        w->need_pool || (keyframe && world->generation / keyframe != w->generation / keyframe);
    if (differences) {
        good = write_all(w->file, w->pending, w->pending_bytes);
        w->records += w->pending_records;
    }
    if (good && pool) { /* the planes that follow are not differences */
        memset(w->slots, 0, world->cells * sizeof *w->slots);
        if (w->ages)
            memset(w->ages, 0, world->cells * sizeof *w->ages);
        good = write_pool(w, world);
    }
    if (good && differences)
        good = write_births(w, world);
    w->need_pool = false;
    w->pending_bytes = w->pending_records = w->pending_payload = 0;
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

bool writer_close(struct writer *w) {
    begin(w, 128);
    w->at += snprintf((char *)w->at, 128, "generations %" PRIu64 "\nrecords %" PRIu64 "\n",
                      w->generations, w->records + 1);
    bool good = write_record(w, DONE, w->generation);
    int reason = errno;
    ZSTD_freeCCtx(w->zstd);
    XXH64_freeState(w->hash);
    free(w->payload);
    free(w->record);
    free(w->slots);
    free(w->ages);
    free(w->scratch);
    free(w->pending);
    free(w);
    errno = reason;
    return good;
}
