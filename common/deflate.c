/* SPDX-License-Identifier: MIT */
#include "common/deflate.h"

#include "common/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

uint8_t *bytes_add(struct bytes *b, size_t more) {
    b->at = grow(b->at, &b->capacity, b->count + more, 1, "page");
    uint8_t *to = b->at + b->count;
    b->count += more;
    return to;
}

void bytes_column(struct bytes *b, const uint32_t *numbers, size_t count) {
    uint32_t all = 0;
    for (size_t i = 0; i < count; i++)
        all |= numbers[i];
    unsigned width = (unsigned)(all > 0) + (all > 0xff) + (all > 0xffff) + (all > 0xffffff);
    uint8_t *to = bytes_add(b, 1 + width * count);
    *to++ = (uint8_t)width;
    for (unsigned byte = 0; byte < width; byte++, to += count)
        for (size_t i = 0; i < count; i++)
            to[i] = (uint8_t)(numbers[i] >> 8 * byte);
}

/* The entropy of bytes, in bits. Bytes that stand together, often equal, are counted apart: no
   count has to wait for the one before. */
static double entropy(const uint8_t *bytes, size_t count) {
    enum { APART = 4 };
    uint32_t histogram[APART][256] = {0};
    double bits = (double)count * log2((double)count);
    size_t i = 0;
    for (; i + APART <= count; i += APART)
        for (size_t k = 0; k < APART; k++)
            histogram[k][bytes[i + k]]++;
    for (; i < count; i++)
        histogram[0][bytes[i]]++;
    for (int v = 0; v < 256; v++) {
        uint32_t times = histogram[0][v] + histogram[1][v] + histogram[2][v] + histogram[3][v];
        if (times)
            bits -= times * log2(times);
    }
    return bits;
}

void bytes_plane(struct bytes *b, const uint8_t *now, const uint8_t *before, size_t count) {
    uint8_t *differences = bytes_add(b, 1 + count), *to = differences++;
    for (size_t i = 0; before && i < count; i++)
        differences[i] = (uint8_t)(now[i] - before[i]);
    *to = before && entropy(differences, count) < entropy(now, count);
    if (!*to)
        memcpy(to + 1, now, count);
}

/* Only runs of one byte are matched (Z_RLE): of planes that makes fewer bytes than looking for
   longer matches, in a fifth of the time. */
void bytes_deflate(struct bytes *b) {
    z_stream z = {.next_in = b->at, .avail_in = (uInt)b->count};
    if (b->count > UINT32_MAX)
        die(EXIT_FAILED, "page: a block of more than 4 GB");
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS, MAX_MEM_LEVEL, Z_RLE) !=
        Z_OK)
        die(EXIT_FAILED, "out of memory (zlib)");
    size_t bound = deflateBound(&z, b->count);
    struct bytes out = {0};
    z.next_out = bytes_add(&out, bound);
    z.avail_out = (uInt)bound;
    deflate(&z, Z_FINISH);
    free(b->at);
    *b = (struct bytes){.count = z.total_out, .capacity = z.total_out};
    b->at = reallocate(out.at, z.total_out, 1, "page");
    deflateEnd(&z);
}

void print_base64(FILE *to, const uint8_t *bytes, size_t count) {
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
    enum { GROUPS = 1024 };
    char text[4 * GROUPS];
    size_t length = 0;
    for (size_t i = 0; i < count; i += 3) {
        size_t left = count - i;
        uint32_t three = (uint32_t)bytes[i] << 16;
        three |= left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        three |= left > 2 ? bytes[i + 2] : 0;
        text[length] = letters[three >> 18];
        text[length + 1] = letters[three >> 12 & 63];
        text[length + 2] = letters[left > 1 ? three >> 6 & 63 : 64];
        text[length + 3] = letters[left > 2 ? three & 63 : 64];
        length += 4;
        if (length == sizeof text || left <= 3) {
            fwrite(text, 1, length, to);
            length = 0;
        }
    }
}
