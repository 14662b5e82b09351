/* Principal components of species, apart from the rest so that only who needs them links LAPACK. */
#include "common/err.h"
#include "common/table.h"
#include "kernels/measures/cnwa.h"

#include <inttypes.h>
#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void species_components(const struct species *s, double *component, double share[2]) {
    size_t P = species_parameters(s);
    double *covariance = allocate(P * P, sizeof *covariance, "components");
    double *value = allocate(P, sizeof *value, "components"), total = 0.0, cells = 0.0;
    double *z = allocate(P, sizeof *z, "components");
    for (size_t i = 0; i < s->count; i++) {
        cells += s->weight[i];
        for (size_t p = 0; p < P; p++)
            z[p] = species_standardised(s, i, p);
        for (size_t a = 0; a < P; a++)
            for (size_t b = a; b < P; b++)
                covariance[a * P + b] += s->weight[i] * (z[a] * z[b]);
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
        for (size_t i = 0; i < s->count; i++) {
            double sum = 0.0;
            for (size_t p = 0; p < P; p++)
                sum += vector[p * P] * species_standardised(s, i, p);
            component[c * s->count + i] = largest < 0.0 ? -sum : sum;
        }
    }
    free(covariance);
    free(value);
    free(z);
}

void species_scatter(const struct species *s, struct table *table) {
    static const char *const columns[] = {"pc1",    "pc2",       "species",  "cells",
                                          "serial", "pc1_share", "pc2_share"};
    double *component = allocate(s->count, 2 * sizeof *component, "components"), share[2];
    char plot[640], title[64];
    species_components(s, component, share);
    snprintf(title, sizeof title, "Species of generation %" PRIu64, s->generation);
    snprintf(plot, sizeof plot,
             "set key outside\nset offsets graph 0.02, graph 0.02, graph 0.02, graph 0.02\n"
             "set xlabel 'principal component 1 (%.1f %% of variance)'\n"
             "set ylabel 'principal component 2 (%.1f %%)'\n"
             "plot for [s=1:%u] $%s using 2:($4 == s ? $3 : NaN) with points pointtype 7 \\\n"
             "     pointsize 0.5 linetype s title sprintf('species %%d', s)\n",
             100.0 * share[0], 100.0 * share[1], s->k, table->name);
    table->title = title;
    table->ylabel = "";
    table->plot = plot;
    table->columns = columns;
    table->count = 7;
    table_begin(table);
    for (size_t i = 0; i < s->count; i++) {
        double row[] = {component[i], component[s->count + i], s->of[i] + 1.0,
                        s->weight[i], (double)s->serial[i],    share[0],
                        share[1]};
        table_row(table, s->generation, row);
    }
    table_end(table);
    free(component);
}
