/* SPDX-License-Identifier: MIT */
/* From files to payloads. Nothing is believed before its hash and its size agree. */
#include "format/record_reader.h"

#include "common/inputs.h"
#include "common/signals.h"
#include "format/header.h"
#include "format/pack.h"

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

enum {
    MAX_WINDOW = 8 << 20, /* bytes that a frame may look back */
    MAX_DONE = 1024,      /* bytes of the text of a DONE */
    MAX_AGAIN = 16        /* times that a byte is read again, on average, in search of a record */
};

struct record_reader {
    char **files; /* those still to come */
    char *standard_input[2];
    int file;         /* open descriptor, -1 before the first and after the last */
    const char *name; /* as messages give it */
    uint64_t offset;  /* bytes read of it, without those to be read again */
    bool ended;       /* the file has no bytes but those to be read again */

    struct record record; /* the one at hand */
    bool good;            /* it has been read whole, and its hash is right */
    uint64_t limit[TAGS]; /* bytes of a payload */
    uint8_t head[RECORD_HEAD], *frame, *payload;
    size_t frame_capacity, payload_capacity;
    size_t head_have, frame_have; /* bytes that were read of the record at hand */
    ZSTD_DCtx *zstd;
    XXH64_state_t *hash;

    uint8_t *back; /* [back_capacity]; bytes to be read again, from back_at to back_size */
    size_t back_at, back_size, back_capacity;
    uint64_t fresh, again; /* bytes read of all files, and of records that were given back */

    enum fault fault;
    char error[544]; /* of which messages show 511 bytes at most */
};

/* Notes an error of this kind in what is named by where. */
static bool fail(struct record_reader *r, enum fault fault, const char *where, const char *format,
                 va_list list) {
    char what[256];
    vsnprintf(what, sizeof what, format, list);
    snprintf(r->error, sizeof r->error, "%.200s: %s%s", r->name, where, what);
    r->fault = fault;
    return false;
}

bool fail_record(struct record_reader *r, enum fault fault, const char *format, ...) {
    char where[64];
    va_list list;
    snprintf(where, sizeof where, "record %" PRIu64 " at byte %" PRIu64 ": ", r->record.number,
             r->record.start);
    va_start(list, format);
    fail(r, fault, where, format, list);
    va_end(list);
    return false;
}

bool fail_section(struct record_reader *r, const char *format, ...) {
    char what[256];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    return fail_record(r, DAMAGED, "%s of generation %" PRIu64 ": %s", tag_names[r->record.tag],
                       r->record.generation, what);
}

bool fail_file(struct record_reader *r, enum fault fault, const char *format, ...) {
    va_list list;
    va_start(list, format);
    fail(r, fault, "", format, list);
    va_end(list);
    return false;
}

const char *record_reader_error(const struct record_reader *r) {
    return r->error;
}

enum fault record_reader_fault(const struct record_reader *r) {
    return r->fault;
}

void record_reader_forget(struct record_reader *r) {
    r->error[0] = '\0';
    r->fault = NO_FAULT;
}

struct record_reader *record_reader_new(char **files) {
    struct record_reader *r = allocate(1, sizeof *r, "reader");
    r->standard_input[0] = "-";
    r->files = *files ? files : r->standard_input;
    for (char **file = r->files; *file; file++)
        inputs_add(AT_FDCWD, *file);
    r->file = -1;
    r->limit[TAG_HEAD] = MAX_HEADER_BYTES;
    r->limit[TAG_DONE] = MAX_DONE;
    r->zstd = ZSTD_createDCtx();
    r->hash = XXH64_createState();
    if (!r->zstd || !r->hash)
        die(EXIT_FAILED, "reader: out of memory");
    return r;
}

void record_reader_free(struct record_reader *r) {
    if (r->file > 0)
        close(r->file);
    ZSTD_freeDCtx(r->zstd);
    XXH64_freeState(r->hash);
    free(r->frame);
    free(r->payload);
    free(r->back);
    free(r);
}

