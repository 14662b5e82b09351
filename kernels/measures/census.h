/* SPDX-License-Identifier: MIT */
/* The census of a generation: the numbers above every frame of the thesis's animations, and
   numbers of the same kind. */
#ifndef NCA_CENSUS_H
#define NCA_CENSUS_H

#include "kernels/model/world.h"

struct census {
    uint64_t alive;     /* cells with alpha != 0 */
    uint64_t genomes;   /* cells with a genome */
    uint64_t genotypes; /* distinct genomes, compared parameter by parameter */
    uint64_t births;    /* cells with a genome that had none in the generation before */
    uint64_t deaths;    /* cells not alive that were, in the generation before */
    double mean_age;    /* of the living; 0 if there are none */
    double cell_sd;     /* sample standard deviation of alpha over all cells */
    double genome_sd; /* the same of the sample deviation of each cell's P parameters; 0 if empty */
    double genome_sd_carriers; /* the same over cells with a genome; 0 for fewer than two */
};

struct census_state; /* the generation before, and the deviation of each genome */

struct census_state *census_state_new(void);
void census_state_free(struct census_state *state);

/* Takes the census of a world that has all sections (of state, alpha is enough). Births and deaths
   are counted against the world of the call before; the first call counts none. The deviation of
   a single cell is 0. Ends the program if memory runs out. */
struct census census_take(struct census_state *state, const struct world *world);

#endif
