/* Reading a stream: nothing is believed before its hash and its size agree. */
#include "common/err.h"
#include "common/signals.h"
#include "format/codec.h"
#include "format/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

struct source {
    char **files; /* those still to come */
    char *standard_input[2];
    int file;                       /* open descriptor, -1 before the first and after the last */
    const char *name;               /* as messages give it */
    uint64_t offset, start, record; /* bytes read of it, where this record starts, its number */
    uint64_t length;                /* bytes read of all files */
    unsigned wanted;
    ZSTD_DCtx *zstd;
    XXH64_state_t *hash;
    uint8_t head[RECORD_HEAD], *frame, *payload;
    size_t frame_room, payload_room, payload_size, frame_size;
    size_t head_have, frame_have; /* bytes of the record at hand that were read */
    uint8_t *back;                /* [back_size] bytes to read again, from back_at on */
    size_t back_at, back_size;
    enum tag tag;
    uint64_t generation;

    bool good;     /* the record at hand has been read whole */
    bool held;     /* and not been taken yet */
    bool salvaged; /* some of this part is missing */
    bool in_part;  /* between HEAD and DONE */
    bool first;    /* no generation of this part is complete */
    bool has_pool; /* the pool is good before this generation */
    bool pooled;   /* this generation has brought a POOL */
    uint8_t *mark; /* [mark_room] by slot: LISTED, CARRIED */
    size_t mark_room;
    uint64_t next_serial; /* of the next birth that GENE records may tell of */
    bool with_births;     /* this generation has brought a GENE */
    bool base_empty;      /* its planes are differences from 0, not from the one before */
    uint32_t *ages;       /* [N] with CHECK: those of the generation ages_of, in this part */
    uint64_t ages_of;
    uint32_t pool_slot; /* last slot in this generation's POOL records */
    enum tag stage;     /* of the last record of this generation, HEAD if none has come */
    uint64_t part_generations, part_records; /* to compare with DONE */
    bool any;                                /* a generation was delivered: */
    uint64_t last;                           /* the last that was */
};

enum { MOST_WINDOW = 8 << 20 }; /* bytes that a frame may look back */

/* Marks of slots: in this generation's POOL; carried by a cell when the last one ended. */
enum { LISTED = 1, CARRIED = 2 };

static int fail(struct reader *r, const char *format, ...) NCA_PRINTF(2, 3);

/* Notes what is wrong with the record at hand, and where. */
static int fail(struct reader *r, const char *format, ...) {
    struct source *s = r->source;
    r->fault = DAMAGED;
    char what[256];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    snprintf(r->error, sizeof r->error, "%.200s: record %" PRIu64 " at byte %" PRIu64 ": %s",
             s->name, s->record, s->start, what);
    return -1;
}

static int fail_in(struct reader *r, const char *format, ...) NCA_PRINTF(2, 3);

/* The same for a record whose head is good: names it too. */
static int fail_in(struct reader *r, const char *format, ...) {
    struct source *s = r->source;
    char what[256];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    return fail(r, "%s of generation %" PRIu64 ": %s", tag_names[s->tag], s->generation, what);
}

static int fail_file(struct reader *r, enum fault fault, const char *format, ...) NCA_PRINTF(3, 4);

/* Notes what is wrong with the file. */
static int fail_file(struct reader *r, enum fault fault, const char *format, ...) {
    char what[256];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    snprintf(r->error, sizeof r->error, "%.200s: %s", r->source->name, what);
    r->fault = fault;
    return -1;
}

/* Opens the next file. 1: done, 0: there is none, -1: it cannot be opened. */
static int next_file(struct reader *r) {
    struct source *s = r->source;
    if (s->file > 0)
        close(s->file);
    s->file = -1;
    if (!*s->files)
        return 0;
    s->name = *s->files++;
    s->offset = s->start = s->record = 0;
    if (!strcmp(s->name, "-")) {
        s->name = "standard input";
        s->file = STDIN_FILENO;
    } else if ((s->file = open(s->name, O_RDONLY | O_CLOEXEC)) < 0)
        return fail_file(r, UNREADABLE, "%s", strerror(errno));
    return 1;
}

