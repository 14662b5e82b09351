/* From files to payloads. Nothing is believed before its hash and its size agree. */
#include "format/record_reader.h"

#include "common/err.h"
#include "common/inputs.h"
#include "common/signals.h"
#include "format/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_WINDOW = 8 << 20, /* bytes that a frame may look back */
    MAX_AGAIN = 16        /* times that a byte is read again, on average, in search of a record */
};

int fail_at(struct reader *r, const char *format, ...) {
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

int fail_in(struct reader *r, const char *format, ...) {
    struct source *s = r->source;
    char what[256];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    return fail_at(r, "%s of generation %" PRIu64 ": %s", tag_names[s->tag], s->generation, what);
}

int fail_file(struct reader *r, enum fault fault, const char *format, ...) {
    char what[256];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    snprintf(r->error, sizeof r->error, "%.200s: %s", r->source->name, what);
    r->fault = fault;
    return -1;
}

struct source *source_new(char **files, unsigned wanted) {
    struct source *s = allocate(1, sizeof *s, "reader");
    s->standard_input[0] = "-";
    s->files = *files ? files : s->standard_input;
    for (char **file = s->files; *file; file++)
        inputs_add(AT_FDCWD, *file);
    s->wanted = wanted;
    s->file = -1;
    s->zstd = ZSTD_createDCtx();
    s->hash = XXH64_createState();
    if (!s->zstd || !s->hash)
        die(EXIT_FAILED, "reader: no memory");
    return s;
}

void source_free(struct source *s) {
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
}

int source_next_file(struct reader *r) {
    struct source *s = r->source;
    if (s->file > 0)
        close(s->file);
    s->file = -1;
    if (!*s->files)
        return 0;
    s->ended = false;
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
    }
    while (have < count) {
        if (!signals_wait(s->file))
            return -1;
        ssize_t n = read(s->file, to + have, count - have);
        if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
            continue;
        if (n < 0)
            return fail_file(r, UNREADABLE, "byte %" PRIu64 ": %s", s->offset, strerror(errno));
        if (n == 0) {
            s->ended = true;
            break;
        }
        have += (size_t)n;
        s->offset += (uint64_t)n;
        s->fresh += (uint64_t)n;
    }
    return (ssize_t)have;
}

/* Gives back the last bytes read, to be read again. */
static void unread(struct source *s, const uint8_t *bytes, size_t count) {
    if (count > s->back_at) {
        size_t rest = s->back_size - s->back_at;
        if (count + rest > s->back_room) {
            s->back_room = count + rest;
            s->back = reallocate(s->back, s->back_room, 1, "record");
        }
        if (rest)
            memmove(s->back + count, s->back + s->back_at, rest);
        s->back_at = count;
        s->back_size = count + rest;
    }
    s->back_at -= count;
    if (count)
        memcpy(s->back + s->back_at, bytes, count);
    s->offset -= count;
}

