/* Making generations: seeding, and one step of the rule on a whole grid. */
#ifndef NCA_STEP_H
#define NCA_STEP_H

#include "format/world.h"
#include "kernels/landscape.h"

/* Generation 0 of world->model, which the caller has set to allowed values: exactly
   floor(width * height * init) living cells with Xavier-uniform genomes, serials 1, 2, .. in cell
   order. Allocates all of the world; freed with world_free(). */
void seed_world(struct world *world);

/* The same, but for flips cells (at most all of them), drawn from the seed: of these, the living
   are dead, and the dead alive, with the genome that would have been theirs. */
void seed_flipped(struct world *world, size_t flips);

/* How many threads serve a world of this size, of so many at most (0: of as many as there are
   processors). */
unsigned step_threads(const struct world *world, unsigned threads);

struct stepper; /* what a backend keeps from one generation to the next */

/* A stepper for worlds of this geometry and model, in a landscape (NULL: none) that it frees in the
   end, with at most this many threads (0: as many as there are processors); small grids get fewer.
   Freed with stepper_free(). The environment, for tests and benchmarks alone:
   NCA_KERNEL=plain|fma|simd|avx2|avx512 chooses the build of the rule (else the fastest), NCA_GRAIN
   the least number of cells for which there is another thread. */
struct stepper *stepper_new(const struct world *world, struct landscape *land, unsigned threads);
void stepper_free(struct stepper *stepper);

/* Advances world by one generation, in place: state, ages, slots, pool and births. The world needs
   all of its sections. Same model, generation and seed: same bits, on every machine. */
void step(struct stepper *stepper, struct world *world);

#endif
