/* SPDX-License-Identifier: MIT */
#include "kernels/measures/pca.h"

#include "common/err.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

void pca_components(const struct cnwa *cnwa, double *component, double share[2]) {
    size_t P = cnwa_parameters(cnwa);
    share[0] = share[1] = 0.0;
    if (!cnwa->count)
        return;
    double *covariance = allocate(P * P, sizeof *covariance, "components");
    double *value = allocate(P, sizeof *value, "components"), total = 0.0, cells = 0.0;
    double *z = allocate(P, sizeof *z, "components");
    for (size_t i = 0; i < cnwa->count; i++) {
        cells += cnwa->weight[i];
        for (size_t p = 0; p < P; p++)
            z[p] = cnwa_standardised(cnwa, i, p);
        for (size_t a = 0; a < P; a++)
            for (size_t b = a; b < P; b++)
                covariance[a * P + b] += cnwa->weight[i] * (z[a] * z[b]);
    }
    for (size_t at = 0; at < P * P; at++)
        covariance[at] /= cells;
    lapack_int n = (lapack_int)P;
    if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', n, covariance, n, value))
        die(EXIT_FAILED, "principal components: LAPACK's dsyev did not converge");
    for (size_t p = 0; p < P; p++)
        total += value[p];
    for (size_t c = 0; c < 2; c++) { /* eigenvalues ascend, vectors are columns */
        const double *vector = covariance + (P - 1 - c);
        double largest = 0.0;
        for (size_t p = 0; p < P; p++)
            if (fabs(vector[p * P]) > fabs(largest))
                largest = vector[p * P];
        share[c] = total > 0.0 ? value[P - 1 - c] / total : 0.0;
        for (size_t i = 0; i < cnwa->count; i++) {
            double sum = 0.0;
            for (size_t p = 0; p < P; p++)
                sum += vector[p * P] * cnwa_standardised(cnwa, i, p);
            component[c * cnwa->count + i] = largest < 0.0 ? -sum : sum;
        }
    }
    free(covariance);
    free(value);
    free(z);
}
