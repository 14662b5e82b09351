/* SPDX-License-Identifier: MIT */
/* tier: quick, sanitized */
/* Records are written in order and are the same with any number of threads; a write that fails is
   reported, and blocks neither the caller nor the threads. */
#include "format/pack.h"
#include "format/record_writer.h"
#include "tests/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { TENS = 30 };

/* Writes records of 0 to 20 MB; of each ten, numbers 3 to 5 are held until the end of the ten, and
   dropped in the last ten. */
static bool write_records(int file, unsigned threads) {
    struct thread_pool *workers = threads ? thread_pool_new(threads) : NULL;
    struct record_writer *out = record_writer_new(file, 1, workers);
    uint32_t random = 1;
    bool good = true;
    for (unsigned r = 0; r < 10 * TENS; r++) {
        size_t size = r == 70 || r == 71 ? 20000000 : r * 7919 % 9000 * (r % 3);
        struct payload *payload = record_writer_payload(out, size + 100);
        for (size_t i = 0; i < size; i++)
            *payload->at++ = (uint8_t)((random = random * 1664525 + 1013904223) >> 30);
        if (size > 5000)
            payload->cut[payload->cuts++] = size / 2;
        good = record_writer_add(out, payload, TAG_AGES, r, r % 10 >= 3 && r % 10 <= 5) && good;
        if (r % 10 == 9)
            good = record_writer_release(out, r / 10 < TENS - 1) && good;
    }
    good = record_writer_free(out) && good;
    int error = errno;
    thread_pool_free(workers);
    errno = error;
    return good;
}

/* Whether the generations of the records are those of write_records(), in its order. */
static bool in_order(const uint8_t *bytes, size_t count) {
    static const unsigned order[10] = {0, 1, 2, 6, 7, 8, 9, 3, 4, 5};
    size_t at = 0;
    for (unsigned r = 0; r < 10 * TENS - 3; r++) {
        if (count - at < RECORD_HEAD || get64(bytes + at + 16) != r / 10 * 10 + order[r % 10] ||
            count - at - RECORD_HEAD < get64(bytes + at + 32))
            return false;
        at += RECORD_HEAD + get64(bytes + at + 32);
    }
    return at == count;
}

static uint8_t *read_all(int file, size_t *count) {
    *count = (size_t)lseek(file, 0, SEEK_END);
    uint8_t *bytes = malloc(*count);
    if (!bytes || pread(file, bytes, *count, 0) != (ssize_t)*count)
        *count = 0;
    return bytes;
}

int main(void) {
    static const unsigned threads[] = {0, 1, 2, 7};
    uint8_t *expected = NULL;
    size_t size = 0;
    for (int t = 0; t < 4; t++) {
        FILE *file = tmpfile();
        size_t count;
        ok(file && write_records(fileno(file), threads[t]), "%u threads", threads[t]);
        uint8_t *bytes = read_all(fileno(file), &count);
        if (!expected) {
            ok(in_order(bytes, count), "in order");
            expected = bytes;
            size = count;
        } else {
            ok(count == size && !memcmp(bytes, expected, size), "the same bytes");
            free(bytes);
        }
        fclose(file);
        int full = open("/dev/full", O_WRONLY);
        bool good = write_records(full, threads[t]);
        ok(!good && errno == ENOSPC, "a full disk");
        close(full);
    }
    free(expected);
    return done();
}
