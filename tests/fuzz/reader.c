/* SPDX-License-Identifier: MIT */
/* The reader on any bytes at all. The first byte of the input, modulo 3, says what the rest is:

   0: a stream, as it is.

   1: a stream whose hashes are made right, so that what is behind them is reached.

   2: records, each a tag (an index), a generation, a size (two bytes) and a payload, which is put
   into a frame of one raw block, so that payloads are reached without a compressor between.

   Its top bit says whether all sections are decoded, or alpha alone. Whatever comes, the reader
   ends, with a message where something is wrong; it delivers generations in order; and so it does
   after each salvage. What it delivers can be written. Grids too large for this machine's memory
   are not read; WANT_PARTS shows each HEAD before its grid is allocated. */
#include "common/err.h"
#include "format/pack.h"
#include "format/stream.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

enum { MAX_CELLS_HERE = 1 << 16, MAX_SALVAGES = 10 };

static uint8_t stream[60000]; /* less than a pipe holds */

static void must(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "must: %s\n", what);
        abort();
    }
}

static void mend_hash(uint8_t *record, size_t frame) {
    XXH64_state_t *hash = XXH64_createState();
    XXH64_reset(hash, 0);
    XXH64_update(hash, record + 8, 32);
    XXH64_update(hash, record + RECORD_HEAD, frame);
    put64(record + 40, XXH64_digest(hash));
    XXH64_freeState(hash);
}

static size_t mended(const uint8_t *data, size_t size) {
    memcpy(stream, data, size);
    for (size_t at = 0; at + RECORD_HEAD <= size;) {
        uint64_t frame = get64(stream + at + 32);
        if (frame > size - at - RECORD_HEAD)
            break;
        mend_hash(stream + at, (size_t)frame);
        at += RECORD_HEAD + (size_t)frame;
    }
    return size;
}

static size_t framed(const uint8_t *data, size_t size) {
    size_t length = 0;
    while (size >= 4 && length + 5000 < sizeof stream) {
        size_t payload = data[2] | (size_t)(data[3] & 0xf) << 8;
        enum tag tag = data[0] % (TAGS + 1);
        if (payload > size - 4)
            payload = size - 4;
        uint8_t *record = stream + length, *frame = record + RECORD_HEAD;
        put64(record, 0x184D2A5Cu | (uint64_t)40 << 32);
        memcpy(record + 8, "NCA1", 4);
        memcpy(record + 12, tag < TAGS ? tag_names[tag] : "note", 4);
        put64(record + 16, data[1]);
        put64(record + 24, payload);
        uint32_t magic = 0xfd2fb528, block = (uint32_t)payload << 3 | 1;
        uint32_t content = (uint32_t)payload, check = (uint32_t)XXH64(data + 4, payload, 0);
        memcpy(frame, &magic, 4);
        frame[4] = 0xa4; /* one segment, checksum, content size in four bytes */
        memcpy(frame + 5, &content, 4);
        memcpy(frame + 9, &block, 3);
        memcpy(frame + 12, data + 4, payload);
        memcpy(frame + 12 + payload, &check, 4);
        put64(record + 32, 16 + payload);
        mend_hash(record, 16 + payload);
        length += RECORD_HEAD + 16 + payload;
        data += 4 + payload;
        size -= 4 + payload;
    }
    return length;
}

static void read_it(unsigned wanted) {
    struct reader *in = reader_open((char *[]){NULL}, wanted);
    uint64_t last = 0;
    static int null = -1;
    if (null < 0)
        null = open("/dev/null", O_WRONLY);
    struct writer *out = NULL;
    for (int salvages = 0; in->world.cells <= MAX_CELLS_HERE;) {
        const struct world *world = &in->world;
        int got = *in->error ? -1 : reader_next(in);
        must((got < 0) == (*in->error != '\0'), "an error has a message");
        must((got < 0) == (in->fault != NO_FAULT), "and a kind");
        if (got == READ_GENERATION) {
            must(in->generations == 1 || world->generation > last, "generations in order");
            last = world->generation;
            if (!out && wanted & STATE)
                out = writer_open(null, &in->header, 1);
            if (out && in->header.sections == ALL_SECTIONS)
                must(writer_generation(out, world), "what was read can be written");
        }
        if (got == 0 || (got < 0 && (salvages++ == MAX_SALVAGES || !reader_salvage(in))))
            break;
    }
    if (out)
        writer_close(out);
    *in->error = '\0'; /* so that it is not printed */
    reader_close(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > sizeof stream)
        return 0;
    size_t length = size - 1;
    if (data[0] % 3 == 1)
        length = mended(data + 1, size - 1);
    else if (data[0] % 3 == 2)
        length = framed(data + 1, size - 1);
    else
        memcpy(stream, data + 1, length);
    int ends[2];
    must(pipe(ends) == 0 && write(ends[1], stream, length) == (ssize_t)length, "a pipe");
    must(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO, "standard input");
    close(ends[0]);
    close(ends[1]);
    read_it((data[0] & 0x80 ? WANT_ALPHA : ALL_SECTIONS | WANT_BIRTHS) | WANT_IF_PRESENT |
            WANT_PARTS);
    return 0;
}
