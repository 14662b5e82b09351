/* Cell types: alpha rounded to a number of decimals, halves to even. Definitions of the measures of
   phenotypic diversity: Jain and Nichele 2024, section on phenotypic diversity. */
#ifndef NCA_TYPES_H
#define NCA_TYPES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum { MOST_DIGITS = 3 };

/* 10^digits: types go from level 0 to this one, and a type is level / 10^digits. */
static inline uint32_t type_levels(int digits) {
    uint32_t levels = 1;
    while (digits--)
        levels *= 10;
    return levels;
}

/* The level of a cell with this alpha (0..1); float32 times a power of ten is exact in double. */
static inline uint32_t type_level(float alpha, uint32_t levels) {
    return (uint32_t)rint((double)alpha * levels);
}

/* Counts the cells of each level: count[levels + 1]. */
void type_count(const float *alpha, size_t cells, uint32_t levels, uint64_t *count);

/* GEP, global entropy, from such counts: -sum(rho ln rho) / ln K over the K types present; 0 if
   there is one. */
double type_entropy(const uint64_t *count, uint32_t levels, size_t cells);

#endif
