/* Numbers with a mark, packed together: as vectors where the machine has what it takes. */
#include "format/codec.h"

#ifdef __x86_64__
#include <immintrin.h>

/* Both do whole vectors from number *done on. What is stored beyond the marked numbers ends before
   number *done + the width of a vector, and so within count. */
__attribute__((target("avx512f"))) static size_t marked_avx512(uint32_t *to, const uint8_t *from,
                                                               const uint8_t *bitmap, size_t count,
                                                               size_t *done) {
    size_t marked = 0;
    for (; *done + 16 <= count; *done += 16) {
        uint16_t mask;
        memcpy(&mask, bitmap + *done / 8, 2);
        __m512i v = _mm512_loadu_si512(from + 4 * *done);
        _mm512_storeu_si512(to + marked, _mm512_maskz_compress_epi32(mask, v));
        marked += (size_t)__builtin_popcount(mask);
    }
    return marked;
}

__attribute__((target("avx2,bmi2"))) static size_t marked_avx2(uint32_t *to, const uint8_t *from,
                                                               const uint8_t *bitmap, size_t count,
                                                               size_t *done) {
    size_t marked = 0;
    for (; *done + 8 <= count; *done += 8) {
        uint8_t mask = bitmap[*done / 8];
        uint64_t bytes = _pdep_u64(mask, 0x0101010101010101) * 0xff;
        uint64_t order = _pext_u64(0x0706050403020100, bytes);
        __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)order));
        __m256i v = _mm256_loadu_si256((const __m256i *)(from + 4 * *done));
        _mm256_storeu_si256((__m256i *)(to + marked), _mm256_permutevar8x32_epi32(v, lanes));
        marked += (size_t)__builtin_popcount(mask);
    }
    return marked;
}
#endif

size_t get_marked(uint32_t *to, const void *numbers, const uint8_t *bitmap, size_t count) {
    const uint8_t *from = numbers;
    size_t marked = 0, done = 0;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        marked = marked_avx512(to, from, bitmap, count, &done);
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
        marked = marked_avx2(to, from, bitmap, count, &done);
#endif
    for (; done < count; done++) {
        memcpy(to + marked, from + 4 * done, 4);
        marked += bitmap[done / 8] >> done % 8 & 1;
    }
    return marked;
}
