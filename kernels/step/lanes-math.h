/* SPDX-License-Identifier: MIT */
/* kernels/model/activation.h and kernels/model/philox.h on vectors of cells, with the same bits. */
#ifndef NCA_LANES_MATH_H
#define NCA_LANES_MATH_H

#include "kernels/model/world.h"
#include "common/lanes.h"

/* Sigmoid and tanh, operation by operation as in kernels/model/activation.h. */

FUNCTION vf32 vf32_power_of_two(vi32 n) {
    return (vf32)((vu32)(n + 127) << 23);
}

FUNCTION vf32 vf32_reduced_expm1(vf32 z, vi32 *n) {
    vf32 k = vf32_rint(z * 0x1.715476p+0f);
    vf32 r = vf32_fma(k, vf32_all(-0x1.62e4p-1f), z);
    r = vf32_fma(k, vf32_all(-0x1.7f7d1cp-20f), r);
    vf32 q = vf32_all(0x1.a19e56p-13f);
    q = vf32_fma(q, r, vf32_all(0x1.6d6fa6p-10f));
    q = vf32_fma(q, r, vf32_all(0x1.111092p-7f));
    q = vf32_fma(q, r, vf32_all(0x1.5554b4p-5f));
    q = vf32_fma(q, r, vf32_all(0x1.555556p-3f));
    q = vf32_fma(q, r, vf32_all(0x1p-1f));
    *n = __builtin_convertvector(k, vi32);
    return vf32_fma(r * r, q, r);
}

FUNCTION vf32 vf32_sigmoid(vf32 x) {
    vi32 n;
    vf32 z = vf32_max(vf32_min(-x, vf32_all(104.0f)), vf32_all(-104.0f));
    vf32 p = vf32_reduced_expm1(z, &n);
    vi32 half = n >> 1; /* rounding either way gives the same result */
    vf32 one = vf32_power_of_two(-half), e = vf32_power_of_two(n - half);
    return one / (one + vf32_fma(e, p, e));
}

FUNCTION vf32 vf32_tanh(vf32 x) {
    vi32 n;
    vu32 sign = (vu32)x & 0x80000000u;
    vf32 z = vf32_min((vf32)((vu32)x & 0x7fffffffu), vf32_all(20.0f));
    vf32 p = vf32_reduced_expm1(-2.0f * z, &n), e = vf32_power_of_two(n);
    vf32 m = vf32_fma(e, p, e - 1.0f);
    return (vf32)(((vu32)(m / (m + 2.0f)) & 0x7fffffffu) | sign);
}

FUNCTION vf32 vf32_activate(enum activation activation, vf32 z) {
    switch (activation) {
    case SIGMOID:
        return vf32_sigmoid(z);
    case TANH:
        return vf32_tanh(z);
    case RELU:
        return vf32_max(z, vf32_all(0.0f));
    case LEAKYRELU:
        return vf32_max(z, 0.01f * z);
    default:
        return z;
    }
}

FUNCTION vu64 vu64_all(uint64_t x) {
    return x - (vu64){0};
}

/* philox4x32() of n * HALF counters, in place: word q of the counters of vector v is in w[v][q], in
   the low 32 bits; ignore the high ones. n > 1 hides the latency of multiplications. */
FUNCTION void vu64_philox(vu64 w[][4], int n, uint64_t seed) {
    vu64 key0 = vu64_all(seed & UINT32_MAX), key1 = vu64_all(seed >> 32);
    for (int round = 0; round < 10; round++) {
        for (int v = 0; v < n; v++) {
            vu64 a = vu64_times(w[v][0], 0xD2511F53u), b = vu64_times(w[v][2], 0xCD9E8D57u);
            w[v][0] = (b >> 32) ^ w[v][1] ^ key0;
            w[v][1] = b;
            w[v][2] = (a >> 32) ^ w[v][3] ^ key1;
            w[v][3] = a;
        }
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

#endif