/* Reads count bytes of the file, or fewer at its end; how many, or -1: an error, or a signal. */
static ssize_t read_all(struct reader *r, uint8_t *to, size_t count) {
    struct source *s = r->source;
    size_t have = 0;
    if (s->back_at < s->back_size) {
        have = s->back_size - s->back_at < count ? s->back_size - s->back_at : count;
        memcpy(to, s->back + s->back_at, have);
        s->back_at += have;
        s->offset += have;
        s->length += have;
    }
    while (have < count) {
        if (!signals_wait(s->file))
            return -1;
        ssize_t n = read(s->file, to + have, count - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_file(r, UNREADABLE, "byte %" PRIu64 ": %s", s->offset, strerror(errno));
        if (n == 0)
            break;
        have += (size_t)n;
        s->offset += (uint64_t)n;
        s->length += (uint64_t)n;
    }
    return (ssize_t)have;
}

/* Gives back the last bytes read, to be read again. */
static void unread(struct source *s, const uint8_t *bytes, size_t count) {
    if (count > s->back_at) {
        size_t rest = s->back_size - s->back_at;
        uint8_t *back = allocate(count + rest, 1, "record");
        if (rest)
            memcpy(back + count, s->back + s->back_at, rest);
        free(s->back);
        s->back = back;
        s->back_at = count;
        s->back_size = count + rest;
    }
    s->back_at -= count;
    if (count)
        memcpy(s->back + s->back_at, bytes, count);
    s->offset -= count;
    s->length -= count;
}

/* The most bytes that a payload of this kind can have in this geometry. */
static uint64_t most_payload(const struct reader *r, enum tag tag) {
    uint64_t cells = r->world.cells, bitmap = bitmap_bytes(r->world.cells);
    uint64_t P = r->world.pool.genome, n = P ? genomes_per_record(P) : 0;
    n = n < cells ? n : cells;
    switch (tag) {
    case HEAD:
        return MOST_HEADER_BYTES;
    case POOL:
        return 16 + n * (20 + 4 * P);
    case GENE:
        return 16 + n * (8 + bitmap_bytes(P) + 4 * P);
    case STAT:
        return bitmap + 4 * cells * r->header.model.channels;
    case DONE:
        return 1024;
    default:
        return bitmap + 4 * cells;
    }
}

/* What the first bytes of something else look like. */
static int not_a_stream(struct reader *r, size_t have) {
    static const uint8_t zstd[4] = {0x28, 0xb5, 0x2f, 0xfd};
    bool is_zstd = have >= 4 && !memcmp(r->source->head, zstd, 4);
    return fail_file(r, DAMAGED, "%snot a stream of nca: no NCA1 record at its start",
                     is_zstd ? "zstd data, but " : "");
}

/* Reads size bytes of frame; the buffer grows with what arrives, not with what is promised. */
static int read_frame(struct reader *r, size_t size) {
    struct source *s = r->source;
    size_t have = 0;
    while (have < size) {
        size_t piece = have < (1u << 16) ? 1u << 16 : have;
        if (piece > size - have)
            piece = size - have;
        if (have + piece > s->frame_room) {
            s->frame_room = have + piece;
            s->frame = reallocate(s->frame, s->frame_room, 1, "record");
        }
        ssize_t n = read_all(r, s->frame + have, piece);
        if (n < 0)
            return -1;
        s->frame_have = have += (size_t)n;
        if ((size_t)n < piece) {
            fail_in(r, "truncated: %zu of %zu bytes", have, size);
            r->fault = TRUNCATED;
            return -1;
        }
    }
    s->frame_size = size;
    return 1;
}

/* The first bytes of every record. */
static const uint8_t magic[12] = {0x5c, 0x2a, 0x4d, 0x18, 40, 0, 0, 0, 'N', 'C', 'A', '1'};

/* Reads the next record, head and frame, and checks all that can be checked without decompressing
   it. 1: there it is; 0: the last file has ended before one; -1: error. */
static int read_record(struct reader *r) {
    struct source *s = r->source;
    for (;;) {
        s->start = s->offset;
        ssize_t have = s->file < 0 ? 0 : read_all(r, s->head, RECORD_HEAD);
        s->frame_have = 0;
        s->good = false;
        if (have < 0)
            return -1;
        s->head_have = (size_t)have;
        if (have == 0) { /* where a file may end, and the next go on */
            if (s->file >= 0 && !s->offset)
                return fail_file(r, TRUNCATED, "empty: not a stream of nca");
            if (s->in_part)
                return 0;
            int next = next_file(r);
            if (next <= 0)
                return next;
            continue;
        }
        s->record++;
        if (have < 12 || memcmp(s->head, magic, 12)) {
            bool prefix = have < 12 && !memcmp(s->head, magic, (size_t)have);
            if (s->record == 1)
                not_a_stream(r, (size_t)have);
            else
                fail(r,
                     have < 12 ? "truncated: %zd of 48 bytes of its head"
                               : "%zd bytes that are not a record head",
                     have);
            r->fault = prefix ? TRUNCATED : DAMAGED;
            return -1;
        }
        if (have < RECORD_HEAD) {
            fail(r, "truncated: %zd of 48 bytes of its head", have);
            r->fault = TRUNCATED;
            return -1;
        }

        for (s->tag = HEAD; s->tag < TAGS; s->tag++)
            if (!memcmp(s->head + 12, tag_names[s->tag], 4))
                break;
        s->generation = get64(s->head + 16);
        uint64_t payload = get64(s->head + 24), frame = get64(s->head + 32);
        bool unknown = s->tag == TAGS;
        if (unknown && !(s->head[12] >= 'a' && s->head[12] <= 'z'))
            return fail(r, "damaged, or made by a later version: not a tag known here");
        if (unknown && !s->in_part)
            return fail(r, "a record of unknown kind outside HEAD and DONE");
        if (unknown)
            s->tag = HEAD; /* the smallest limit: a kind of record that may be passed over */
        else if (s->tag != HEAD && s->tag != DONE && !r->world.cells)
            return fail(r, "%s before the first HEAD", tag_names[s->tag]);
        if (payload > most_payload(r, s->tag))
            return fail(r, "%.4s: payload of %" PRIu64 " bytes, at most %" PRIu64 " allowed",
                        (const char *)s->head + 12, payload, most_payload(r, s->tag));
        if (frame < 9 || frame > ZSTD_compressBound(payload) + 4096 || payload / 32768 > frame)
            return fail_in(r, "frame of %" PRIu64 " bytes for a payload of %" PRIu64, frame,
                           payload);
        s->payload_size = (size_t)payload;
        if (read_frame(r, (size_t)frame) < 0)
            return -1;
        XXH64_reset(s->hash, 0);
        XXH64_update(s->hash, s->head + 8, 32);
        XXH64_update(s->hash, s->frame, s->frame_size);
        if (XXH64_digest(s->hash) != get64(s->head + 40))
            return fail(r, "damaged: its hash does not match");
        s->part_records++;
        if (unknown)
            continue;
        r->records[s->tag]++;
        r->bytes[s->tag] += RECORD_HEAD + s->frame_size;
        r->payload[s->tag] += s->payload_size;
        return s->good = true;
    }
}

/* What a zstd frame must not be, by its first bytes (RFC 8878, 3.1.1.1), or NULL. */
static const char *frame_fault(const uint8_t *frame, uint64_t content) {
    uint8_t descriptor = frame[4], window = frame[5];
    uint64_t base = UINT64_C(1) << (10 + (window >> 3));
    uint64_t size = descriptor & 0x20 ? content : base + base / 8 * (window & 7);
    if (!(descriptor & 4))
        return "frame without checksum";
    if (descriptor & 3)
        return "frame with a dictionary";
    return size > MOST_WINDOW ? "frame with a window of more than 8 MiB" : NULL;
}

/* Decompresses the first size bytes of the payload at hand. */
static int decompress(struct reader *r, size_t size) {
    struct source *s = r->source;
    const char *fault = frame_fault(s->frame, s->payload_size);
    if (ZSTD_getFrameContentSize(s->frame, s->frame_size) != s->payload_size ||
        ZSTD_findFrameCompressedSize(s->frame, s->frame_size) != s->frame_size)
        return fail_in(r, "not one zstd frame of the size that its head says");
    if (fault)
        return fail_in(r, "%s", fault);
    if (size > s->payload_room) {
        free(s->payload);
        s->payload = NULL;
        s->payload = reallocate(NULL, s->payload_room = size, 1, "payload");
    }
    size_t got;
    if (size == s->payload_size)
        got = ZSTD_decompressDCtx(s->zstd, s->payload, size, s->frame, s->frame_size);
    else {
        ZSTD_inBuffer in = {s->frame, s->frame_size, 0};
        ZSTD_outBuffer out = {s->payload, size, 0};
        ZSTD_DCtx_reset(s->zstd, ZSTD_reset_session_only);
        do
            got = ZSTD_decompressStream(s->zstd, &out, &in);
        while (!ZSTD_isError(got) && got && out.pos < size);
        got = ZSTD_isError(got) ? got : out.pos;
    }
    if (ZSTD_isError(got))
        return fail_in(r, "zstd: %s", ZSTD_getErrorName(got));
    return got == size ? 1 : fail_in(r, "payload of %zu bytes where %zu were promised", got, size);
}

/* Decompresses a plane of so many numbers for each marked cell, as far as the wanted ones go, and
   counts the marked cells. */
static int marked_cells(struct reader *r, size_t numbers, size_t wanted, size_t *marked) {
    struct source *s = r->source;
    size_t cells = r->world.cells, bitmap = bitmap_bytes(cells), n = 0;
    if (s->payload_size < bitmap)
        return fail_in(r, "payload of %zu bytes, less than its bitmap of %zu", s->payload_size,
                       bitmap);
    if (decompress(r, bitmap + (s->payload_size - bitmap) / numbers * wanted) < 0)
        return -1;
    for (size_t i = 0; i < bitmap; i++)
        n += (size_t)__builtin_popcount(s->payload[i]);
    if (cells % 8 && s->payload[bitmap - 1] >> cells % 8)
        return fail_in(r, "its bitmap marks cells beyond the last, %zu", cells - 1);
    if (s->payload_size != bitmap + 4 * numbers * n)
        return fail_in(r, "payload of %zu bytes, %zu expected for %zu marked cells",
                       s->payload_size, bitmap + 4 * numbers * n, n);
    *marked = n;
    return 1;
}

/* Spreads count numbers of 4 bytes, as planes at from, over the marked cells of to. */
static void spread(struct reader *r, const uint8_t *from, size_t count, void *to) {
    const uint8_t *mark = r->source->payload;
    uint32_t *cell = to;
    size_t n = 0;
    if (count == r->world.cells) {
        get_planes32(from, to, count);
        return;
    }
    for (size_t i = 0; n < count; i += 8)
        for (unsigned bits = mark[i / 8]; bits; bits &= bits - 1, n++) {
            uint32_t value = (uint32_t)from[n] << 24 | (uint32_t)from[n + count] << 16 |
                             (uint32_t)from[n + 2 * count] << 8 | from[n + 3 * count];
            memcpy(cell + i + (unsigned)__builtin_ctz(bits), &value, 4);
        }
}

/* Makes a plane of uint32 from the one before; step is what a value that is not 0 is expected to
   grow by. A plane gets its memory when a record for it is there, not when HEAD promises one. */
static int take_plane(struct reader *r, uint32_t **plane, uint32_t step) {
    size_t cells = r->world.cells, marked = 0;
    if (marked_cells(r, 1, 1, &marked) < 0)
        return -1;
    if (!*plane)
        *plane = allocate(cells, sizeof **plane, "plane");
    else if (r->source->base_empty)
        memset(*plane, 0, cells * sizeof **plane);
    for (size_t i = 0; step && i < cells; i++)
        (*plane)[i] += (*plane)[i] ? step : 0;
    spread(r, r->source->payload + bitmap_bytes(cells), marked, *plane);
    return 1;
}

/* A cell lives on or dies, and may then live again: its age is what it was and the generations
   since, or less than those. */
static int check_ages(struct reader *r) {
    struct source *s = r->source;
    const uint32_t *ages = r->world.ages;
    size_t cells = r->world.cells;
    uint64_t since = s->generation - s->ages_of;
    if (!s->ages)
        s->ages = allocate(cells, sizeof *s->ages, "plane");
    for (size_t i = 0; !s->first && i < cells; i++)
        if (ages[i] >= since && ages[i] != s->ages[i] + since)
            return fail_in(
                r, "cell %zu has age %" PRIu32 ", and had %" PRIu32 " in generation %" PRIu64, i,
                ages[i], s->ages[i], s->ages_of);
    memcpy(s->ages, ages, cells * sizeof *ages);
    s->ages_of = s->generation;
    return 1;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The genomes of a POOL, all of it: each of them once. */
static int distinct_serials(struct reader *r) {
    const struct pool *pool = &r->world.pool;
    uint64_t *serial = allocate((size_t)pool->room + 1, sizeof *serial, "pool");
    size_t n = 0;
    int result = 1;
    for (uint32_t slot = 1; slot <= pool->room; slot++)
        if (r->source->mark[slot] & LISTED)
            serial[n++] = pool->serial[slot];
    qsort(serial, n, sizeof *serial, ascending);
    for (size_t i = 1; i < n && result > 0; i++)
        if (serial[i] == serial[i - 1])
            result = fail_in(r, "its POOL has serial %" PRIu64 " twice", serial[i]);
    free(serial);
    return result;
}

static int take_slots(struct reader *r) {
    struct source *s = r->source;
    struct world *world = &r->world;
    const struct pool *pool = &world->pool;
    if (take_plane(r, &world->slots, 0) < 0)
        return -1;
    for (uint32_t slot = 0; slot <= pool->room; slot++)
        s->mark[slot] &= LISTED;
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i];
        if (slot > pool->room || (slot && !pool->serial[slot]))
            return fail_in(r, "cell %zu has slot %" PRIu32 ", where the pool has no genome", i,
                           slot);
        s->mark[slot] |= CARRIED;
    }
    for (uint32_t slot = 1; s->pooled && slot <= pool->room; slot++)
        if (s->mark[slot] == LISTED || s->mark[slot] == CARRIED)
            return fail_in(r, "slot %" PRIu32 " is %s", slot,
                           s->mark[slot] == LISTED ? "in the POOL, but no cell carries it"
                                                   : "carried, but not in the POOL");
    if (s->pooled && s->has_pool && s->with_births && s->next_serial != pool->next_serial)
        return fail_in(r, "next serial %" PRIu64 " by its POOL, %" PRIu64 " by its births",
                       pool->next_serial, s->next_serial);
    return s->pooled ? distinct_serials(r) : 1;
}

