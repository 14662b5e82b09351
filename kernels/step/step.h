/* One generation after the other: the rule on a whole grid. */
#ifndef NCA_STEP_H
#define NCA_STEP_H

#include "common/thread_pool.h"
#include "kernels/model/world.h"
#include "kernels/model/landscape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many threads a world of this size is worth, of at most threads (0: one for each processor).
 */
unsigned step_threads(const struct world *world, unsigned threads);

struct stepper; /* a backend, and its memory */

/* Where generations are made. AUTO: on a CUDA device if there is one and the grid is large enough
   to gain by it. The bits are the same. */
enum backend { AUTO, CPU, CUDA, BACKENDS };
extern const char *const backend_names[BACKENDS];

/* A stepper for this world, in a landscape (NULL: none), which it owns; on the CPU with the threads
   of a workers (NULL: the caller's alone). CUDA without a usable device ends the program, status 1.
   Freed with stepper_free(), before the world and the thread pool.
   Two environment variables are for tests and benchmarks: NCA_KERNEL=plain|fma|simd|avx2|avx512
   chooses the build of the rule (default: the fastest; where it is set, AUTO is the CPU; on x86-64
   simd is in tests' programs only), NCA_GRAIN the least number of cells for each thread. */
struct stepper *stepper_new(struct world *world, struct landscape *land, enum backend backend,
                            struct thread_pool *workers);
void stepper_free(struct stepper *stepper);

/* Advances world by one generation. The world needs all of its sections. Same model, generation
   and seed: same bits, on every machine. Of the new generation only
   world->generation and pool.next_serial are sure to be set: call stepper_fetch() for the rest. */
void step(struct stepper *stepper, struct world *world);

/* Copies parts of the generation last made into world: a set of STATE, AGES, GENOMES (slots, pool
   and births) and BIRTHS (births, with their genomes and their parents' in the pool). On the CPU
   they are there already. */
void stepper_fetch(struct stepper *stepper, struct world *world, unsigned parts);

#ifdef __cplusplus
}
#endif

#endif
