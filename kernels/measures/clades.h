/* SPDX-License-Identifier: MIT */
/* The genotypes, or the clades, with the most cell-generations in a run. Memory is used for those
   that are extant and, of the extinct ones, for as many as are to be reported. */
#ifndef NCA_CLADES_H
#define NCA_CLADES_H

#include "kernels/measures/lineage.h"

/* A genotype alone, or a genotype and all its descendants. */
struct clade {
    uint64_t serial, parent;      /* serials of the genotype and of its parent */
    uint64_t origin;              /* generation in which the genotype was born */
    uint64_t extinction;          /* first generation without any cell; EXTANT if there is none */
    uint64_t total_cells, births; /* as in struct genotype (kernels/measures/lineage.h) */
    uint64_t max_cells, peak;     /* as in struct genotype */
    uint32_t entry;               /* number of the clade; of a genotype private */
};

struct clades {
    /* Set by the caller before the first generation; all else is zero then. */
    size_t max_reported; /* report so many at most */
    size_t max_for_half; /* of clades, report more, up to so many, if the others have half of the
                            cell-generations or more */
    bool by_clade; /* report the clades of the genotypes that cells carry in generation from */
    bool founders; /* that is the first one taken */
    uint64_t from;
    bool over_time; /* keep counts for clades_cells() */
    bool tree;      /* of clades: keep the ancestors of what is alive in lineage, for its tree */

    size_t rows;          /* generations taken; of clades, those since generation from */
    uint64_t *generation; /* [rows] */
    struct clade *list;   /* [reported] set by clades_rank(): most cell-generations first */
    size_t reported;

    /* Of clades, from generation from on. A number is that of a clade, from 1; 0: of none. */
    size_t count;           /* clades */
    struct clade *clade;    /* [count + 1] by number, before clades_rank(); NULL: none yet */
    uint64_t *cells;        /* [count + 1] of each in the generation taken last */
    uint32_t *slot_clade;   /* [slots] number for the genotype in a slot */
    struct lineage lineage; /* the mark of a genotype is its number */

    size_t rows_capacity, series_capacity, slots, heap_count; /* the rest is private */
    struct series *series; /* [series_capacity] by entry: cells of a genotype and of its forgotten
                              descendants; or by number of the clade */
    uint32_t *heap;        /* [heap_count] entries of extinct genotypes, the lowest on top */
    bool *had;             /* [N] whether the cell had a genome in the generation before */
};

/* Takes the next generation, as lineage_take() does. False: lineage.error says why. Ends the
   program if memory runs out. */
bool clades_take(struct clades *clades, const struct world *world, bool in_stream);

/* Ranks all, once all generations are taken. False: generation from did not come. */
bool clades_rank(struct clades *clades);

/* After clades_rank(): adds the cells of each genotype that is not reported to its nearest reported
   ancestor, or to number 0 if it has none. Number s is list[s - 1]. Returns inside[reported + 1],
   owned by the caller: number s descends most closely from number inside[s]. */
uint32_t *clades_nest(struct clades *clades);

/* After clades_nest(): the cells of number s in a row. */
uint32_t clades_cells(const struct clades *clades, size_t s, size_t row);

/* Frees what it holds, not the struct itself. */
void clades_free(struct clades *clades);

#endif