/* Makes room in the pool, and in the marks. */
static void reserve(struct reader *r, uint32_t slot) {
    struct source *s = r->source;
    struct pool *pool = &r->world.pool;
    pool_reserve(pool, slot);
    if (s->mark_room <= pool->room) {
        s->mark = reallocate(s->mark, (size_t)pool->room + 1, 1, "reader");
        memset(s->mark + s->mark_room, 0, (size_t)pool->room + 1 - s->mark_room);
        s->mark_room = (size_t)pool->room + 1;
    }
}

/* A generation with genomes begins: slots that no cell carried at the end of the last are free. */
static void free_slots(struct reader *r) {
    struct source *s = r->source;
    struct pool *pool = &r->world.pool;
    reserve(r, 0);
    for (uint32_t slot = 1; slot <= pool->room; slot++) {
        if (!s->has_pool || !(s->mark[slot] & CARRIED))
            pool->serial[slot] = 0;
        s->mark[slot] &= CARRIED;
    }
    s->next_serial = pool->next_serial;
    s->with_births = false;
}

static int take_state(struct reader *r) {
    struct world *world = &r->world;
    size_t cells = world->cells, bitmap = bitmap_bytes(cells), L = world->model.channels, marked;
    size_t channels = r->source->wanted & STATE ? L : 1;
    if (marked_cells(r, L, channels, &marked) < 0)
        return -1;
    if (!world->state)
        world->state = allocate(cells, channels * sizeof *world->state, "plane");
    else if (marked < cells)
        memset(world->state, 0, channels * cells * sizeof *world->state);
    for (size_t c = 0; c < channels; c++) {
        float *channel = world->state + c * cells, least = c ? -1.0f : 0.0f;
        spread(r, r->source->payload + bitmap + 4 * marked * c, marked, channel);
        bool good = true; /* what the board's activations can give; a NaN compares false */
        for (size_t i = 0; i < cells; i++)
            good &= channel[i] >= least && channel[i] <= 1.0f;
        for (size_t i = 0; !good && i < cells; i++)
            if (!(channel[i] >= least && channel[i] <= 1.0f))
                return fail_in(r, "cell %zu has %g in channel %zu, not from %g to 1", i,
                               (double)channel[i], c, (double)least);
    }
    return 1;
}

