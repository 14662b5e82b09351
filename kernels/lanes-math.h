/* kernels/sigma.h and kernels/philox.h on vectors of cells: the same bits. */
#ifndef NCA_LANES_MATH_H
#define NCA_LANES_MATH_H

#include "format/header.h"
#include "kernels/lanes.h"

/* Sigmoid and tanh, operation by operation as in kernels/sigma.h. */

FUNCTION real lanes_power_of_two(whole n) {
    return (real)((natural)(n + 127) << 23);
}

FUNCTION real lanes_reduced_expm1(real z, whole *n) {
    real k = real_rint(z * 0x1.715476p+0f);
    real r = real_fma(k, real_all(-0x1.62e4p-1f), z);
    r = real_fma(k, real_all(-0x1.7f7d1cp-20f), r);
    real q = real_all(0x1.a19e56p-13f);
    q = real_fma(q, r, real_all(0x1.6d6fa6p-10f));
    q = real_fma(q, r, real_all(0x1.111092p-7f));
    q = real_fma(q, r, real_all(0x1.5554b4p-5f));
    q = real_fma(q, r, real_all(0x1.555556p-3f));
    q = real_fma(q, r, real_all(0x1p-1f));
    *n = __builtin_convertvector(k, whole);
    return real_fma(r * r, q, r);
}

FUNCTION real lanes_sigmoid(real x) {
    whole n;
    real z = real_max(real_min(-x, real_all(104.0f)), real_all(-104.0f));
    real p = lanes_reduced_expm1(z, &n);
    whole half = n >> 1; /* which of the two ways to round makes no difference */
    real one = lanes_power_of_two(-half), e = lanes_power_of_two(n - half);
    return one / (one + real_fma(e, p, e));
}

FUNCTION real lanes_tanh(real x) {
    whole n;
    natural sign = (natural)x & 0x80000000u;
    real z = real_min((real)((natural)x & 0x7fffffffu), real_all(20.0f));
    real p = lanes_reduced_expm1(-2.0f * z, &n), e = lanes_power_of_two(n);
    real m = real_fma(e, p, e - 1.0f);
    return (real)(((natural)(m / (m + 2.0f)) & 0x7fffffffu) | sign);
}

FUNCTION real lanes_activate(enum activation activation, real z) {
    switch (activation) {
    case SIGMOID:
        return lanes_sigmoid(z);
    case TANH:
        return lanes_tanh(z);
    case RELU:
        return real_max(z, real_all(0.0f));
    case LEAKYRELU:
        return real_max(z, 0.01f * z);
    default:
        return z;
    }
}

FUNCTION wide wide_all(uint64_t x) {
    return x - (wide){0};
}

/* philox4x32() of n times HALF counters: as they do not wait for each other, several are faster. */
FUNCTION void lanes_philox(wide w[][4], int n, uint64_t seed) {
    wide key0 = wide_all(seed & UINT32_MAX), key1 = wide_all(seed >> 32);
    for (int round = 0; round < 10; round++) {
        for (int v = 0; v < n; v++) {
            wide a = wide_times(w[v][0], 0xD2511F53u), b = wide_times(w[v][2], 0xCD9E8D57u);
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
