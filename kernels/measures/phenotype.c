/* SPDX-License-Identifier: MIT */
#include "kernels/measures/phenotype.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In four partial counts: runs of equal types would otherwise wait for one counter. */
void phenotype_count(const float *alpha, size_t cells, uint32_t levels, uint64_t *count) {
    enum { PARTS = 4 };
    uint32_t part[PARTS][MAX_LEVELS + 1];
    for (size_t j = 0; j < PARTS; j++)
        memset(part[j], 0, ((size_t)levels + 1) * sizeof **part);
    size_t i = 0;
    for (; i + PARTS <= cells; i += PARTS)
        for (size_t j = 0; j < PARTS; j++)
            part[j][phenotype_level(alpha[i + j], levels)]++;
    for (; i < cells; i++)
        part[0][phenotype_level(alpha[i], levels)]++;
    for (uint32_t k = 0; k <= levels; k++)
        count[k] = (uint64_t)part[0][k] + part[1][k] + part[2][k] + part[3][k];
}

/* Natural logarithms; sets the number of types, too. */
static double entropy(const uint64_t *count, uint32_t levels, size_t cells, uint32_t *types) {
    double sum = 0.0;
    *types = 0;
    for (uint32_t k = 0; k <= levels; k++) {
        if (!count[k])
            continue;
        double rho = (double)count[k] / (double)cells;
        sum += rho * log(rho);
        ++*types;
    }
    return 0.0 - sum;
}

double phenotype_entropy(const uint64_t *count, uint32_t levels, size_t cells) {
    uint32_t types;
    double h = entropy(count, levels, cells, &types);
    return types > 1 ? h / log((double)types) : 0.0;
}

double phenotype_bits(const uint64_t *count, uint32_t levels, size_t cells, uint32_t *types) {
    return entropy(count, levels, cells, types) / log(2.0);
}

/* The level of the n-th smallest cell, n from 0. */
static uint32_t ranked(const uint64_t *count, uint64_t n) {
    uint32_t k = 0;
    for (uint64_t below = count[0]; below <= n; below += count[k])
        k++;
    return k;
}

double phenotype_variance(const uint64_t *count, int digits, size_t cells) {
    uint32_t levels = phenotype_levels(digits);
    uint32_t low = ranked(count, (cells - 1) / 2), high = ranked(count, cells / 2);
    char median[32];
    snprintf(median, sizeof median, "%.*f", digits,
             ((double)low / levels + (double)high / levels) / 2.0);
    uint32_t level = (uint32_t)rint(strtod(median, NULL) * levels);
    return sqrt((double)(cells - count[level]) / (double)cells);
}

/* Looks up f of the types of a row, with a margin of one cell at both ends, where the torus wraps.
 */
static void frequencies(const float *alpha, size_t cols, uint32_t levels, const double *f,
                        double *row) {
    for (size_t col = 0; col < cols; col++)
        row[col + 1] = f[phenotype_level(alpha[col], levels)];
    row[0] = row[cols];
    row[cols + 1] = row[1];
}

/* 9 times the deviation in the 3x3 neighbourhood of each cell of a row. Differences from the middle
   cell are integers, so the result is exactly 0 if there is only one type. */
static void deviations(const double *up, const double *row, const double *down, size_t cols,
                       double *deviation) {
    for (size_t col = 0; col < cols; col++) {
        double middle = row[col + 1], sum = 0.0, squares = 0.0;
        for (int d = 0; d < 3; d++) {
            double a = up[col + d] - middle, b = row[col + d] - middle, c = down[col + d] - middle;
            sum += a + b + c;
            squares += a * a + b * b + c * c;
        }
        deviation[col] = sqrt(9.0 * squares - sum * sum);
    }
}

/* In eight partial sums, so that the compiler can vectorize the loop. */
static double sum_of_powers(const double *x, size_t n, double mean, int power) {
    double part[8] = {0}, sum = 0.0;
    for (size_t i = 0; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++) {
            double d = x[i + j] - mean;
            part[j] += power == 2 ? d * d : d;
        }
    for (size_t i = n - n % 8; i < n; i++)
        sum += power == 2 ? (x[i] - mean) * (x[i] - mean) : x[i] - mean;
    for (int j = 0; j < 8; j++)
        sum += part[j];
    return sum;
}

double phenotype_organisation(const float *alpha, size_t rows, size_t cols, const uint64_t *count,
                              uint32_t levels, double *scratch) {
    double *deviation = scratch, *row = scratch + rows * cols, *f = row + 3 * (cols + 2);
    double n = (double)(rows * cols);
    uint64_t least = UINT64_MAX, most = 0;
    for (uint32_t k = 0; k <= levels; k++)
        if (count[k]) {
            least = count[k] < least ? count[k] : least;
            most = count[k] > most ? count[k] : most;
        }
    if (most == least)
        return 0.0;
    for (uint32_t k = 0; k <= levels; k++)
        f[k] = count[k] ? (double)(count[k] - least) : 0.0;

    double *up = row, *middle = up + cols + 2, *down = middle + cols + 2;
    frequencies(alpha + (rows - 1) * cols, cols, levels, f, up);
    frequencies(alpha, cols, levels, f, middle);
    for (size_t r = 0; r < rows; r++) {
        frequencies(alpha + (r + 1) % rows * cols, cols, levels, f, down);
        deviations(up, middle, down, cols, deviation + r * cols);
        double *next = up;
        up = middle;
        middle = down;
        down = next;
    }
    double mean = sum_of_powers(deviation, rows * cols, 0.0, 1) / n;
    double variance = sum_of_powers(deviation, rows * cols, mean, 2) / n;
    return sqrt(variance) / (9.0 * (double)(most - least));
}