/* The most bytes that a payload of this kind can have in this geometry. */
static uint64_t most_payload(const struct reader *r, enum tag tag) {
    uint64_t cells = r->world.cells, bitmap = bitmap_bytes(r->world.cells);
    uint64_t P = r->world.pool.genome, n = P ? genomes_per_record(P) : 0;
    n = n < cells ? n : cells;
    switch (tag) {
    case HEAD:
        return MAX_HEADER_BYTES;
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

static int cut_short(struct reader *r, size_t have, size_t size) {
    fail_in(r, "truncated: %zu of %zu bytes", have, size);
    r->fault = TRUNCATED;
    return -1;
}

/* Reads size bytes of frame; the buffer grows with what arrives, not with what is promised. */
static int read_frame(struct reader *r, size_t size) {
    struct source *s = r->source;
    size_t have = 0;
    if (s->ended && size > s->back_size - s->back_at)
        return cut_short(r, s->back_size - s->back_at, size);
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
        if ((size_t)n < piece)
            return cut_short(r, have, size);
    }
    s->frame_size = size;
    return 1;
}

/* The first bytes of every record. */
static const uint8_t magic[12] = {0x5c, 0x2a, 0x4d, 0x18, 40, 0, 0, 0, 'N', 'C', 'A', '1'};

/* Whether a later version may have added this tag as one that can be passed over. */
static bool passable(const uint8_t tag[4]) {
    bool letters = true;
    for (int i = 0; i < 4; i++)
        letters &= (tag[i] | 0x20) >= 'a' && (tag[i] | 0x20) <= 'z';
    return letters && tag[0] >= 'a';
}

int source_record(struct reader *r) {
    struct source *s = r->source;
    for (;;) {
        s->start = s->offset;
        ssize_t have = s->file < 0 ? 0 : read_all(r, s->head, RECORD_HEAD);
        s->frame_have = 0;
        s->good = s->tried = false;
        if (have < 0)
            return -1;
        s->head_have = (size_t)have;
        if (have == 0) { /* where a file may end, and the next go on */
            if (s->file >= 0 && !s->offset)
                return fail_file(r, TRUNCATED, "empty: not a stream of nca");
            if (s->in_part)
                return 0;
            int next = source_next_file(r);
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
                fail_at(r,
                        have < 12 ? "truncated: %zd of 48 bytes of its head"
                                  : "%zd bytes that are not a record head",
                        have);
            r->fault = prefix ? TRUNCATED : DAMAGED;
            return -1;
        }
        if (have < RECORD_HEAD) {
            fail_at(r, "truncated: %zd of 48 bytes of its head", have);
            r->fault = TRUNCATED;
            return -1;
        }

        for (s->tag = HEAD; s->tag < TAGS; s->tag++)
            if (!memcmp(s->head + 12, tag_names[s->tag], 4))
                break;
        s->generation = get64(s->head + 16);
        uint64_t payload = get64(s->head + 24), frame = get64(s->head + 32);
        bool unknown = s->tag == TAGS;
        if (unknown && !passable(s->head + 12))
            return fail_at(r, "damaged, or made by a later version: not a tag known here");
        if (unknown && !s->in_part)
            return fail_at(r, "a record of unknown kind outside HEAD and DONE");
        if (unknown)
            s->tag = HEAD; /* the smallest limit: a kind of record that may be passed over */
        else if (s->tag != HEAD && s->tag != DONE && !r->world.cells)
            return fail_at(r, "%s before the first HEAD", tag_names[s->tag]);
        if (payload > most_payload(r, s->tag))
            return fail_at(r, "%.4s: payload of %" PRIu64 " bytes, at most %" PRIu64 " allowed",
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
            return fail_at(r, "damaged: its hash does not match");
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
    return size > MAX_WINDOW ? "frame with a window of more than 8 MiB" : NULL;
}

int source_payload(struct reader *r, size_t size) {
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

/* Up to what looks like a record, or to the end of the file. */
static void skip_to_magic(struct reader *r) {
    struct source *s = r->source;
    uint8_t bytes[4096];
    ssize_t n = 0;
    do {
        size_t i = 0, have = s->back_size - s->back_at;
        const uint8_t *at = s->back + s->back_at;
        while (i + sizeof magic <= have && memcmp(at + i, magic, sizeof magic))
            i++;
        s->back_at += i;
        s->offset += i;
        if (i + sizeof magic <= have)
            return;
        if ((n = read_all(r, bytes, sizeof bytes)) >= (ssize_t)sizeof magic)
            unread(s, bytes, (size_t)n);
    } while (n >= (ssize_t)sizeof magic);
}

void source_skip(struct reader *r) {
    struct source *s = r->source;
    size_t have = s->head_have + s->frame_have;
    /* What is within a good record is no record. Nor is it looked for where many that are not good
       overlap: each would be read to its end, which may be that of the file. */
    if (s->good || s->again + have > MAX_AGAIN * s->fresh)
        return;
    s->again += have;
    unread(s, s->frame, s->frame_have);
    unread(s, s->head, s->head_have);
    if (s->head_have && read_all(r, s->head, 1) == 1)
        skip_to_magic(r);
}
