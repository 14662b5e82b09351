/* Principal components of species, apart from the rest so that only who needs them links LAPACK. */
#include "common/err.h"
#include "kernels/species.h"

#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

void species_components(const struct species *s, double *component, double share[2]) {
    size_t P = species_parameters(s);
    double *covariance = allocate(P * P, sizeof *covariance, "components");
    double *value = allocate(P, sizeof *value, "components"), total = 0.0, cells = 0.0;
    for (size_t i = 0; i < s->count; i++)
        cells += s->weight[i];
    for (size_t a = 0; a < P; a++)
        for (size_t b = a; b < P; b++) {
            double sum = 0.0;
            for (size_t i = 0; i < s->count; i++)
                sum +=
                    s->weight[i] * (species_standardised(s, i, a) * species_standardised(s, i, b));
            covariance[a * P + b] = sum / cells;
        }
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
        for (size_t i = 0; i < s->count; i++) {
            double sum = 0.0;
            for (size_t p = 0; p < P; p++)
                sum += vector[p * P] * species_standardised(s, i, p);
            component[c * s->count + i] = largest < 0.0 ? -sum : sum;
        }
    }
    free(covariance);
    free(value);
}
