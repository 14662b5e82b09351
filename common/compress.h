/* SPDX-License-Identifier: MIT */
/* Packing by mask on x86-64: stores the lanes of a vector of 32-bit numbers whose bits in a mask
   are set, without gaps. */
#ifndef NCA_COMPRESS_H
#define NCA_COMPRESS_H

#ifdef __x86_64__
#include <immintrin.h>
#include <stdint.h>

#define COMPRESS(set) __attribute__((target(set), always_inline, unused)) static inline uint32_t

/* Stores the lanes of v whose bits in mask are set; returns how many. Writes a whole vector, whose
   other lanes are arbitrary. */
COMPRESS("avx512f") compress_avx512(void *to, __m512i v, uint16_t mask) {
    _mm512_storeu_si512(to, _mm512_maskz_compress_epi32(mask, v));
    return (uint32_t)__builtin_popcount(mask);
}

COMPRESS("avx2,bmi2") compress_avx2(void *to, __m256i v, uint8_t mask) {
    uint64_t bytes = _pdep_u64(mask, 0x0101010101010101) * 0xff;
    uint64_t order = _pext_u64(0x0706050403020100, bytes);
    __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)order));
    _mm256_storeu_si256((__m256i *)to, _mm256_permutevar8x32_epi32(v, lanes));
    return (uint32_t)__builtin_popcount(mask);
}
#endif

#endif