/* Whether all parameters are numbers; what is not could never come from the rule. */
static bool finite_all(const float *parameters, size_t count) {
    bool good = true;
    for (size_t i = 0; i < count; i++)
        good &= parameters[i] - parameters[i] == 0.0f;
    return good;
}

static int take_pool(struct reader *r) {
    struct source *s = r->source;
    struct pool *pool = &r->world.pool;
    size_t P = pool->genome;
    if (decompress(r, s->payload_size) < 0)
        return -1;
    uint64_t n = s->payload_size < 16 ? UINT64_MAX : get64(s->payload);
    if (n > genomes_per_record(P) || s->payload_size != 16 + n * (20 + 4 * P))
        return fail_in(r, "payload of %zu bytes does not fit its count of genomes",
                       s->payload_size);
    uint64_t next_serial = get64(s->payload + 8);
    if (s->pooled ? next_serial != pool->next_serial : s->has_pool && next_serial < s->next_serial)
        return fail_in(r, "next serial %" PRIu64 " after %" PRIu64, next_serial, pool->next_serial);
    s->pool_slot = s->pooled ? s->pool_slot : 0;
    pool->next_serial = next_serial;
    const uint8_t *slots = s->payload + 16, *serials = slots + 4 * n, *parents = serials + 8 * n;
    size_t numbers = n * P;
    uint32_t *slot = allocate(n, sizeof *slot, "pool");
    uint64_t *serial = allocate(n, 2 * sizeof *serial, "pool"), *parent = serial + n;
    float *parameters = allocate(numbers, sizeof *parameters, "pool");
    get_planes32(slots, slot, n);
    get_planes64(serials, serial, n);
    get_planes64(parents, parent, n);
    get_planes32(parents + 8 * n, parameters, numbers);
    int result = finite_all(parameters, numbers) ? 1 : fail_in(r, "a parameter is not finite");
    for (uint64_t i = 0; i < n && result > 0; i++) {
        if (slot[i] <= s->pool_slot || slot[i] > r->world.cells)
            result =
                fail_in(r, "slot %" PRIu32 " of genome %" PRIu64 " not from %" PRIu32 " to %zu",
                        slot[i], i, s->pool_slot + 1, r->world.cells);
        else if (!serial[i] || serial[i] >= pool->next_serial || parent[i] >= serial[i])
            result = fail_in(r,
                             "genome %" PRIu64 " has serial %" PRIu64 ", parent %" PRIu64
                             ", next serial %" PRIu64,
                             i, serial[i], parent[i], pool->next_serial);
        else {
            reserve(r, slot[i]);
            s->mark[slot[i]] |= LISTED;
            pool->serial[slot[i]] = serial[i];
            pool->parent[slot[i]] = parent[i];
            memcpy(pool_genome(pool, slot[i]), parameters + i * P, P * sizeof *parameters);
            s->pool_slot = slot[i];
        }
    }
    free(slot);
    free(serial);
    free(parameters);
    s->pooled = true;
    return result;
}

