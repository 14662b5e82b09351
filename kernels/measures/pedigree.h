/* SPDX-License-Identifier: MIT */
/* The genotypes that chosen generations of a run carry, each with its genome, with its nearest
   ancestor among them, and with its founder. Memory grows with these genotypes, not with the run.
 */
#ifndef NCA_PEDIGREE_H
#define NCA_PEDIGREE_H

#include "kernels/measures/lineage.h"

/* A chosen generation has a level: how long it stays chosen. */
enum { PEDIGREE_ALWAYS = 255 };

struct pedigree {             /* all zero at first */
    struct lineage lineage;   /* of the generations taken so far */
    size_t count;             /* of genotypes that chosen generations carry */
    struct pedigree_row *row; /* [rows] set by pedigree_list() */
    size_t rows;
    struct pedigree_entry *entry; /* [capacity] by entry of the lineage */
    float *genome;                /* [capacity][P] of those that are carried, and of founders */

    size_t capacity, rows_capacity; /* the rest is private */
    uint32_t last;                  /* number given last */
    uint64_t founders;              /* of the lineage that were looked for */
};

struct pedigree_entry {
    uint32_t number; /* from 1 on, in the order in which pedigree_choose() met them; 0: no chosen
                        generation carries it */
    uint8_t level;   /* private: the highest of the generations that carry it, */
    bool captured;   /* and whether genome has it */
};

/* A genotype that chosen generations carry, or the founder of one that they carry. */
struct pedigree_row {
    uint32_t entry;  /* of the lineage */
    uint32_t parent; /* its nearest ancestor that is listed: the row + 1; 0: a founder */
};

/* Takes the next generation, as lineage_take() does. False: lineage.error says why. All functions
   here end the program if memory runs out. */
bool pedigree_take(struct pedigree *pedigree, const struct world *world, bool in_stream);

/* Chooses the generation that was taken last: cell[N] gets the number of each cell's genotype, 0
   where there is none. */
void pedigree_choose(struct pedigree *pedigree, const struct world *world, unsigned level,
                     uint32_t *cell);

/* Chosen generations of lower levels are not chosen any more: forgets genotypes that only they
   carry. */
void pedigree_thin(struct pedigree *pedigree, unsigned level);

/* Lists the genotypes in row, by serial, so that parents come before their children, and brings the
   counters of the lineage up to date. */
void pedigree_list(struct pedigree *pedigree);

/* Frees what it holds, not the struct itself. */
void pedigree_free(struct pedigree *pedigree);

#endif
