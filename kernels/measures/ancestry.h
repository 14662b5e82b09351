/* SPDX-License-Identifier: MIT */
/* Gives genomes slots, serials and parents when only the genomes of the cells are known: for
   generations that were recorded without their genome pool. */
#ifndef NCA_ANCESTRY_H
#define NCA_ANCESTRY_H

#include "kernels/model/world.h"

struct ancestry;

/* For worlds of this geometry. All functions here end the program if memory runs out. */
struct ancestry *ancestry_new(const struct world *world);
void ancestry_free(struct ancestry *ancestry);

/* Begins the generation after the one in world. The caller then sets the slots of all cells, in
   cell order, and leaves the state as it was in the generation before. There are no births yet. */
void ancestry_begin(struct ancestry *ancestry, struct world *world);

/* The slot of a genome with these parameters, bit for bit, that was carried in the generation
   before or born in this one; 0 if there is none. If several are equal, the one known longest. */
uint32_t ancestry_find(struct ancestry *ancestry, const struct world *world, const float *genome);

/* The slot of the likeliest parent of this cell's new genome. Candidates are the genomes that the
   rule may have handed over: those of the 9 cells around with alpha above the threshold in the
   generation before (in the raster schedule, also what earlier cells have now); without state,
   those of all 9. No bias of a parent may differ, no weight by more than 1, and at least half of
   the weights must be the same; the parent is the one from which the fewest parameters differ. 0:
   there is none, or several different ones. */
uint32_t ancestry_parent(struct ancestry *ancestry, const struct world *world, size_t cell,
                         const float *genome);

/* A birth: gives the genome the next free slot, the next serial and a parent (0: none); returns the
   slot. If all slots up to the number of cells are taken, it is beyond them: then call
   ancestry_compact(). */
uint32_t ancestry_birth(struct ancestry *ancestry, struct world *world, uint32_t parent,
                        const float *genome);

/* Moves the genomes that cells carry to slots 1, 2, .. in the order of their slots. Only for a
   generation that is written with its whole pool. */
void ancestry_compact(struct ancestry *ancestry, struct world *world);

#endif
