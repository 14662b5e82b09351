/* SPDX-License-Identifier: MIT */
/* Vectors of W lanes, 32 bits each: operations that C does not have on the vectors of gcc and
   clang, for AVX-512, for AVX2 with FMA and BMI2, and for any machine. */
#ifndef NCA_LANES_H
#define NCA_LANES_H

#include "common/compress.h"
#include "common/compile.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined __AVX512F__
#define W 16
#elif defined __AVX2__ && defined __FMA__ && defined __BMI2__
#define W 8
#else
#define W 4
#endif

enum { HALF = W / 2 };    /* lanes of 64 bits */
enum { MASK_CELLS = 16 }; /* cells that a mask has bits for, whatever W is */

typedef float vf32 __attribute__((vector_size(4 * W)));
typedef int32_t vi32 __attribute__((vector_size(4 * W)));
typedef uint32_t vu32 __attribute__((vector_size(4 * W)));
typedef uint64_t vu64 __attribute__((vector_size(4 * W))); /* [HALF] */

FUNCTION vf32 vf32_load(const float *from) {
    vf32 v;
    memcpy(&v, from, sizeof v);
    return v;
}

FUNCTION void vf32_store(float *to, vf32 v) {
    memcpy(to, &v, sizeof v);
}

FUNCTION vf32 vf32_all(float x) {
    return x - (vf32){0}; /* not +, which would turn -0 into 0 */
}

FUNCTION vu32 vu32_all(uint32_t x) {
    return x + (vu32){0};
}

/* 0, 1, 2, .. */
FUNCTION vu32 vu32_count(void) {
    vu32 count = {0};
    for (uint32_t k = 0; k < W; k++)
        count[k] = k;
    return count;
}

/* v where by is above alpha, 0 elsewhere. */
FUNCTION vf32 vf32_where_above(vf32 v, vf32 by, vf32 alpha) {
    return (vf32)((vi32)v & (by > alpha));
}

/* The low 32 bits of the lanes of two vectors, interleaved: first[0], second[0], first[1], .. */
FUNCTION vu32 vu64_interleave(vu64 first, vu64 second) {
    return (vu32)((first & 0xffffffff) | second << 32);
}

/* a * b + c, rounded once; the nearest whole number; a < b ? a : b and a > b ? a : b, also for
   NaN. */
FUNCTION vf32 vf32_fma(vf32 a, vf32 b, vf32 c);
FUNCTION vf32 vf32_rint(vf32 v);
FUNCTION vf32 vf32_min(vf32 a, vf32 b);
FUNCTION vf32 vf32_max(vf32 a, vf32 b);

/* Bit k: whether v[k] >> 8 is below limit[k], which is at most 2^24. */
FUNCTION uint32_t vu32_below(vu32 v, vu32 limit);

/* Bit k: whether v[k], which is 0 or -1, is -1. */
FUNCTION uint32_t vi32_mask(vi32 v);

/* Masks of MASK_CELLS bits. Bit k: whether from[k] > alpha[k]; whether from[k] != 0. */
FUNCTION uint32_t mask_above(const float *from, const float *alpha);
FUNCTION uint32_t mask_nonzero(const uint32_t *from);

/* Stores the lanes of v whose bits in mask are set, without gaps; returns how many. Writes W lanes,
   of which the rest is arbitrary. */
FUNCTION uint32_t vu32_compress(void *to, vu32 v, uint32_t mask);
FUNCTION uint32_t vf32_compress(float *to, vf32 v, uint32_t mask) {
    return vu32_compress(to, (vu32)v, mask);
}

/* Columns p to p + 3, or p + 7, of W rows: to[q][lane] = row[lane][p + q]. */
FUNCTION void vf32_transpose4(vf32 *to, const float *const row[W], size_t p);
FUNCTION void vf32_transpose8(vf32 *to, const float *const row[W], size_t p);

/* The products of the low 32 bits of each lane. */
FUNCTION vu64 vu64_times(vu64 v, uint32_t by);

#if W > 4

#if W == 16
#define MM(operation) _mm512_##operation
typedef __m512 mm;
typedef __m512d mmd;
typedef __m512i mmi;

