/* SPDX-License-Identifier: MIT */
/* The tree of the living over the generations, as a table of its branches and their plot. */
#ifndef NCA_PHYLOGENY_H
#define NCA_PHYLOGENY_H

#include "common/colormap.h"
#include "common/table.h"
#include "kernels/measures/clades.h"

enum { MAX_LEAVES = 1000, PHYLOGENY_CLADES = DISTINCT - 1 };

/* Prints a row for each branch of the tree of those genotypes that most cells carry in the
   generation taken last, at most so many. The clades have been ranked, with tree, by_clade and
   PHYLOGENY_CLADES for max_reported: the colours are those of nca-species's Muller plot. The caller
   has set the name and style of the table. */
void phylogeny_print(struct clades *clades, size_t leaves, struct table *table);

#endif
