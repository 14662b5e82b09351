/* W numbers side by side: what the fast build of the rule needs beyond C's operators on vectors
   (of gcc and clang), for AVX-512, for AVX2 with FMA and BMI2, and for any machine. */
#ifndef NCA_LANES_H
#define NCA_LANES_H

#include "kernels/compile.h"

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
#if W > 4
#include <immintrin.h>
#endif

enum { HALF = W / 2, CHUNK = 16 }; /* words of 64 bits; cells of which one mask of 16 bits tells */

typedef float real __attribute__((vector_size(4 * W)));
typedef int32_t whole __attribute__((vector_size(4 * W)));
typedef uint32_t natural __attribute__((vector_size(4 * W)));
typedef uint64_t wide __attribute__((vector_size(4 * W))); /* [HALF]; their low 32 bits count */

FUNCTION real real_load(const float *from) {
    real v;
    memcpy(&v, from, sizeof v);
    return v;
}

FUNCTION void real_store(float *to, real v) {
    memcpy(to, &v, sizeof v);
}

FUNCTION real real_all(float x) {
    return x - (real){0}; /* not +, which would turn -0 into 0 */
}

FUNCTION natural natural_all(uint32_t x) {
    return x + (natural){0};
}

/* v where by is above alpha, 0 elsewhere. */
FUNCTION real real_where_above(real v, real by, real alpha) {
    return (real)((whole)v & (by > alpha));
}

/* The low words of two vectors, in turn: first[0], second[0], first[1], .. */
FUNCTION natural wide_join(wide first, wide second) {
    return (natural)((first & 0xffffffff) | second << 32);
}

/* a * b + c, rounded once; the nearest whole number; a < b ? a : b and a > b ? a : b, also for
   NaN. */
FUNCTION real real_fma(real a, real b, real c);
FUNCTION real real_rint(real v);
FUNCTION real real_min(real a, real b);
FUNCTION real real_max(real a, real b);

/* Bit k: whether v[k] without its last 8 bits is below limit[k], at most 2^24. */
FUNCTION uint32_t natural_below(natural v, natural limit);

/* Bit k: whether from[k] > alpha[k], whether from[k] != 0; CHUNK of them. */
FUNCTION uint32_t chunk_above(const float *from, const float *alpha);
FUNCTION uint32_t chunk_used(const uint32_t *from);

/* Of the lanes of v, those with a bit in mask, one after the other; stores W, rest arbitrary. */
FUNCTION void real_pack(float *to, real v, uint32_t mask);

/* Four numbers, or eight, of each of W rows as vectors: to[q][lane] = row[lane][p + q]. */
FUNCTION void real_turn4(real *to, const float *const row[W], size_t p);
FUNCTION void real_turn8(real *to, const float *const row[W], size_t p);

/* The products of the low 32 bits. */
FUNCTION wide wide_times(wide v, uint32_t by);

#if W > 4

#if W == 16
#define MM(operation) _mm512_##operation
typedef __m512 mm;
typedef __m512d mmd;
typedef __m512i mmi;

FUNCTION real real_rint(real v) {
    return (real)_mm512_roundscale_ps((mm)v, _MM_FROUND_CUR_DIRECTION);
}
FUNCTION uint32_t natural_below(natural v, natural limit) {
    return _mm512_cmplt_epu32_mask((mmi)(v >> 8), (mmi)limit);
}
FUNCTION uint32_t chunk_above(const float *from, const float *alpha) {
    return _mm512_cmp_ps_mask(_mm512_loadu_ps(from), _mm512_loadu_ps(alpha), _CMP_GT_OQ);
}
FUNCTION uint32_t chunk_used(const uint32_t *from) {
    mmi v = _mm512_loadu_si512(from);
    return _mm512_test_epi32_mask(v, v);
}
FUNCTION void real_pack(float *to, real v, uint32_t mask) {
    _mm512_storeu_ps(to, _mm512_maskz_compress_ps((__mmask16)mask, (mm)v));
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

FUNCTION real real_rint(real v) {
    return (real)_mm256_round_ps((mm)v, _MM_FROUND_CUR_DIRECTION);
}
FUNCTION uint32_t natural_below(natural v, natural limit) {
    mmi below = _mm256_cmpgt_epi32((mmi)limit, (mmi)(v >> 8));
    return (uint32_t)_mm256_movemask_ps((mm)below);
}
FUNCTION uint32_t eight_above(const float *from, const float *alpha) {
    mm above = _mm256_cmp_ps(_mm256_loadu_ps(from), _mm256_loadu_ps(alpha), _CMP_GT_OQ);
    return (uint32_t)_mm256_movemask_ps(above);
}
FUNCTION uint32_t chunk_above(const float *from, const float *alpha) {
    return eight_above(from, alpha) | eight_above(from + 8, alpha + 8) << 8;
}
FUNCTION uint32_t eight_used(const uint32_t *from) {
    mmi v = _mm256_loadu_si256((const mmi *)from);
    mmi unused = _mm256_cmpeq_epi32(v, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_ps((mm)unused) & 0xff;
}
FUNCTION uint32_t chunk_used(const uint32_t *from) {
    return eight_used(from) | eight_used(from + 8) << 8;
}
FUNCTION void real_pack(float *to, real v, uint32_t mask) {
    uint64_t bytes = _pdep_u64(mask, 0x0101010101010101) * 0xff;
    uint64_t order = _pext_u64(0x0706050403020100, bytes);
    mmi lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)order));
    _mm256_storeu_ps(to, _mm256_permutevar8x32_ps((mm)v, lanes));
}
FUNCTION mm some_rows(const float *const *row, size_t p) {
    mm v = _mm256_castps128_ps256(_mm_loadu_ps(row[0] + p));
    return _mm256_insertf128_ps(v, _mm_loadu_ps(row[4] + p), 1);
}
#endif

