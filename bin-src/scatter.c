/* SPDX-License-Identifier: MIT */
#include "bin-src/scatter.h"

#include "common/err.h"
#include "kernels/measures/pca.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void scatter_print(const struct cnwa *cnwa, struct table *table) {
    static const char *const columns[] = {"pc1",    "pc2",       "species",  "cells",
                                          "serial", "pc1_share", "pc2_share"};
    double *component = allocate(cnwa->count, 2 * sizeof *component, "components"), share[2];
    char plot[640], title[64];
    pca_components(cnwa, component, share);
    snprintf(title, sizeof title, "Species of generation %" PRIu64, cnwa->generation);
    snprintf(plot, sizeof plot,
             "set offsets graph 0.02, graph 0.02, graph 0.02, graph 0.02\n"
             "set xlabel 'principal component 1 (%.1f %% of variance)'\n"
             "set ylabel 'principal component 2 (%.1f %%)'\n"
             "plot for [s=1:%u] $%s using 2:($4 == s ? $3 : NaN) with points pointtype 7 \\\n"
             "     pointsize 0.5 linetype s title sprintf('species %%d', s)\n",
             100.0 * share[0], 100.0 * share[1], cnwa->k, table->name);
    table->title = title;
    table->ylabel = "";
    table->plot = plot;
    table->columns = columns;
    table->count = 7;
    table_begin(table);
    for (size_t i = 0; i < cnwa->count; i++) {
        double row[] = {component[i],    component[cnwa->count + i], cnwa->of[i] + 1.0,
                        cnwa->weight[i], (double)cnwa->serial[i],    share[0],
                        share[1]};
        table_row(table, cnwa->generation, row);
    }
    table_end(table);
    free(component);
}
