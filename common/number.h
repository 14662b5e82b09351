/* SPDX-License-Identifier: MIT */
/* Numbers as text, and rounded. */
#ifndef NCA_NUMBER_H
#define NCA_NUMBER_H

#include <stdint.h>
#include <string.h>

/* Writes a number to text with the fewest digits that read back as the same number ("nan" for every
   NaN); returns text. */
const char *float_text(char text[32], float value);
const char *double_text(char text[32], double value);

/* The nearest whole number, halves to even, of one below 2^31: adding 1.5 * 2^52 rounds to an
   integer in the low bits. Without the instruction that rint() needs, this takes half the time. */
static inline int32_t round_even(double value) {
    double shifted = value + 0x1.8p52;
    int64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    return (int32_t)bits;
}

/* The same for a float below 2^22, in a form that compilers do for several at a time. */
static inline int32_t round_small(float value) {
    const float shift = 0x1.8p23f;
    float shifted = value + shift;
    int32_t bits, zero;
    memcpy(&bits, &shifted, sizeof bits);
    memcpy(&zero, &shift, sizeof zero);
    return bits - zero;
}

#endif