static int take_births(struct reader *r) {
    struct source *s = r->source;
    struct world *world = &r->world;
    struct pool *pool = &world->pool;
    size_t P = pool->genome, bitmap = bitmap_bytes(P);
    if (!s->has_pool) /* a reader that starts here has them in the POOL before */
        return 1;
    if (decompress(r, s->payload_size) < 0)
        return -1;
    uint64_t n = s->payload_size < 16 ? UINT64_MAX : get64(s->payload), values = 0;
    if (n > genomes_per_record(P) || s->payload_size < 16 + n * (8 + bitmap))
        return fail_in(r, "payload of %zu bytes does not fit its count of births", s->payload_size);
    uint64_t serial = get64(s->payload + 8);
    const uint8_t *slots = s->payload + 16, *parents = slots + 4 * n, *marks = parents + 4 * n;
    for (uint64_t i = 0; i < n * bitmap; i++)
        values += (uint64_t)__builtin_popcount(marks[i]);
    for (uint64_t i = 0; P % 8 && i < n; i++)
        if (marks[(i + 1) * bitmap - 1] >> P % 8)
            return fail_in(r, "birth %" PRIu64 " changes parameters beyond the last, %zu", i,
                           P - 1);
    if (s->payload_size != 16 + n * (8 + bitmap) + 4 * values)
        return fail_in(r, "payload of %zu bytes does not fit its %" PRIu64 " new values",
                       s->payload_size, values);
    if (serial != s->next_serial)
        return fail_in(r, "first serial %" PRIu64 ", %" PRIu64 " expected", serial, s->next_serial);
    uint32_t *slot = allocate(n, 2 * sizeof *slot, "births"), *parent = slot + n;
    float *value = allocate(values, sizeof *value, "births"), *next = value;
    float *twin = allocate(P, sizeof *twin, "births"); /* of one that stands in the POOL, too */
    get_planes32(slots, slot, n);
    get_planes32(parents, parent, n);
    get_planes32(marks + n * bitmap, value, values);
    int result = finite_all(value, values) ? 1 : fail_in(r, "a parameter is not finite");
    for (uint64_t i = 0; i < n && result > 0; i++) {
        if (!slot[i] || slot[i] > world->cells)
            result = fail_in(r, "slot %" PRIu32 " of birth %" PRIu64 " not from 1 to %zu", slot[i],
                             i, world->cells);
        else if (parent[i] && (parent[i] > pool->room || !pool->serial[parent[i]]))
            result = fail_in(r, "parent slot %" PRIu32 " of birth %" PRIu64 " holds no genome",
                             parent[i], i);
        else if (parent[i] == slot[i])
            result = fail_in(r, "birth %" PRIu64 " is its own parent, slot %" PRIu32, i, slot[i]);
        if (result < 0)
            break;
        reserve(r, slot[i]);
        bool listed = s->pooled && s->mark[slot[i]] & LISTED;
        float *genome = listed ? twin : pool_genome(pool, slot[i]);
        memcpy(genome, pool_genome(pool, parent[i]), P * sizeof *genome);
        const uint8_t *mark = marks + i * bitmap;
        for (size_t b = 0; b < bitmap; b++)
            for (unsigned bits = mark[b]; bits; bits &= bits - 1)
                genome[8 * b + (unsigned)__builtin_ctz(bits)] = *next++;
        if (listed && (pool->serial[slot[i]] != serial + i ||
                       pool->parent[slot[i]] != pool->serial[parent[i]] ||
                       memcmp(genome, pool_genome(pool, slot[i]), P * sizeof *genome))) {
            result = fail_in(r,
                             "birth %" PRIu64 " is not the genome that the POOL has in slot "
                             "%" PRIu32,
                             i, slot[i]);
            break;
        }
        pool->parent[slot[i]] = pool->serial[parent[i]];
        pool->serial[slot[i]] = serial + i;
        births_add(&world->births, slot[i], parent[i]);
    }
    s->next_serial += n;
    s->with_births = true;
    if (!s->pooled)
        pool->next_serial = s->next_serial;
    free(slot);
    free(value);
    free(twin);
    return result;
}

