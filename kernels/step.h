/* Making generations: seeding, and one step of the rule on a whole grid. */
#ifndef NCA_STEP_H
#define NCA_STEP_H

#include "common/crew.h"
#include "format/header.h"
#include "format/world.h"
#include "kernels/landscape.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* Where generations are made. AUTO: on a CUDA device if there is one and the grid is so large that
   it gains by it. The bits are the same. */
enum backend { AUTO, CPU, CUDA, BACKENDS };
extern const char *const backend_names[BACKENDS];

/* A stepper for this world, in a landscape (NULL: none) that it frees in the end; on the CPU with
   the threads of a crew (NULL: the caller's alone). CUDA where no device will do ends the program,
   status 1. Freed with stepper_free(), before the world and the crew.
   The environment, for tests and benchmarks alone: NCA_KERNEL=plain|fma|simd|avx2|avx512 chooses
   the build of the rule (else the fastest, and AUTO is then the CPU), NCA_GRAIN the least number of
   cells for which there is another thread. */
struct stepper *stepper_new(struct world *world, struct landscape *land, enum backend backend,
                            struct crew *crew);
void stepper_free(struct stepper *stepper);

/* Advances world by one generation. The world needs all of its sections. Same model, generation
   and seed: same bits, on every machine. What the new generation holds is to be had by
   stepper_fetch() alone; of the world itself only generation and pool.next_serial are sure to be
   that of the new one. */
void step(struct stepper *stepper, struct world *world);

/* Brings parts of the generation last made into world: a set of STATE, AGES, GENOMES (slots, pool
   and births) and BIRTHS (births and their genomes, and their parents', in the pool). On the CPU
   all of it is there already. */
void stepper_fetch(struct stepper *stepper, struct world *world, unsigned parts);

#ifdef __cplusplus
}
#endif

#endif
