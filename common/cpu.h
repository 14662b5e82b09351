/* SPDX-License-Identifier: MIT */
/* Which instruction sets this machine has. Some sources are compiled for several; programs choose
   when they run. */
#ifndef NCA_CPU_H
#define NCA_CPU_H

#include <stdbool.h>

enum instructions {
    PORTABLE, /* what the compiler assumes */
    FMA,      /* x86-64: fused multiply-add */
    AVX2,     /* AVX2, FMA and BMI2 */
    AVX512    /* AVX-512 F, BW, DQ and VL, and BMI2 */
};

static inline bool cpu_has(enum instructions set) {
#ifdef __x86_64__
    switch (set) {
    case FMA:
        return __builtin_cpu_supports("fma");
    case AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
    case AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("bmi2");
    default:
        return true;
    }
#else
    return set == PORTABLE;
#endif
}

#endif
