/* SPDX-License-Identifier: MIT */
/* The diversity of the genotypes that cells carry, and the shape of their tree. */
#ifndef NCA_DIVERSITY_H
#define NCA_DIVERSITY_H

#include "kernels/measures/lineage.h"

/* Of the extant genotypes, each counted once, in the tree of them and their ancestors. The length
   of a branch is the number of generations from the origin of a parent to that of its child;
   branches of roots begin in the first generation of the stream, where all trees meet. */
struct diversity {
    uint64_t genotypes; /* extant */
    uint64_t ancestors; /* extinct ancestors of extant genotypes */
    double depth_mean;  /* of genotype.depth; 0 if none is extant */
    uint64_t depth_max;
    double mrca_age; /* generations since the origin of the most recent common ancestor, which may
                        be extant itself; NaN if there is none */
    double
        diversity; /* phylogenetic diversity (Faith 1992): the sum of the lengths of all branches */
    double distance;   /* along the branches, mean over all pairs; 0 for fewer than two genotypes */
    uint64_t founders; /* roots of the tree: genotypes that descend from no other */

    /* Of the tree in which all roots have one parent, extant genotypes are leaves (with extant
       descendants, of themselves), and nodes with a single child are passed over: Sackin's index,
       the sum over all leaves of the nodes above; and the Colless-like index (Mir, Rotger and
       Rossello 2018) with f(k) = ln(k + e) and the mean deviation from the median. */
    double sackin, colless_like;

    /* Evolutionary distinctiveness by fair proportion (Isaac and others 2007): each branch on the
       path to a genotype divided by the extant genotypes at or below its end, plus generations
       since the origin of the genotype. NaN if there is none. */
    double ed_mean, ed_max;
    double vpd;       /* population variance of the distances; 0 for fewer than two genotypes */
    double mutations; /* weights that changed, mean over the births in the tree; NaN: no birth */
};

struct diversity_work { /* private; all zero at first */
    struct diversity_node *node;
    uint32_t *order;
    double *sizes;
    size_t node_capacity, order_capacity, sizes_capacity;
};

/* The lineage counts changes and has no splice. Takes time proportional to the size of the tree,
   and to k log k for each node with k children. Sums are exact while they stay below 2^53. Ends the
   program if memory runs out. */
struct diversity lineage_diversity(const struct lineage *lineage, struct diversity_work *work);

/* Frees what it holds, not the struct itself. */
void diversity_work_free(struct diversity_work *work);

#endif
