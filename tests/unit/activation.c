/* SPDX-License-Identifier: MIT */
/* tier: quick, sanitized */
/* sigmoid and tanh against the C library's double precision: within 2 ulp of the correctly rounded
   value, monotonic, exact at 0. Tries every 256th stretch of 4096 neighbouring floats, or all of
   them when called with --all (minutes), as make check-long does. */
#include "kernels/model/activation.h"
#include "tests/tap.h"

#include <float.h>
#include <string.h>

static float float_of(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* One unit in the last place of the float nearest to x. */
static double ulp(double x) {
    int exponent;
    frexpf((float)x, &exponent);
    return ldexp(1.0, exponent < -125 ? -149 : exponent - 24);
}

struct verdict {
    double worst;
    unsigned long tried, falls;
};

/* Floats of one sign, from the smallest magnitude up, in stretches of which each step-th is tried.
 */
static struct verdict examine(bool is_tanh, bool negative, uint32_t step) {
    enum { STRETCH = 4096 };
    struct verdict v = {0, 0, 0};
    for (uint32_t start = 0; start < 0x7f800000u; start += STRETCH * step) {
        float before = 0;
        for (uint32_t i = 0; i < STRETCH; i++) {
            float x = float_of((start + i) | (negative ? 0x80000000u : 0));
            float y = is_tanh ? hyperbolic_tangent(x) : sigmoid(x);
            double exact = is_tanh ? tanh((double)x) : 1.0 / (1.0 + exp(-(double)x));
            double error = fabs((double)y - (float)exact) / ulp(exact);
            v.worst = error > v.worst || isnan(error) ? error : v.worst; /* NaN stays */
            v.falls += i && !(negative ? y <= before : y >= before);
            v.tried++;
            before = y;
        }
    }
    return v;
}

int main(int argc, char **argv) {
    uint32_t step = argc > 1 && !strcmp(argv[1], "--all") ? 1 : 256;
    for (int is_tanh = 0; is_tanh < 2; is_tanh++)
        for (int negative = 0; negative < 2; negative++) {
            const char *name = is_tanh ? "tanh" : "sigmoid", *sign = negative ? "< 0" : "> 0";
            struct verdict v = examine(is_tanh, negative, step);
            ok(v.worst <= 2.0, "%s, %s: %g ulp at most over %lu floats", name, sign, v.worst,
               v.tried);
            ok(v.falls == 0, "%s, %s: monotonic", name, sign);
        }
    ok(sigmoid(0.0f) == 0.5f && sigmoid(-0.0f) == 0.5f, "sigmoid(0) = 0.5");
    ok(hyperbolic_tangent(0.0f) == 0.0f, "tanh(0) = 0");
    ok(sigmoid(FLT_MAX) == 1.0f && sigmoid(-FLT_MAX) == 0.0f && hyperbolic_tangent(FLT_MAX) == 1.0f,
       "finite at the ends");
    ok(sigmoid(NAN) == 0.0f && fabsf(hyperbolic_tangent(NAN)) <= 1.0f, "no NaN comes out");
    ok(activate(RELU, -1.0f) == 0.0f && activate(RELU, 2.0f) == 2.0f &&
           activate(LEAKYRELU, -100.0f) == -1.0f && activate(NONE, -3.0f) == -3.0f,
       "relu, leakyrelu, none");
    return done();
}
