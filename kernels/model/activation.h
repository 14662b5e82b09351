/* SPDX-License-Identifier: MIT */
/* Activation functions in float32, bit-identical wherever IEEE 754 holds: only +, *, /, fma, rint
   and integer operations. Each is monotonic and within 2 ulp of the correctly rounded value for
   every float. For any input, NaN included, no result is NaN, except of leakyrelu and none.
   tests/unit/activation.c tries one float in 256, and all of them with --all, as make check-long
   does. */
#ifndef NCA_ACTIVATION_H
#define NCA_ACTIVATION_H

#include "kernels/model/world.h"
#include "common/compile.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* 2^n, -126 <= n <= 127. */
FUNCTION float power_of_two(int32_t n) {
    uint32_t bits = (uint32_t)(n + 127) << 23;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* For |z| <= 104, z = n ln 2 + r with |r| slightly above ln 2 / 2 at most: sets n, returns exp(r)
   - 1. Cody and Waite's reduction, then a minimax polynomial (relative error 0.04 * 2^-24). */
FUNCTION float reduced_expm1(float z, int32_t *n) {
    float k = rintf(z * 0x1.715476p+0f);
    float r = fmaf(k, -0x1.62e4p-1f, z);
    r = fmaf(k, -0x1.7f7d1cp-20f, r);
    float q = 0x1.a19e56p-13f;
    q = fmaf(q, r, 0x1.6d6fa6p-10f);
    q = fmaf(q, r, 0x1.111092p-7f);
    q = fmaf(q, r, 0x1.5554b4p-5f);
    q = fmaf(q, r, 0x1.555556p-3f);
    q = fmaf(q, r, 0x1p-1f);
    *n = (int32_t)k;
    return fmaf(r * r, q, r);
}

/* 1 / (1 + exp(-x)). Monotonic because each step is. Numerator and denominator carry a factor
   2^-(n/2), so that neither overflows where the result is subnormal. */
FUNCTION float sigmoid(float x) {
    int32_t n;
    float z = -x;
    z = z < 104.0f ? z : 104.0f; /* in this order, so that a NaN becomes 104 */
    z = z > -104.0f ? z : -104.0f;
    float p = reduced_expm1(z, &n);
    float one = power_of_two(-(n / 2)), e = power_of_two(n - n / 2);
    return one / (one + fmaf(e, p, e));
}

/* -m / (m + 2) with m = exp(-2|x|) - 1, which keeps its digits near 0. */
FUNCTION float hyperbolic_tangent(float x) {
    int32_t n;
    float z = fabsf(x);
    z = z < 20.0f ? z : 20.0f;
    float p = reduced_expm1(-2.0f * z, &n), e = power_of_two(n);
    float m = fmaf(e, p, e - 1.0f);
    return copysignf(m / (m + 2.0f), x);
}

/* The activation of the hidden layer (sigma in the thesis) or of the board (phi). */
FUNCTION float activate(enum activation activation, float z) {
    switch (activation) {
    case SIGMOID:
        return sigmoid(z);
    case TANH:
        return hyperbolic_tangent(z);
    case RELU:
        return z > 0.0f ? z : 0.0f;
    case LEAKYRELU:
        return z > 0.0f ? z : 0.01f * z;
    default:
        return z;
    }
}

#endif