/* Frees a plane, if this part has it not. */
static void *plane(void *old, bool has) {
    if (has)
        return old;
    free(old);
    return NULL;
}

/* A part begins. */
static int take_head(struct reader *r) {
    struct source *s = r->source;
    struct header header;
    char why[256];
    if (decompress(r, s->payload_size) < 0)
        return -1;
    if (!header_parse(&header, (const char *)s->payload, s->payload_size, why))
        return fail(r, "HEAD: %s", why);
    const struct model *old = &r->header.model, *new = &header.model;
    if (r->world.cells && (old->width != new->width || old->height != new->height ||
                           old->channels != new->channels)) {
        int result =
            fail(r,
                 "HEAD: %" PRIu32 "x%" PRIu32 ", %" PRIu32 " channels after %" PRIu32 "x%" PRIu32
                 ", %" PRIu32 " channels",
                 new->width, new->height, new->channels, old->width, old->height, old->channels);
        header_free(&header);
        return result;
    }
    unsigned needs = (s->wanted & ALPHA ? s->wanted | STATE : s->wanted) & ALL_SECTIONS;
    if (needs & ~header.sections && !(s->wanted & IF_PRESENT)) {
        fail_file(r, UNREADABLE, "has no %s, only %s: make it again with nca-step --sections %s",
                  sections_text(needs & ~header.sections), sections_text(header.sections),
                  sections_text(header.sections | needs));
        header_free(&header);
        return -1;
    }
    header_free(&r->header);
    r->header = header;
    struct world *world = &r->world;
    unsigned have = needs & header.sections;
    world->model = *new;
    world->cells = model_cells(new);
    world->pool.genome = genome_size(new->channels);
    world->state = plane(world->state, have & STATE);
    world->ages = plane(world->ages, have & AGES);
    world->slots = plane(world->slots, have & GENOMES);
    s->in_part = s->first = true;
    s->salvaged = false;
    s->has_pool = false;
    s->stage = HEAD;
    s->part_generations = 0;
    s->part_records = 1;
    r->parts++;
    r->head_end = (struct place){s->offset, 0, 1};
    return 1;
}

