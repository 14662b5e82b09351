#include "common/pgm.h"

#include "common/err.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_space(uint8_t byte) {
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The next decimal number, after white space and comments, or -1. */
static int64_t number(const uint8_t *bytes, size_t size, size_t *at) {
    int64_t value = -1;
    while (*at < size && (is_space(bytes[*at]) || bytes[*at] == '#'))
        if (bytes[(*at)++] == '#')
            while (*at < size && bytes[*at] != '\n')
                ++*at;
    for (; *at < size && bytes[*at] >= '0' && bytes[*at] <= '9' && value < UINT32_MAX; ++*at)
        value = (value < 0 ? 0 : value * 10) + (bytes[*at] - '0');
    return value;
}

bool pgm_read(struct pgm *pgm, const uint8_t *bytes, size_t size, size_t *at, char why[256]) {
    memset(pgm, 0, sizeof *pgm);
    size_t left = size - *at;
    if (left < 2 || bytes[*at] != 'P' || (bytes[*at + 1] != '2' && bytes[*at + 1] != '5')) {
        snprintf(why, 256, "byte %zu: no PGM picture (P2 or P5)", *at);
        return false;
    }
    bool raw = bytes[*at + 1] == '5';
    *at += 2;
    int64_t width = number(bytes, size, at), height = number(bytes, size, at),
            maxval = number(bytes, size, at);
    if (width < 1 || height < 1 || maxval < 1 || maxval > UINT16_MAX || *at == size) {
        snprintf(why, 256, "byte %zu: not width, height and a maxval from 1 to 65535", *at);
        return false;
    }
    size_t depth = maxval > 255 ? 2 : 1, start = *at += raw; /* one byte of white space */
    /* At least one byte a pixel, so a size that the file cannot hold costs no memory. */
    if ((uint64_t)width > (size - start) / depth / (uint64_t)height) {
        snprintf(why, 256, "byte %zu: ends within a picture of %" PRId64 " x %" PRId64, size, width,
                 height);
        return false;
    }
    size_t pixels = (size_t)width * (size_t)height;
    uint16_t *gray = allocate(pixels, sizeof *gray, "picture");
    for (size_t i = 0; i < pixels; i++) {
        int64_t value;
        if (!raw)
            value = number(bytes, size, at);
        else if (depth == 1)
            value = bytes[start + i];
        else
            value = bytes[start + 2 * i] << 8 | bytes[start + 2 * i + 1];
        if (value < 0 || value > maxval) {
            snprintf(why, 256, "pixel %zu of a picture: not a number from 0 to %" PRId64, i,
                     maxval);
            free(gray);
            return false;
        }
        gray[i] = (uint16_t)value;
    }
    *at = raw ? start + depth * pixels : *at;
    while (*at < size && is_space(bytes[*at])) /* a line's end after a plain picture's last pixel */
        ++*at;
    *pgm = (struct pgm){(uint32_t)width, (uint32_t)height, (uint32_t)maxval, gray};
    return true;
}
