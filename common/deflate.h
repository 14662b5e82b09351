/* SPDX-License-Identifier: MIT */
/* Numbers packed for a page: as byte planes, which are deflated and printed in base64. */
#ifndef NCA_DEFLATE_H
#define NCA_DEFLATE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Bytes that grow: all zero at first; at is freed by the owner. All functions here end the program
   if memory runs out. */
struct bytes {
    uint8_t *at;
    size_t count, capacity;
};

/* Makes room for more bytes at the end, and returns where. They are not set. */
uint8_t *bytes_add(struct bytes *bytes, size_t more);

/* Appends a column: a byte that says how many bytes the largest of its numbers takes, 0 if all are
   0; then so many planes of count bytes, that of the lowest bytes first. */
void bytes_column(struct bytes *bytes, const uint32_t *numbers, size_t count);

/* A difference with its sign in the lowest bit, so that small ones of either sign are small. */
static inline uint32_t zigzag(uint32_t difference) {
    return difference << 1 ^ -(difference >> 31);
}

/* Appends a plane: a byte 0 and the bytes themselves or, where these are likely to take less, a
   byte 1 and their differences from those before (NULL: there are none), modulo 256. */
void bytes_plane(struct bytes *bytes, const uint8_t *now, const uint8_t *before, size_t count);

/* Replaces bytes by a zlib stream (RFC 1950) of them, in a block that is as large as it needs to
   be. */
void bytes_deflate(struct bytes *bytes);

/* The letters that count bytes take in base64 (RFC 4648), and prints them. */
static inline size_t base64_length(size_t count) {
    return (count + 2) / 3 * 4;
}
void print_base64(FILE *to, const uint8_t *bytes, size_t count);

#endif