FUNCTION vf32 vf32_rint(vf32 v) {
    return (vf32)_mm512_roundscale_ps((mm)v, _MM_FROUND_CUR_DIRECTION);
}
FUNCTION uint32_t vi32_mask(vi32 v) {
    return _mm512_cmplt_epi32_mask((mmi)v, _mm512_setzero_si512());
}
FUNCTION uint32_t vu32_below(vu32 v, vu32 limit) {
    return _mm512_cmplt_epu32_mask((mmi)(v >> 8), (mmi)limit);
}
FUNCTION uint32_t mask_above(const float *from, const float *alpha) {
    return _mm512_cmp_ps_mask(_mm512_loadu_ps(from), _mm512_loadu_ps(alpha), _CMP_GT_OQ);
}
FUNCTION uint32_t mask_nonzero(const uint32_t *from) {
    mmi v = _mm512_loadu_si512(from);
    return _mm512_test_epi32_mask(v, v);
}
FUNCTION uint32_t vu32_compress(void *to, vu32 v, uint32_t mask) {
    return compress_avx512(to, (mmi)v, (uint16_t)mask);
}
/* Every fourth row, four numbers of each. */
FUNCTION mm some_rows(const float *const *row, size_t p) {
    mm v = _mm512_castps128_ps512(_mm_loadu_ps(row[0] + p));
    v = _mm512_mask_broadcast_f32x4(v, 0x00f0, _mm_loadu_ps(row[4] + p));
    v = _mm512_mask_broadcast_f32x4(v, 0x0f00, _mm_loadu_ps(row[8] + p));
    return _mm512_mask_broadcast_f32x4(v, 0xf000, _mm_loadu_ps(row[12] + p));
}
/* A row and the fourth after it, eight numbers of each. */
FUNCTION mm two_rows(const float *const *row, size_t p) {
    mm v = _mm512_castps256_ps512(_mm256_loadu_ps(row[0] + p));
    return _mm512_mask_broadcast_f32x8(v, 0xff00, _mm256_loadu_ps(row[4] + p));
}
#else
#define MM(operation) _mm256_##operation
typedef __m256 mm;
typedef __m256d mmd;
typedef __m256i mmi;