/* A part ends. */
static int take_done(struct reader *r) {
    struct source *s = r->source;
    char text[128];
    if (s->stage != HEAD)
        return fail_in(r, "comes before generation %" PRIu64 " is complete", r->world.generation);
    if (decompress(r, s->payload_size) < 0)
        return -1;
    int length = snprintf(text, sizeof text, "generations %" PRIu64 "\nrecords %" PRIu64 "\n",
                          s->part_generations, s->part_records);
    if (!s->salvaged &&
        (s->payload_size < (size_t)length || memcmp(s->payload, text, (size_t)length)))
        return fail(
            r, "DONE: does not count the %" PRIu64 " generations in %" PRIu64 " records that came",
            s->part_generations, s->part_records);
    s->in_part = false;
    return 1;
}

/* Whether the record at hand is of a later generation than the GENE before it, which are then of
   one left out. */
static bool left_out(const struct reader *r) {
    const struct source *s = r->source;
    return s->stage == GENE && s->tag <= GENE && s->generation > r->world.generation &&
           !s->base_empty;
}

/* Whether this record may come now; moves the reader into the record's generation. */
static int in_order(struct reader *r) {
    struct source *s = r->source;
    unsigned sections = r->header.sections;
    bool genomes = sections & GENOMES;
    bool announced = s->tag == AGED ? sections & AGES : s->tag == STAT ? sections & STATE : genomes;
    if (!announced)
        return fail_in(r, "its HEAD announces no such section, only %s", sections_text(sections));
    if (s->stage == HEAD) {
        if (s->any && (s->first ? s->generation < s->last : s->generation <= s->last))
            return fail_in(r, "jumps back from generation %" PRIu64, s->last);
        if (genomes && s->first && s->tag != POOL)
            return fail_in(r, "a part starts with a POOL");
        if (genomes && s->tag > GENE)
            return fail_in(r, "POOL or GENE expected");
        s->pooled = false;
        s->base_empty = s->first;
        r->world.births.count = 0;
        r->world.generation = s->generation;
        if (s->wanted & GENOMES && genomes)
            free_slots(r);
    } else if (left_out(r)) {
        r->world.births.count = 0;
        r->world.generation = s->generation;
        s->stage = HEAD;
    } else if (s->generation != r->world.generation)
        return fail_in(r, "comes before generation %" PRIu64 " is complete", r->world.generation);

    static const unsigned section[TAGS] = {
        [POOL] = GENOMES, [GENE] = GENOMES, [GIDS] = GENOMES, [AGED] = AGES, [STAT] = STATE};
    bool repeated = s->tag == s->stage && s->tag <= GENE;
    bool good = s->tag > s->stage || repeated;
    for (enum tag skipped = s->stage + 1; skipped < s->tag; skipped++)
        good = good && !(skipped >= GIDS && sections & section[skipped]);
    if (!good)
        return fail_in(r, "not the section that comes after %s", tag_names[s->stage]);
    s->stage = s->tag;
    s->base_empty |= s->tag == POOL;
    return 1;
}

/* Takes one record of a generation. 2: it completes the generation; 1: more to come; -1: error. */
static int take_section(struct reader *r) {
    struct source *s = r->source;
    if (in_order(r) < 0)
        return -1;
    int result = 1;
    if (s->wanted & GENOMES && s->tag == POOL)
        result = take_pool(r);
    else if (s->wanted & GENOMES && s->tag == GENE)
        result = take_births(r);
    else if (s->wanted & GENOMES && s->tag == GIDS)
        result = take_slots(r);
    else if (s->wanted & AGES && s->tag == AGED)
        result = take_plane(r, &r->world.ages, 1) < 0 ? -1 : s->wanted & CHECK ? check_ages(r) : 1;
    else if (s->wanted & (STATE | ALPHA) && s->tag == STAT)
        result = take_state(r);
    unsigned sections = r->header.sections;
    enum tag last = sections & STATE ? STAT : sections & AGES ? AGED : GIDS;
    if (result < 0 || s->tag != last)
        return result;
    s->stage = HEAD;
    s->has_pool = sections & GENOMES;
    s->part_generations++;
    r->generation_end = (struct place){s->offset, s->part_generations, s->part_records};
    return 2;
}

