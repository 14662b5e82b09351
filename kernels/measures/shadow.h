/* SPDX-License-Identifier: MIT */
/* A neutral shadow of a run (Rechtsteiner and Bedau 1999): in each cell another genotype of the
   same run. Cells get and lose genotypes when they do in the run, and births and the ages of cells
   are the run's; chance says whose genotype dies and whose is handed on. So genotypes spread by
   chance alone. Used by kernels/measures/activity.c. */
#ifndef NCA_SHADOW_H
#define NCA_SHADOW_H

#include "kernels/model/world.h"

/* What the shadow of a generation, t + 1, is made of: in that of t, the carriers of each age
   exchange their genotypes: by index, they take those of the same cells in the order of the keys w0
   + 2^32 w1. Then cells that lose their genome in the run lose it. Cells that get another take that
   one if it is born in t + 1; else that of number w2 * n / 2^32, rounded down, of the n living
   carriers of t by index, or, if n is 0, the run's. The words are drawn for the cell, generation t
   + 1 and purpose SHADOW. */
struct shadow;

/* For worlds of this geometry, with genomes, ages and alpha. Ends the program where memory ends. */
struct shadow *shadow_new(const struct world *world);

/* The next generation; none was left out. The first one is the run's own. birth[slot] is the
   generation in which the genotype in it was born. Takes time in proportion to the cells and the
   slots. */
void shadow_step(struct shadow *shadow, const struct world *world, const uint64_t *birth);

/* Writes, for each genotype that is carried in the shadow, the number of generations from that of
   its birth on to values, which has room for one for each cell. Returns how many they are. */
size_t shadow_activities(const struct shadow *shadow, uint64_t generation, uint64_t *values);

void shadow_free(struct shadow *shadow);

#endif
