/* SPDX-License-Identifier: MIT */
/* How numbers, arrays and bitmaps are stored in a payload; shared by reader and writer. */
#ifndef NCA_PACK_H
#define NCA_PACK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline size_t bitmap_bytes(size_t bits) {
    return bits / 8 + (bits % 8 != 0);
}

/* How many bits are set in so many bytes. */
static inline size_t count_bits(const uint8_t *bytes, size_t count) {
    size_t bits = 0;
    uint64_t word = 0;
    for (; count >= sizeof word; count -= sizeof word, bytes += sizeof word) {
        memcpy(&word, bytes, sizeof word);
        bits += (size_t)__builtin_popcountll(word);
    }
    word = 0;
    memcpy(&word, bytes, count);
    return bits + (size_t)__builtin_popcountll(word);
}

static inline void put64(uint8_t *at, uint64_t value) {
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static inline uint64_t get64(const uint8_t *at) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)at[i] << 8 * i;
    return value;
}

/* Packs the numbers of 4 bytes of now[count] that differ from those of expected[], or from 0 if
   that is NULL, into to[count], which may be now; sets their bits in bitmap, and clears all others;
   returns how many. */
size_t put_differing(uint8_t *bitmap, uint32_t *to, const void *now, const void *expected,
                     size_t count);

/* Packs those of count numbers of 4 bytes whose bits in bitmap are set into to[count]; returns how
   many. */
size_t get_marked(uint32_t *to, const void *numbers, const uint8_t *bitmap, size_t count);

/* Stores count numbers of 4 bytes as four planes of count bytes, the most significant first: equal
   exponents and small numbers come together, and zstd stores the noise of mantissas as it is.
   Returns the end of what was stored, as all below; get_planes32() returns the end of what it read.
 */
static inline uint8_t *put_planes32(uint8_t *at, const void *numbers, size_t count) {
    const uint8_t *from = numbers;
    for (size_t k = 0; k < 4; k++, at += count)
        for (size_t i = 0; i < count; i++) {
            uint32_t value;
            memcpy(&value, from + 4 * i, 4);
            at[i] = (uint8_t)(value >> (24 - 8 * k));
        }
    return at;
}

static inline const uint8_t *get_planes32(const uint8_t *at, void *numbers, size_t count) {
    uint8_t *to = numbers;
    const uint8_t *b0 = at, *b1 = b0 + count, *b2 = b1 + count, *b3 = b2 + count;
    for (size_t i = 0; i < count; i++) {
        uint32_t value =
            (uint32_t)b0[i] << 24 | (uint32_t)b1[i] << 16 | (uint32_t)b2[i] << 8 | b3[i];
        memcpy(to + 4 * i, &value, 4);
    }
    return at + 4 * count;
}

static inline uint8_t *put_planes64(uint8_t *at, const uint64_t *numbers, size_t count) {
    for (size_t k = 0; k < 8; k++, at += count)
        for (size_t i = 0; i < count; i++)
            at[i] = (uint8_t)(numbers[i] >> (56 - 8 * k));
    return at;
}

static inline const uint8_t *get_planes64(const uint8_t *at, uint64_t *numbers, size_t count) {
    memset(numbers, 0, count * sizeof *numbers);
    for (size_t k = 0; k < 8; k++, at += count)
        for (size_t i = 0; i < count; i++)
            numbers[i] |= (uint64_t)at[i] << (56 - 8 * k);
    return at;
}

#endif