void record_reader_limit(struct record_reader *r, const uint64_t limits[TAGS]) {
    for (enum tag tag = TAG_POOL; tag < TAG_DONE; tag++)
        r->limit[tag] = limits[tag];
}

bool record_is_good(const struct record_reader *r) {
    return r->good;
}

/* Opens the next file. RECORD_END: there is none. */
static enum record_result next_file(struct record_reader *r) {
    if (r->file > 0)
        close(r->file);
    r->file = -1;
    if (!*r->files)
        return RECORD_END;
    r->ended = false;
    r->name = *r->files++;
    r->offset = r->record.start = r->record.number = 0;
    if (!strcmp(r->name, "-")) {
        r->name = "standard input";
        r->file = STDIN_FILENO;
        if (isatty(STDIN_FILENO))
            complain("waiting for a stream from the terminal: pipe one in, or name a file; "
                     "try '%s --help'",
                     program);
    } else if ((r->file = open(r->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0) {
        /* non-blocking: for the writer of a FIFO read_all() waits, and that ends at a signal */
        fail_file(r, UNREADABLE, "%s", strerror(errno));
        return RECORD_ERROR;
    }
    return RECORD_FOUND;
}

/* Reads count bytes of the file, or fewer at its end; how many, or -1: an error, or a signal. */
static ssize_t read_all(struct record_reader *r, uint8_t *to, size_t count) {
    size_t have = 0;
    if (r->back_at < r->back_size) {
        have = r->back_size - r->back_at < count ? r->back_size - r->back_at : count;
        memcpy(to, r->back + r->back_at, have);
        r->back_at += have;
        r->offset += have;
    }
    while (have < count) {
        if (!signals_wait(r->file))
            return -1;
        ssize_t n = read(r->file, to + have, count - have);
        if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
            continue;
        if (n < 0) {
            fail_file(r, UNREADABLE, "byte %" PRIu64 ": %s", r->offset, strerror(errno));
            return -1;
        }
        if (n == 0) {
            r->ended = true;
            break;
        }
        have += (size_t)n;
        r->offset += (uint64_t)n;
        r->fresh += (uint64_t)n;
    }
    return (ssize_t)have;
}

/* Gives back the last bytes read, to be read again. */
static void unread(struct record_reader *r, const uint8_t *bytes, size_t count) {
    if (count > r->back_at) {
        size_t rest = r->back_size - r->back_at;
        if (count + rest > r->back_capacity) {
            r->back_capacity = count + rest;
            r->back = reallocate(r->back, r->back_capacity, 1, "record");
        }
        if (rest)
            memmove(r->back + count, r->back + r->back_at, rest);
        r->back_at = count;
        r->back_size = count + rest;
    }
    r->back_at -= count;
    if (count)
        memcpy(r->back + r->back_at, bytes, count);
    r->offset -= count;
}

/* Notes what is wrong with a head of so many bytes, which does not start as all do or is cut. */
static void fail_head(struct record_reader *r, size_t have) {
    static const uint8_t zstd[4] = {0x28, 0xb5, 0x2f, 0xfd};
    size_t count = have < RECORD_MAGIC ? have : RECORD_MAGIC;
    enum fault fault =
        have < RECORD_HEAD && !memcmp(r->head, record_magic, count) ? TRUNCATED : DAMAGED;
    bool is_zstd = have >= sizeof zstd && !memcmp(r->head, zstd, sizeof zstd);
    if (r->record.number == 1 && (have < RECORD_MAGIC || fault == DAMAGED))
        fail_file(r, fault, "%snot a stream of nca: no " STREAM_VERSION " record at its start",
                  is_zstd ? "zstd data, but " : "");
    else if (have < RECORD_MAGIC || fault == TRUNCATED)
        fail_record(r, fault, "truncated: %zu of %d bytes of its head", have, RECORD_HEAD);
    else
        fail_record(r, fault, "%zu bytes that are not a record head", have);
}

/* Reads the head of a record. RECORD_END: the file has ended before it. */
static enum record_result read_head(struct record_reader *r) {
    r->record.start = r->offset;
    r->record.payload = NULL;
    ssize_t have = r->file < 0 ? 0 : read_all(r, r->head, RECORD_HEAD);
    r->head_have = have < 0 ? 0 : (size_t)have;
    r->frame_have = 0;
    r->good = false;
    if (have < 0)
        return RECORD_ERROR;
    r->record.number++;
    if (have == 0 && r->file >= 0 && !r->offset) {
        fail_file(r, TRUNCATED, "empty: not a stream of nca");
        return RECORD_ERROR;
    }
    if (have == 0)
        return RECORD_END;
    if (have < RECORD_HEAD || memcmp(r->head, record_magic, RECORD_MAGIC)) {
        fail_head(r, (size_t)have);
        return RECORD_ERROR;
    }
    return RECORD_FOUND;
}

/* Whether a later version may have added this tag as one that can be passed over. */
static bool passable(const uint8_t tag[4]) {
    bool letters = true;
    for (int i = 0; i < 4; i++)
        letters &= (tag[i] | 0x20) >= 'a' && (tag[i] | 0x20) <= 'z';
    return letters && tag[0] >= 'a';
}

/* Takes tag, generation and sizes from the head. */
static bool parse_head(struct record_reader *r, bool in_part, bool *known) {
    const uint8_t *tag_text = r->head + 12;
    struct record *record = &r->record;
    unsigned tag = TAG_HEAD;
    while (tag < TAGS && memcmp(tag_text, tag_names[tag], 4))
        tag++;
    *known = tag < TAGS;
    if (!*known && !passable(tag_text))
        return fail_record(r, DAMAGED, "damaged, or made by a later version: not a tag known here");
    if (!*known && !in_part)
        return fail_record(r, DAMAGED, "a record of unknown kind outside HEAD and DONE");
    record->tag = *known ? (enum tag)tag : TAG_HEAD; /* unknown ones may be as large as that */
    record->generation = get64(r->head + 16);
    uint64_t payload = get64(r->head + 24), frame = get64(r->head + 32);
    uint64_t limit = r->limit[record->tag];
    if (!limit)
        return fail_record(r, DAMAGED, "%s before the first HEAD", tag_names[record->tag]);
    if (payload > limit)
        return fail_record(r, DAMAGED,
                           "%.4s: payload of %" PRIu64 " bytes, at most %" PRIu64 " allowed",
                           (const char *)tag_text, payload, limit);
    if (frame < 9 || frame > payload + payload / 256 + 4096 || payload / 32768 > frame)
        return fail_section(r, "frame of %" PRIu64 " bytes for a payload of %" PRIu64, frame,
                            payload);
    record->payload_size = (size_t)payload;
    record->file_size = RECORD_HEAD + (size_t)frame;
    return true;
}

static bool cut_short(struct record_reader *r, size_t have, size_t size) {
    fail_section(r, "truncated: %zu of %zu bytes", have, size);
    r->fault = TRUNCATED;
    return false;
}

/* Reads the frame of a record, and checks its hash. The buffer grows with what arrives, not with
   what is promised. */
static bool read_frame(struct record_reader *r) {
    size_t size = r->record.file_size - RECORD_HEAD, have = 0;
    if (r->ended && size > r->back_size - r->back_at)
        return cut_short(r, r->back_size - r->back_at, size);
    while (have < size) {
        size_t piece = have < (1u << 16) ? 1u << 16 : have;
        if (piece > size - have)
            piece = size - have;
        if (have + piece > r->frame_capacity) {
            r->frame_capacity = have + piece;
            r->frame = reallocate(r->frame, r->frame_capacity, 1, "record");
        }
        ssize_t n = read_all(r, r->frame + have, piece);
        if (n < 0)
            return false;
        r->frame_have = have += (size_t)n;
        if ((size_t)n < piece)
            return cut_short(r, have, size);
    }
    XXH64_reset(r->hash, 0);
    XXH64_update(r->hash, r->head + 8, 32);
    XXH64_update(r->hash, r->frame, size);
    if (XXH64_digest(r->hash) != get64(r->head + 40))
        return fail_record(r, DAMAGED, "damaged: its hash does not match");
    r->record.end = r->offset;
    return true;
}

enum record_result record_next(struct record_reader *r, bool in_part,
                               const struct record **record) {
    *record = &r->record;
    for (bool known = false; !known;) {
        enum record_result head = read_head(r);
        if (head == RECORD_END && !in_part) {
            head = next_file(r);
            if (head == RECORD_FOUND)
                continue;
        }
        if (head != RECORD_FOUND)
            return head;
        if (!parse_head(r, in_part, &known) || !read_frame(r))
            return RECORD_ERROR;
    }
    r->good = true;
    return RECORD_FOUND;
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

/* Decompresses size bytes of the frame; how many came, or an error of zstd. */
static size_t decompress(struct record_reader *r, size_t size) {
    size_t frame_size = r->record.file_size - RECORD_HEAD, got;
    if (size == r->record.payload_size)
        return ZSTD_decompressDCtx(r->zstd, r->payload, size, r->frame, frame_size);
    ZSTD_inBuffer in = {r->frame, frame_size, 0};
    ZSTD_outBuffer out = {r->payload, size, 0};
    ZSTD_DCtx_reset(r->zstd, ZSTD_reset_session_only);
    do
        got = ZSTD_decompressStream(r->zstd, &out, &in);
    while (!ZSTD_isError(got) && got && out.pos < size);
    return ZSTD_isError(got) ? got : out.pos;
}

bool record_payload(struct record_reader *r, size_t size) {
    size_t frame_size = r->record.file_size - RECORD_HEAD;
    const char *fault = frame_fault(r->frame, r->record.payload_size);
    if (ZSTD_getFrameContentSize(r->frame, frame_size) != r->record.payload_size ||
        ZSTD_findFrameCompressedSize(r->frame, frame_size) != frame_size)
        return fail_section(r, "not one zstd frame of the size that its head says");
    if (fault)
        return fail_section(r, "%s", fault);
    if (size > r->payload_capacity) {
        free(r->payload);
        r->payload = NULL;
        r->payload = reallocate(NULL, r->payload_capacity = size, 1, "payload");
    }
    size_t got = decompress(r, size);
    if (ZSTD_isError(got))
        return fail_section(r, "zstd: %s", ZSTD_getErrorName(got));
    if (got != size)
        return fail_section(r, "payload of %zu bytes where %zu were promised", got, size);
    r->record.payload = r->payload;
    return true;
}

/* Up to what looks like a record, or to the end of the file. */
static void skip_to_magic(struct record_reader *r) {
    uint8_t bytes[4096];
    ssize_t n = 0;
    do {
        size_t i = 0, have = r->back_size - r->back_at;
        const uint8_t *at = r->back + r->back_at;
        while (i + RECORD_MAGIC <= have && memcmp(at + i, record_magic, RECORD_MAGIC))
            i++;
        r->back_at += i;
        r->offset += i;
        if (i + RECORD_MAGIC <= have)
            return;
        if ((n = read_all(r, bytes, sizeof bytes)) >= RECORD_MAGIC)
            unread(r, bytes, (size_t)n);
    } while (n >= RECORD_MAGIC);
}

/* Passes over the record at hand, or its first byte and on to what looks like another. */
static void skip(struct record_reader *r) {
    size_t have = r->head_have + r->frame_have;
    /* What is within a good record is no record. Nor is it looked for where many that are not good
       overlap: each would be read to its end, which may be that of the file. */
    if (r->good || r->again + have > MAX_AGAIN * r->fresh)
        return;
    r->again += have;
    unread(r, r->frame, r->frame_have);
    unread(r, r->head, r->head_have);
    if (r->head_have && read_all(r, r->head, 1) == 1)
        skip_to_magic(r);
}

bool record_skip(struct record_reader *r) {
    bool empty = r->fault && !r->head_have && !r->offset;
    skip(r);
    record_reader_forget(r);
    return !empty || next_file(r) == RECORD_FOUND;
}
