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

/* The entropy of bytes, in bits. */
static double entropy(const uint32_t histogram[256], size_t count) {
    double bits = (double)count * log2((double)count);
    for (int v = 0; v < 256; v++)
        if (histogram[v])
            bits -= histogram[v] * log2(histogram[v]);
    return bits;
}

void bytes_plane(struct bytes *b, const uint8_t *now, const uint8_t *before, size_t count) {
    uint32_t plain[256] = {0}, changed[256] = {0};
    for (size_t i = 0; before && i < count; i++) {
        plain[now[i]]++;
        changed[(uint8_t)(now[i] - before[i])]++;
    }
    bool differences = before && entropy(changed, count) < entropy(plain, count);
    uint8_t *to = bytes_add(b, 1 + count);
    *to++ = differences;
    if (!differences)
        memcpy(to, now, count);
    else
        for (size_t i = 0; i < count; i++)
            to[i] = (uint8_t)(now[i] - before[i]);
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
