/* SPDX-License-Identifier: MIT */
/* The genotypes of a page of nca-play, packed: a table of all, and what differs between genomes. */
#ifndef NCA_GENOTYPES_H
#define NCA_GENOTYPES_H

#include "common/deflate.h"
#include "common/thread_pool.h"
#include "kernels/measures/colours.h"
#include "kernels/measures/pedigree.h"

enum { GENOTYPES_BLOCK = 4096 }; /* genotypes in each block of genomes */

struct packed_genotypes {
    struct bytes table;
    struct bytes *genomes;      /* [blocks] */
    size_t count, blocks, size; /* size: letters that they take on the page */
};

/* Packs the genotypes that a pedigree lists. Their table has these columns: number (here and below,
   from that of the row before, the sign in the lowest bit), serial, from that of the row before,
   its 32 low bits and the others; parent, so many rows before, or 0; origin, after generation
   first, and cell, both as number is; mutations since the parent, less 1, or 0 for a founder; most
   cells; the generations from its origin until it had these; GHC and RWSP, exclusive or with the
   parent's. A block of genomes has: weights and biases that are not the parent's (for a founder:
   that are not 0), how many of each genotype, the positions of all, and their values as float32.
   The workers pack blocks side by side. */
struct packed_genotypes genotypes_pack(struct pedigree *pedigree, const struct model *model,
                                       const struct colours *rwsp, uint64_t first,
                                       struct thread_pool *workers);

/* The letters that each of these genotypes takes on the page, about: of many, some are packed. */
double genotypes_each(struct pedigree *pedigree, const struct model *model,
                      const struct colours *rwsp, uint64_t first, struct thread_pool *workers);

void genotypes_free(struct packed_genotypes *packed);

#endif