FUNCTION real real_fma(real a, real b, real c) {
    return (real)MM(fmadd_ps)((mm)a, (mm)b, (mm)c);
}
FUNCTION real real_min(real a, real b) {
    return (real)MM(min_ps)((mm)a, (mm)b);
}
FUNCTION real real_max(real a, real b) {
    return (real)MM(max_ps)((mm)a, (mm)b);
}
FUNCTION wide wide_times(wide v, uint32_t by) {
    return (wide)MM(mul_epu32)((mmi)v, MM(set1_epi32)((int)by));
}
/* In each quarter of vectors, of four numbers of four rows, number q of these. */
FUNCTION void turn_quarters(real *to, mm a, mm b, mm c, mm d) {
    mmd ab = (mmd)MM(unpacklo_ps)(a, b), cd = (mmd)MM(unpacklo_ps)(c, d),
        AB = (mmd)MM(unpackhi_ps)(a, b), CD = (mmd)MM(unpackhi_ps)(c, d);
    to[0] = (real)MM(unpacklo_pd)(ab, cd);
    to[1] = (real)MM(unpackhi_pd)(ab, cd);
    to[2] = (real)MM(unpacklo_pd)(AB, CD);
    to[3] = (real)MM(unpackhi_pd)(AB, CD);
}
FUNCTION void real_turn4(real *to, const float *const row[W], size_t p) {
    turn_quarters(to, some_rows(row, p), some_rows(row + 1, p), some_rows(row + 2, p),
                  some_rows(row + 3, p));
}

#else

FUNCTION real real_fma(real a, real b, real c) {
    for (int k = 0; k < W; k++)
        a[k] = fmaf(a[k], b[k], c[k]);
    return a;
}
FUNCTION real real_rint(real v) {
    for (int k = 0; k < W; k++)
        v[k] = rintf(v[k]);
    return v;
}
FUNCTION real real_either(whole first, real a, real b) {
    return (real)((first & (whole)a) | (~first & (whole)b));
}
FUNCTION real real_min(real a, real b) {
    return real_either(a < b, a, b);
}
FUNCTION real real_max(real a, real b) {
    return real_either(a > b, a, b);
}
FUNCTION uint32_t natural_below(natural v, natural limit) {
    uint32_t mask = 0;
    for (int k = 0; k < W; k++)
        mask |= (uint32_t)(v[k] >> 8 < limit[k]) << k;
    return mask;
}
FUNCTION uint32_t chunk_above(const float *from, const float *alpha) {
    uint32_t mask = 0;
    for (int k = 0; k < CHUNK; k++)
        mask |= (uint32_t)(from[k] > alpha[k]) << k;
    return mask;
}
FUNCTION uint32_t chunk_used(const uint32_t *from) {
    uint32_t mask = 0;
    for (int k = 0; k < CHUNK; k++)
        mask |= (uint32_t)(from[k] != 0) << k;
    return mask;
}
FUNCTION void real_pack(float *to, real v, uint32_t mask) {
    for (int k = 0; k < W; k++) {
        *to = v[k];
        to += mask >> k & 1;
    }
}
FUNCTION wide wide_times(wide v, uint32_t by) {
    return (v & 0xffffffff) * by;
}
FUNCTION void real_turn4(real *to, const float *const row[W], size_t p) {
    for (size_t q = 0; q < 4; q++) {
        real v = {0};
        for (int k = 0; k < W; k++)
            v[k] = row[k][p + q];
        to[q] = v;
    }
}

#endif

FUNCTION void real_turn8(real *to, const float *const row[W], size_t p) {
#if W == 16 /* half the loads */
    real a[4], b[4];
    turn_quarters(a, two_rows(row, p), two_rows(row + 1, p), two_rows(row + 2, p),
                  two_rows(row + 3, p));
    turn_quarters(b, two_rows(row + 8, p), two_rows(row + 9, p), two_rows(row + 10, p),
                  two_rows(row + 11, p));
    for (int q = 0; q < 4; q++) { /* quarters hold q and q + 4 of four rows, and of the next */
        to[q] = (real)_mm512_shuffle_f32x4((mm)a[q], (mm)b[q], 0x88);
        to[q + 4] = (real)_mm512_shuffle_f32x4((mm)a[q], (mm)b[q], 0xdd);
    }
#else
    real_turn4(to, row, p);
    real_turn4(to + 4, row, p + 4);
#endif
}

#endif