struct reader *reader_open(char **files, unsigned wanted) {
    struct reader *r = allocate(1, sizeof *r, "reader");
    struct source *s = r->source = allocate(1, sizeof *s, "reader");
    s->standard_input[0] = "-";
    s->files = *files ? files : s->standard_input;
    s->wanted = wanted;
    s->file = -1;
    s->zstd = ZSTD_createDCtx();
    s->hash = XXH64_createState();
    if (!s->zstd || !s->hash)
        die(EXIT_FAILED, "reader: no memory");
    if (read_record(r) > 0) {
        if (s->tag != HEAD)
            fail(r, "%s where the stream's HEAD should be", tag_names[s->tag]);
        else
            take_head(r);
    }
    return r;
}

int reader_next(struct reader *r) {
    struct source *s = r->source;
    while (!*r->error) {
        bool held = s->held;
        int got = held ? 1 : read_record(r);
        s->held = false;
        if (got < 0)
            break; /* an error, or a signal */
        if (got == 0 && s->in_part) {
            s->record++; /* the one that should follow */
            fail(r,
                 s->stage == HEAD ? "truncated: the stream ends here, after generation %" PRIu64
                                  : "truncated: the stream ends here, in generation %" PRIu64,
                 r->world.generation);
            r->fault = TRUNCATED;
        } else if (got == 0)
            return 0;
        else if (s->in_part == (s->tag == HEAD))
            fail(r,
                 s->in_part ? "%s: the part before it has no DONE"
                            : "%s where a HEAD should start the next part",
                 tag_names[s->tag]);
        else if (s->tag == HEAD) {
            if (take_head(r) > 0 && s->wanted & PARTS)
                return 4;
        } else if (s->tag == DONE)
            take_done(r);
        else if (s->wanted & BIRTHS && !held && left_out(r)) {
            s->held = true;
            return 2;
        } else if (take_section(r) == 2) {
            /* a part may start with the generation that the last one ended with: once is enough */
            bool again = s->any && s->first && r->world.generation == s->last;
            s->first = false;
            s->any = true;
            s->last = r->world.generation;
            if (!again) {
                r->generations++;
                return 1;
            }
            if (s->wanted & REPEATS)
                return 3;
        }
    }
    return *r->error ? -1 : 0;
}

/* Whether reading can start at the record at hand: at every HEAD, and in a part whose HEAD is known
   where what follows does not depend on what came before. */
static bool can_start(const struct reader *r) {
    const struct source *s = r->source;
    unsigned sections = r->parts ? r->header.sections : 0;
    return s->tag == HEAD || (s->tag == POOL && sections & GENOMES) ||
           (s->tag == STAT && sections == STATE);
}

/* Passes over bytes of this file up to what looks like a record. */
static void skip_to_magic(struct reader *r) {
    uint8_t bytes[4096];
    size_t have = 0;
    for (;;) {
        ssize_t n = read_all(r, bytes + have, sizeof bytes - have);
        if (n <= 0)
            return;
        have += (size_t)n;
        for (size_t i = 0; i + sizeof magic <= have; i++)
            if (!memcmp(bytes + i, magic, sizeof magic)) {
                unread(r->source, bytes + i, have - i);
                return;
            }
        size_t keep = have < sizeof magic ? have : sizeof magic - 1;
        memmove(bytes, bytes + have - keep, keep);
        have = keep;
    }
}

bool reader_salvage(struct reader *r) {
    struct source *s = r->source;
    bool start = s->good && can_start(r); /* good, but not what had to come */
    while (!start && r->fault != UNREADABLE) {
        unread(s, s->frame, s->frame_have);
        unread(s, s->head, s->head_have);
        if (s->head_have && read_all(r, s->head, 1) == 1)
            skip_to_magic(r);
        bool empty = r->fault && !s->head_have && !s->offset;
        *r->error = '\0';
        r->fault = NO_FAULT;
        if (empty && next_file(r) <= 0)
            return false;
        s->in_part = false; /* so that a file may end here */
        int got = read_record(r);
        if (got == 0 || signals_caught())
            return false;
        start = got > 0 && can_start(r);
    }
    if (!start)
        return false;
    *r->error = '\0';
    r->fault = NO_FAULT;
    s->held = s->first = s->salvaged = true;
    s->good = s->has_pool = false;
    s->in_part = s->tag != HEAD;
    s->stage = HEAD;
    return true;
}

int reader_close(struct reader *r) {
    struct source *s = r->source;
    int status = *r->error ? EXIT_FAILED : EXIT_SUCCESS;
    if (status)
        complain("%s", r->error);
    if (s->file > 0)
        close(s->file);
    ZSTD_freeDCtx(s->zstd);
    XXH64_freeState(s->hash);
    free(s->mark);
    free(s->frame);
    free(s->payload);
    free(s->back);
    free(s->ages);
    free(s);
    world_free(&r->world);
    header_free(&r->header);
    free(r);
    return status;
}
