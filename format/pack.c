/* SPDX-License-Identifier: MIT */
/* Packing numbers that differ or are marked, with vectors if the processor has them. */
#include "format/pack.h"

#include "common/compress.h"
#include "common/cpu.h"

#include <stdbool.h>

static uint32_t number(const uint8_t *from, size_t i) {
    uint32_t value;
    memcpy(&value, from + 4 * i, 4);
    return value;
}

#ifdef __x86_64__
/* These pack whole vectors from number *done on. They store whole vectors too, but never beyond
   number *done + the width of a vector: so to[count] suffices, and to may be the numbers read. */
__attribute__((target("avx512f"))) static size_t differing_avx512(uint8_t *bitmap, uint32_t *to,
                                                                  const uint8_t *now,
                                                                  const uint8_t *expected,
                                                                  size_t count, size_t *done) {
    size_t differing = 0;
    for (; *done + 16 <= count; *done += 16) {
        __m512i v = _mm512_loadu_si512(now + 4 * *done),
                other =
                    expected ? _mm512_loadu_si512(expected + 4 * *done) : _mm512_setzero_si512();
        uint16_t mask = _mm512_cmpneq_epi32_mask(v, other);
        memcpy(bitmap + *done / 8, &mask, 2);
        differing += compress_avx512(to + differing, v, mask);
    }
    return differing;
}

__attribute__((target("avx512f"))) static size_t marked_avx512(uint32_t *to, const uint8_t *from,
                                                               const uint8_t *bitmap, size_t count,
                                                               size_t *done) {
    size_t marked = 0;
    for (; *done + 16 <= count; *done += 16) {
        uint16_t mask;
        memcpy(&mask, bitmap + *done / 8, 2);
        marked += compress_avx512(to + marked, _mm512_loadu_si512(from + 4 * *done), mask);
    }
    return marked;
}

__attribute__((target("avx2,bmi2"))) static size_t differing_avx2(uint8_t *bitmap, uint32_t *to,
                                                                  const uint8_t *now,
                                                                  const uint8_t *expected,
                                                                  size_t count, size_t *done) {
    size_t differing = 0;
    for (; *done + 8 <= count; *done += 8) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(now + 4 * *done)),
                other = expected ? _mm256_loadu_si256((const __m256i *)(expected + 4 * *done))
                                 : _mm256_setzero_si256();
        __m256 same = _mm256_castsi256_ps(_mm256_cmpeq_epi32(v, other));
        uint8_t mask = (uint8_t)~_mm256_movemask_ps(same);
        bitmap[*done / 8] = mask;
        differing += compress_avx2(to + differing, v, mask);
    }
    return differing;
}

__attribute__((target("avx2,bmi2"))) static size_t marked_avx2(uint32_t *to, const uint8_t *from,
                                                               const uint8_t *bitmap, size_t count,
                                                               size_t *done) {
    size_t marked = 0;
    for (; *done + 8 <= count; *done += 8) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(from + 4 * *done));
        marked += compress_avx2(to + marked, v, bitmap[*done / 8]);
    }
    return marked;
}
#endif

/* The rest of put_differing(), from number done on. */
static size_t differing_plain(uint8_t *bitmap, uint32_t *to, const uint8_t *now,
                              const uint8_t *expected, size_t count, size_t done) {
    size_t differing = 0;
    for (; done < count; done += 8) {
        unsigned mask = 0;
        for (size_t k = 0; k < 8 && done + k < count; k++) {
            uint32_t value = number(now, done + k);
            bool differs = value != (expected ? number(expected, done + k) : 0);
            to[differing] = value;
            differing += differs;
            mask |= (unsigned)differs << k;
        }
        bitmap[done / 8] = (uint8_t)mask;
    }
    return differing;
}

static size_t marked_plain(uint32_t *to, const uint8_t *from, const uint8_t *bitmap, size_t count,
                           size_t done) {
    size_t marked = 0;
    for (; done < count; done++) {
        to[marked] = number(from, done);
        marked += bitmap[done / 8] >> done % 8 & 1;
    }
    return marked;
}

size_t put_differing(uint8_t *bitmap, uint32_t *to, const void *now, const void *expected,
                     size_t count) {
    size_t differing = 0, done = 0;
#ifdef __x86_64__
    if (cpu_has(AVX512))
        differing = differing_avx512(bitmap, to, now, expected, count, &done);
    else if (cpu_has(AVX2))
        differing = differing_avx2(bitmap, to, now, expected, count, &done);
#endif
    return differing + differing_plain(bitmap, to + differing, now, expected, count, done);
}

size_t get_marked(uint32_t *to, const void *numbers, const uint8_t *bitmap, size_t count) {
    size_t marked = 0, done = 0;
#ifdef __x86_64__
    if (cpu_has(AVX512))
        marked = marked_avx512(to, numbers, bitmap, count, &done);
    else if (cpu_has(AVX2))
        marked = marked_avx2(to, numbers, bitmap, count, &done);
#endif
    return marked + marked_plain(to + marked, numbers, bitmap, count, done);
}
