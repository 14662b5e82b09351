/* SPDX-License-Identifier: MIT */
#include "common/pgm.h"

#include "common/err.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

struct pgm_file {
    int file, reason; /* errno of a read that failed, or 0 */
    size_t at, have;  /* in bytes */
    uint64_t before;  /* bytes of the file before these */
    XXH64_state_t *hash;
    uint8_t bytes[65536];
};

struct pgm_file *pgm_open(const char *name, char why[256]) {
    struct stat status;
    int file = -1;
    if (stat(name, &status)) {
        snprintf(why, 256, "%s", strerror(errno));
        return NULL;
    }
    /* opening a device may change it, and opening a FIFO may wait for ever */
    if (S_ISREG(status.st_mode) &&
        (file = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0) {
        snprintf(why, 256, "%s", strerror(errno));
        return NULL;
    }
    if (file < 0 || fstat(file, &status) || !S_ISREG(status.st_mode)) {
        snprintf(why, 256, "not a regular file");
        if (file >= 0)
            close(file);
        return NULL;
    }
    struct pgm_file *f = allocate(1, sizeof *f, "pictures");
    f->file = file;
    f->hash = XXH64_createState();
    if (!f->hash)
        die(EXIT_FAILED, "pictures: out of memory");
    XXH64_reset(f->hash, 0);
    return f;
}

uint64_t pgm_close(struct pgm_file *f) {
    uint64_t hash = XXH64_digest(f->hash);
    XXH64_freeState(f->hash);
    close(f->file);
    free(f);
    return hash;
}

bool pgm_more(struct pgm_file *f) {
    if (f->at < f->have)
        return true;
    ssize_t n;
    do
        n = read(f->file, f->bytes, sizeof f->bytes);
    while (n < 0 && errno == EINTR);
    f->reason = n < 0 ? errno : 0;
    f->before += f->have;
    f->have = n > 0 ? (size_t)n : 0;
    f->at = 0;
    XXH64_update(f->hash, f->bytes, f->have);
    return f->have;
}

/* The next byte, left in place; -1 at the end. */
static int peek(struct pgm_file *f) {
    return pgm_more(f) ? f->bytes[f->at] : -1;
}

/* The next byte, consumed; -1 at the end. */
static int take(struct pgm_file *f) {
    int byte = peek(f);
    f->at += byte >= 0;
    return byte;
}

static bool is_space(int byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The next decimal number, after white space and comments, or -1. */
static int64_t number(struct pgm_file *f) {
    int64_t value = -1;
    while (is_space(peek(f)) || peek(f) == '#')
        if (take(f) == '#')
            while (peek(f) >= 0 && peek(f) != '\n')
                take(f);
    while (peek(f) >= '0' && peek(f) <= '9' && value < UINT32_MAX)
        value = (value < 0 ? 0 : value * 10) + (take(f) - '0');
    return value;
}

static int64_t pixel(struct pgm_file *f, bool raw, bool wide) {
    if (!raw)
        return number(f);
    int high = wide ? take(f) : 0, low = take(f);
    return high < 0 || low < 0 ? -1 : high << 8 | low;
}

bool pgm_read(struct pgm_file *f, struct pgm *pgm, uint32_t width, uint32_t height, char why[256]) {
    memset(pgm, 0, sizeof *pgm);
    int magic = peek(f) == 'P' ? (take(f), take(f)) : -1;
    if (magic != '2' && magic != '5') {
        snprintf(why, 256, "byte %" PRIu64 ": no PGM picture (P2 or P5)", f->before + f->at);
        return false;
    }
    bool raw = magic == '5';
    int64_t columns = number(f), rows = number(f), maxval = number(f);
    if (columns < 1 || rows < 1 || maxval < 1 || maxval > UINT16_MAX || peek(f) < 0) {
        snprintf(why, 256, "byte %" PRIu64 ": not width, height and a maxval from 1 to 65535",
                 f->before + f->at);
        return false;
    }
    if (columns != width || rows != height) {
        snprintf(why, 256,
                 "a picture of %" PRId64 " x %" PRId64 "; the grid is %" PRIu32 " x %" PRIu32,
                 columns, rows, width, height);
        return false;
    }
    if (raw)
        take(f); /* one byte of white space */
    size_t pixels = (size_t)width * height;
    uint16_t *gray = allocate(pixels, sizeof *gray, "picture");
    for (size_t i = 0; i < pixels; i++) {
        int64_t value = pixel(f, raw, maxval > 255);
        if (value >= 0 && value <= maxval) {
            gray[i] = (uint16_t)value;
            continue;
        }
        if (value >= 0 || peek(f) >= 0)
            snprintf(why, 256, "pixel %zu of a picture: not a number from 0 to %" PRId64, i,
                     maxval);
        else if (f->reason)
            snprintf(why, 256, "%s", strerror(f->reason));
        else
            snprintf(why, 256, "byte %" PRIu64 ": ends within a picture of %" PRId64 " x %" PRId64,
                     f->before + f->at, columns, rows);
        free(gray);
        return false;
    }
    while (is_space(peek(f))) /* a line's end after a plain picture's last pixel */
        take(f);
    *pgm = (struct pgm){width, height, (uint32_t)maxval, gray};
    return true;
}