FUNCTION vf32 vf32_rint(vf32 v) {
    return (vf32)_mm256_round_ps((mm)v, _MM_FROUND_CUR_DIRECTION);
}
FUNCTION uint32_t vi32_mask(vi32 v) {
    return (uint32_t)_mm256_movemask_ps((mm)v);
}
FUNCTION uint32_t vu32_below(vu32 v, vu32 limit) {
    mmi below = _mm256_cmpgt_epi32((mmi)limit, (mmi)(v >> 8));
    return (uint32_t)_mm256_movemask_ps((mm)below);
}
FUNCTION uint32_t eight_above(const float *from, const float *alpha) {
    mm above = _mm256_cmp_ps(_mm256_loadu_ps(from), _mm256_loadu_ps(alpha), _CMP_GT_OQ);
    return (uint32_t)_mm256_movemask_ps(above);
}
FUNCTION uint32_t mask_above(const float *from, const float *alpha) {
    return eight_above(from, alpha) | eight_above(from + 8, alpha + 8) << 8;
}
FUNCTION uint32_t eight_used(const uint32_t *from) {
    mmi v = _mm256_loadu_si256((const mmi *)from);
    mmi unused = _mm256_cmpeq_epi32(v, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_ps((mm)unused) & 0xff;
}
FUNCTION uint32_t mask_nonzero(const uint32_t *from) {
    return eight_used(from) | eight_used(from + 8) << 8;
}
FUNCTION uint32_t vu32_compress(void *to, vu32 v, uint32_t mask) {
    return compress_avx2(to, (mmi)v, (uint8_t)mask);
}
FUNCTION mm some_rows(const float *const *row, size_t p) {
    mm v = _mm256_castps128_ps256(_mm_loadu_ps(row[0] + p));
    return _mm256_insertf128_ps(v, _mm_loadu_ps(row[4] + p), 1);
}
#endif

FUNCTION vf32 vf32_fma(vf32 a, vf32 b, vf32 c) {
    return (vf32)MM(fmadd_ps)((mm)a, (mm)b, (mm)c);
}
FUNCTION vf32 vf32_min(vf32 a, vf32 b) {
    return (vf32)MM(min_ps)((mm)a, (mm)b);
}
FUNCTION vf32 vf32_max(vf32 a, vf32 b) {
    return (vf32)MM(max_ps)((mm)a, (mm)b);
}
FUNCTION vu64 vu64_times(vu64 v, uint32_t by) {
    return (vu64)MM(mul_epu32)((mmi)v, MM(set1_epi32)((int)by));
}
/* Each quarter (128 bits) of a, b, c and d holds four columns of a row: to[q] gets column q. */
FUNCTION void transpose_quarters(vf32 *to, mm a, mm b, mm c, mm d) {
    mmd ab = (mmd)MM(unpacklo_ps)(a, b), cd = (mmd)MM(unpacklo_ps)(c, d),
        AB = (mmd)MM(unpackhi_ps)(a, b), CD = (mmd)MM(unpackhi_ps)(c, d);
    to[0] = (vf32)MM(unpacklo_pd)(ab, cd);
    to[1] = (vf32)MM(unpackhi_pd)(ab, cd);
    to[2] = (vf32)MM(unpacklo_pd)(AB, CD);
    to[3] = (vf32)MM(unpackhi_pd)(AB, CD);
}
FUNCTION void vf32_transpose4(vf32 *to, const float *const row[W], size_t p) {
    transpose_quarters(to, some_rows(row, p), some_rows(row + 1, p), some_rows(row + 2, p),
                       some_rows(row + 3, p));
}

#else

FUNCTION vf32 vf32_fma(vf32 a, vf32 b, vf32 c) {
    for (int k = 0; k < W; k++)
        a[k] = fmaf(a[k], b[k], c[k]);
    return a;
}
FUNCTION vf32 vf32_rint(vf32 v) {
    for (int k = 0; k < W; k++)
        v[k] = rintf(v[k]);
    return v;
}
FUNCTION vf32 vf32_select(vi32 first, vf32 a, vf32 b) {
    return (vf32)((first & (vi32)a) | (~first & (vi32)b));
}
FUNCTION vf32 vf32_min(vf32 a, vf32 b) {
    return vf32_select(a < b, a, b);
}
FUNCTION vf32 vf32_max(vf32 a, vf32 b) {
    return vf32_select(a > b, a, b);
}
FUNCTION uint32_t vi32_mask(vi32 v) {
    uint32_t mask = 0;
    for (int k = 0; k < W; k++)
        mask |= (uint32_t)(v[k] != 0) << k;
    return mask;
}
FUNCTION uint32_t vu32_below(vu32 v, vu32 limit) {
    uint32_t mask = 0;
    for (int k = 0; k < W; k++)
        mask |= (uint32_t)(v[k] >> 8 < limit[k]) << k;
    return mask;
}
FUNCTION uint32_t mask_above(const float *from, const float *alpha) {
    uint32_t mask = 0;
    for (int k = 0; k < MASK_CELLS; k++)
        mask |= (uint32_t)(from[k] > alpha[k]) << k;
    return mask;
}
FUNCTION uint32_t mask_nonzero(const uint32_t *from) {
    uint32_t mask = 0;
    for (int k = 0; k < MASK_CELLS; k++)
        mask |= (uint32_t)(from[k] != 0) << k;
    return mask;
}
FUNCTION uint32_t vu32_compress(void *to, vu32 v, uint32_t mask) {
    uint32_t lanes[W] = {0}, n = 0;
    for (int k = 0; k < W; k++) {
        lanes[n] = v[k];
        n += mask >> k & 1;
    }
    memcpy(to, lanes, sizeof lanes);
    return n;
}
FUNCTION vu64 vu64_times(vu64 v, uint32_t by) {
    return (v & 0xffffffff) * by;
}
FUNCTION void vf32_transpose4(vf32 *to, const float *const row[W], size_t p) {
    for (size_t q = 0; q < 4; q++) {
        vf32 v = {0};
        for (int k = 0; k < W; k++)
            v[k] = row[k][p + q];
        to[q] = v;
    }
}

#endif

FUNCTION void vf32_transpose8(vf32 *to, const float *const row[W], size_t p) {
#if W == 16 /* with half the loads of two vf32_transpose4() */
    vf32 a[4], b[4];
    transpose_quarters(a, two_rows(row, p), two_rows(row + 1, p), two_rows(row + 2, p),
                       two_rows(row + 3, p));
    transpose_quarters(b, two_rows(row + 8, p), two_rows(row + 9, p), two_rows(row + 10, p),
                       two_rows(row + 11, p));
    for (int q = 0; q < 4; q++) { /* quarters hold q and q + 4 of four rows, and of the next */
        to[q] = (vf32)_mm512_shuffle_f32x4((mm)a[q], (mm)b[q], 0x88);
        to[q + 4] = (vf32)_mm512_shuffle_f32x4((mm)a[q], (mm)b[q], 0xdd);
    }
#else
    vf32_transpose4(to, row, p);
    vf32_transpose4(to + 4, row, p + 4);
#endif
}

#endif
