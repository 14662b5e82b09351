/* SPDX-License-Identifier: MIT */
/* Hill numbers, effective numbers of kinds (Hill 1973), of genotypes, clades, genotypic hash
   colours and cell types. */
#ifndef NCA_HILL_H
#define NCA_HILL_H

#include "common/hash_table.h"
#include "kernels/model/world.h"

#include <stdbool.h>

/* D_q = (sum of p_i^q)^(1 / (1 - q)) over the kinds of which there are any. */
struct hill_numbers {
    double d0;       /* kinds */
    double d1;       /* the limit q = 1: exp(-sum of p_i ln p_i) */
    double d2;       /* 1 / sum of p_i^2 */
    double dinf;     /* the limit q = infinity: 1 / max p_i */
    double evenness; /* d1 / d0 */
};

enum { HILL_FEW = 16 };

/* What counts come to, one after the other: all zero at first. */
struct hill_sums {
    uint64_t few[HILL_FEW];                 /* counts of each size that is less; of all others: */
    uint64_t kinds, members, squares, most; /* their number, sum, sum of squares, greatest, */
    double logarithms;                      /* and sum of n ln n */
};

void hill_add(struct hill_sums *sums, uint64_t count);

/* The numbers of all counts; of nothing all are 0, and evenness NaN. Ends the sums. */
struct hill_numbers hill_numbers(struct hill_sums *sums);

enum { HILL_GENOTYPES, HILL_CLADES, HILL_GHC, HILL_TYPES, HILL_GROUPS };

struct hill_groups { /* private: numbered from 0; cells of each, 0 between two generations */
    uint32_t *cells;
    size_t count, room;
};

/* Follows the clades of a stream: which genotype of its first generation each genotype descends
   from. All zero at first. */
struct hill {
    struct hill_genotype *genotype; /* private: [slots] what is known of the one in each slot, */
    uint32_t *cells;                /* [slots] and how many cells carry it */
    size_t slots, carriers;
    uint32_t *carrier, *unnumbered; /* [slots] those that cells carry, those without a number */
    bool any;                       /* a generation came before */
    uint64_t run;                   /* of the pool */
    struct hill_groups clades, colours;
    struct hash_table by_colour; /* numbers of colours, from 1 on */
    size_t colours_before;       /* in the generation before */
};

/* Takes the births of a generation that the stream leaves out, as a reader that wants GENOMES and
   WANT_BIRTHS gives them. */
void hill_left_out(struct hill *hill, const struct world *world);

/* The numbers of the next generation, with its births, by group. A carrier is a cell with a genome;
   a genotype that no birth is known of belongs, with its siblings, to the clade of its parent, or
   is one of its own if it has none. Types have levels steps (phenotype_levels()), of the cells with
   alpha that is not 0. Takes time in proportion to the cells and the pool. Ends the program where
   memory ends. */
void hill_take(struct hill *hill, const struct world *world, uint32_t levels,
               struct hill_numbers numbers[HILL_GROUPS]);

/* Frees what it holds, not the hill itself. */
void hill_free(struct hill *hill);

#endif
