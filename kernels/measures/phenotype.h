/* SPDX-License-Identifier: MIT */
/* Cell types: alpha rounded to a number of decimals, halves to even. Definitions of the measures of
   phenotypic diversity: Jain and Nichele 2024, section on phenotypic diversity. */
#ifndef NCA_PHENOTYPE_H
#define NCA_PHENOTYPE_H

#include "common/number.h"

#include <stddef.h>
#include <stdint.h>

enum { MAX_DIGITS = 3, MAX_LEVELS = 1000 };

/* 10^digits: types go from level 0 to this one, and a type is level / 10^digits. */
static inline uint32_t phenotype_levels(int digits) {
    uint32_t levels = 1;
    while (digits--)
        levels *= 10;
    return levels;
}

/* The level of a cell with this alpha (0..1). float32 times a power of ten is exact in double. */
static inline uint32_t phenotype_level(float alpha, uint32_t levels) {
    return (uint32_t)round_even((double)alpha * levels);
}

/* Counts the cells of each level: count[levels + 1]. */
void phenotype_count(const float *alpha, size_t cells, uint32_t levels, uint64_t *count);

/* GEP, global entropy, from such counts: -sum(rho ln rho) / ln K over the K types present; 0 if
   there is one. */
double phenotype_entropy(const uint64_t *count, uint32_t levels, size_t cells);

/* H, the entropy of the types in bits: -sum(rho log2 rho); and K, how many there are. Divided by
   log2 K, that is GEP. */
double phenotype_bits(const uint64_t *count, uint32_t levels, size_t cells, uint32_t *types);

/* GCVP, gross cell variance: the square root of the share of cells whose type is not the median
   type. For an even number of cells the median is the mean of the middle two, rounded to digits as
   printf("%.*f") rounds it. */
double phenotype_variance(const uint64_t *count, int digits, size_t cells);

/* CLOGV, cell local organisation: with f = (count - least) / (most - least) of a cell's type among
   the types present, the population standard deviation over the grid of each 3x3 neighbourhood's
   deviation of f, sqrt(sum (f - mean)^2) / 3. 0 if all types present are equally many. scratch:
   the caller provides phenotype_scratch() doubles. */
double phenotype_organisation(const float *alpha, size_t rows, size_t cols, const uint64_t *count,
                              uint32_t levels, double *scratch);

static inline size_t phenotype_scratch(size_t rows, size_t cols, uint32_t levels) {
    return rows * cols + 3 * (cols + 2) + levels + 1;
}

#endif
