/* SPDX-License-Identifier: MIT */
/* Structure in space: whether what is near is alike. The grid is a torus; each of the 8 offsets to
   a neighbour counts once, also where a side of 1 or 2 makes two lead to one cell, but not if it
   leads to the cell itself. */
#ifndef NCA_SPACE_H
#define NCA_SPACE_H

#include "kernels/model/world.h"

struct space_numbers {
    double moran;         /* Moran's I of alpha */
    double join;          /* neighbouring pairs of carriers that carry one genotype, a share, */
    double join_expected; /* and that of all pairs of carriers */
    double xi;            /* correlation length of alpha, in cells */
    uint64_t patches,
        largest; /* 8-connected components of living cells, and cells of the largest */
    double h0;   /* entropy of the cells' types, in bits */
    double mi;   /* mutual information of a cell's type and that of its right or lower
                    neighbour, in bits */
};

struct space {             /* private; all zero at first */
    double *away;          /* [N] alpha less its mean */
    uint16_t *kind;        /* [N] type, by number of those that occur */
    uint32_t *cells;       /* [slots] cells that carry the genotype in each slot */
    uint32_t *pairs[2];    /* [kinds][kinds] of a cell and that to the right, and that below */
    struct space_run *run; /* [runs] living cells side by side in a row */
    size_t slots, pairs_room, runs, run_room;
};

/* The numbers of a generation: alpha and slots are enough. Types have levels steps
   (phenotype_levels()). 0/0 is NaN: moran and xi if alpha is constant, join without neighbouring
   carriers, mi of a single cell; xi also if the correlation never falls below 1/e. Takes time in
   proportion to the cells and the pool, times xi, and to the square of the types that occur. Ends
   the program where memory ends. */
struct space_numbers space_take(struct space *space, const struct world *world, uint32_t levels);

/* Frees what it holds, not the space itself. */
void space_free(struct space *space);

#endif
