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

/* a * b + c, rounded once; the nearest whole number; a < b ? a : b and a > b ? a : b, also for NaN;
   v where by is above, 0 elsewhere. */
FUNCTION real real_fma(real a, real b, real c);
FUNCTION real real_rint(real v);
FUNCTION real real_min(real a, real b);
FUNCTION real real_max(real a, real b);
FUNCTION real real_where_above(real v, real by, real alpha);

/* Bit k: whether from[k] > alpha[k], whether from[k] != 0; CHUNK of them. */
FUNCTION uint32_t chunk_above(const float *from, const float *alpha);
FUNCTION uint32_t chunk_used(const uint32_t *from);

/* Of the lanes of v, those with a bit in mask, one after the other; stores W, rest arbitrary. */
FUNCTION void real_pack(float *to, real v, uint32_t mask);

/* Four numbers of each of W rows as four vectors: to[q * W + lane] = row[lane][p + q]. */
FUNCTION void real_turn(float *to, const float *const row[W], size_t p);

/* The products of the low 32 bits; bit k: whether the low 32 bits of v[k] are below limit. */
FUNCTION wide wide_times(wide v, uint32_t by);
FUNCTION uint32_t wide_below(wide v, uint64_t limit);

#if W == 16

FUNCTION real real_fma(real a, real b, real c) {
    return (real)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
FUNCTION real real_rint(real v) {
    return (real)_mm512_roundscale_ps((__m512)v, _MM_FROUND_CUR_DIRECTION);
}
FUNCTION real real_min(real a, real b) {
    return (real)_mm512_min_ps((__m512)a, (__m512)b);
}
FUNCTION real real_max(real a, real b) {
    return (real)_mm512_max_ps((__m512)a, (__m512)b);
}
FUNCTION real real_where_above(real v, real by, real alpha) {
    __mmask16 above = _mm512_cmp_ps_mask((__m512)by, (__m512)alpha, _CMP_GT_OQ);
    return (real)_mm512_maskz_mov_ps(above, (__m512)v);
}
FUNCTION uint32_t chunk_above(const float *from, const float *alpha) {
    return _mm512_cmp_ps_mask(_mm512_loadu_ps(from), _mm512_loadu_ps(alpha), _CMP_GT_OQ);
}
FUNCTION uint32_t chunk_used(const uint32_t *from) {
    __m512i v = _mm512_loadu_si512(from);
    return _mm512_test_epi32_mask(v, v);
}
FUNCTION void real_pack(float *to, real v, uint32_t mask) {
    _mm512_storeu_ps(to, _mm512_maskz_compress_ps((__mmask16)mask, (__m512)v));
}
FUNCTION wide wide_times(wide v, uint32_t by) {
    return (wide)_mm512_mul_epu32((__m512i)v, _mm512_set1_epi64(by));
}
FUNCTION uint32_t wide_below(wide v, uint64_t limit) {
    return _mm512_cmplt_epu64_mask((__m512i)(v & 0xffffffff), _mm512_set1_epi64((int64_t)limit));
}
/* Rows j, 4 + j, 8 + j and 12 + j, four numbers of each. */
FUNCTION __m512 four_rows(const float *const *row, size_t p) {
    __m512 v = _mm512_castps128_ps512(_mm_loadu_ps(row[0] + p));
    v = _mm512_mask_broadcast_f32x4(v, 0x00f0, _mm_loadu_ps(row[4] + p));
    v = _mm512_mask_broadcast_f32x4(v, 0x0f00, _mm_loadu_ps(row[8] + p));
    return _mm512_mask_broadcast_f32x4(v, 0xf000, _mm_loadu_ps(row[12] + p));
}
FUNCTION void real_turn(float *to, const float *const row[W], size_t p) {
    __m512 a = four_rows(row, p), b = four_rows(row + 1, p), c = four_rows(row + 2, p),
           d = four_rows(row + 3, p);
    __m512d ab = _mm512_castps_pd(_mm512_unpacklo_ps(a, b)),
            cd = _mm512_castps_pd(_mm512_unpacklo_ps(c, d)),
            AB = _mm512_castps_pd(_mm512_unpackhi_ps(a, b)),
            CD = _mm512_castps_pd(_mm512_unpackhi_ps(c, d));
    _mm512_storeu_pd(to, _mm512_unpacklo_pd(ab, cd));
    _mm512_storeu_pd(to + W, _mm512_unpackhi_pd(ab, cd));
    _mm512_storeu_pd(to + 2 * W, _mm512_unpacklo_pd(AB, CD));
    _mm512_storeu_pd(to + 3 * W, _mm512_unpackhi_pd(AB, CD));
}

#elif W == 8

FUNCTION real real_fma(real a, real b, real c) {
    return (real)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
FUNCTION real real_rint(real v) {
    return (real)_mm256_round_ps((__m256)v, _MM_FROUND_CUR_DIRECTION);
}
FUNCTION real real_min(real a, real b) {
    return (real)_mm256_min_ps((__m256)a, (__m256)b);
}
FUNCTION real real_max(real a, real b) {
    return (real)_mm256_max_ps((__m256)a, (__m256)b);
}
FUNCTION real real_where_above(real v, real by, real alpha) {
    __m256 above = _mm256_cmp_ps((__m256)by, (__m256)alpha, _CMP_GT_OQ);
    return (real)_mm256_and_ps(above, (__m256)v);
}
FUNCTION uint32_t eight_above(const float *from, const float *alpha) {
    __m256 above = _mm256_cmp_ps(_mm256_loadu_ps(from), _mm256_loadu_ps(alpha), _CMP_GT_OQ);
    return (uint32_t)_mm256_movemask_ps(above);
}
FUNCTION uint32_t chunk_above(const float *from, const float *alpha) {
    return eight_above(from, alpha) | eight_above(from + 8, alpha + 8) << 8;
}
FUNCTION uint32_t eight_used(const uint32_t *from) {
    __m256i v = _mm256_loadu_si256((const __m256i *)from);
    __m256i unused = _mm256_cmpeq_epi32(v, _mm256_setzero_si256());
    return ~(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(unused)) & 0xff;
}
FUNCTION uint32_t chunk_used(const uint32_t *from) {
    return eight_used(from) | eight_used(from + 8) << 8;
}
FUNCTION void real_pack(float *to, real v, uint32_t mask) {
    uint64_t bytes = _pdep_u64(mask, 0x0101010101010101) * 0xff;
    uint64_t order = _pext_u64(0x0706050403020100, bytes);
    __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)order));
    _mm256_storeu_ps(to, _mm256_permutevar8x32_ps((__m256)v, lanes));
}
FUNCTION wide wide_times(wide v, uint32_t by) {
    return (wide)_mm256_mul_epu32((__m256i)v, _mm256_set1_epi64x(by));
}
FUNCTION uint32_t wide_below(wide v, uint64_t limit) {
    __m256i most = _mm256_set1_epi64x((int64_t)limit);
    __m256i below = _mm256_cmpgt_epi64(most, (__m256i)(v & 0xffffffff));
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(below));
}
FUNCTION __m256 two_rows(const float *const *row, size_t p) {
    __m256 v = _mm256_castps128_ps256(_mm_loadu_ps(row[0] + p));
    return _mm256_insertf128_ps(v, _mm_loadu_ps(row[4] + p), 1);
}
FUNCTION void real_turn(float *to, const float *const row[W], size_t p) {
    __m256 a = two_rows(row, p), b = two_rows(row + 1, p), c = two_rows(row + 2, p),
           d = two_rows(row + 3, p);
    __m256d ab = _mm256_castps_pd(_mm256_unpacklo_ps(a, b)),
            cd = _mm256_castps_pd(_mm256_unpacklo_ps(c, d)),
            AB = _mm256_castps_pd(_mm256_unpackhi_ps(a, b)),
            CD = _mm256_castps_pd(_mm256_unpackhi_ps(c, d));
    _mm256_storeu_ps(to, _mm256_castpd_ps(_mm256_unpacklo_pd(ab, cd)));
    _mm256_storeu_ps(to + W, _mm256_castpd_ps(_mm256_unpackhi_pd(ab, cd)));
    _mm256_storeu_ps(to + 2 * W, _mm256_castpd_ps(_mm256_unpacklo_pd(AB, CD)));
    _mm256_storeu_ps(to + 3 * W, _mm256_castpd_ps(_mm256_unpackhi_pd(AB, CD)));
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
FUNCTION real real_where_above(real v, real by, real alpha) {
    return (real)((whole)v & (by > alpha));
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
FUNCTION uint32_t wide_below(wide v, uint64_t limit) {
    uint32_t mask = 0;
    for (int k = 0; k < HALF; k++)
        mask |= (uint32_t)((v[k] & 0xffffffff) < limit) << k;
    return mask;
}
FUNCTION void real_turn(float *to, const float *const row[W], size_t p) {
    for (int k = 0; k < W; k++)
        for (int q = 0; q < 4; q++)
            to[q * W + k] = row[k][p + (size_t)q];
}

#endif
#endif
