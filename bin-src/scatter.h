/* SPDX-License-Identifier: MIT */
/* The genomes of one generation on their two principal components, as a table and its plot. */
#ifndef NCA_SCATTER_H
#define NCA_SCATTER_H

#include "common/table.h"
#include "kernels/measures/cnwa.h"

/* Prints a row for each genome of the generation taken last: its components, species (cluster,
   from 1), cells and serial. The caller has set the name, style and path of the table. */
void scatter_print(const struct cnwa *cnwa, struct table *table);

#endif
