/* Who carries on which genome, and whose child is new, told from the genomes alone: for generations
   that were recorded without their genome pool. */
#ifndef NCA_ANCESTRY_H
#define NCA_ANCESTRY_H

#include "kernels/model/world.h"

struct descent;

/* For worlds of this geometry. Ends the program where memory ends, as all here. */
struct descent *descent_new(const struct world *world);
void descent_free(struct descent *descent);

/* Begins the generation after the one in world, whose slots are to be set, all of them, in cell
   order; the state is to remain that of the generation before. There are no births yet. */
void descent_begin(struct descent *descent, struct world *world);

/* The slot of a genome with these parameters, bit for bit, that was carried in the generation
   before or born in this one; 0 if there is none. Of several it is the one known longest. */
uint32_t descent_find(struct descent *descent, const struct world *world, const float *genome);

/* The slot of the genome that this cell's new one descends from, if the data tell: of those that
   the rule may have handed over, that of the 8 neighbours with alpha above the threshold in the
   generation before (in the raster schedule, of earlier cells also what they have now), the one
   from which the fewest parameters differ. No bias may differ, no weight by more than 1, and half
   of the weights at least must be the same. 0 where there is none, or several that differ. Without
   state, every neighbour may have handed over its own. */
uint32_t descent_parent(struct descent *descent, const struct world *world, size_t cell,
                        const float *genome);

/* A birth: gives the genome the next free slot, the next serial and a parent (0: none); returns the
   slot. It is beyond the number of cells where all are taken, and then needs descent_compact(). */
uint32_t descent_birth(struct descent *descent, struct world *world, uint32_t parent,
                       const float *genome);

/* Moves the genomes that cells carry to slots 1, 2, .. in the order they have. Only for a
   generation that is written with its whole pool. */
void descent_compact(struct descent *descent, struct world *world);

#endif
