/* SPDX-License-Identifier: MIT */
/* Advances a world by one generation: the rule on a whole grid. */
#ifndef NCA_STEP_H
#define NCA_STEP_H

#include "common/thread_pool.h"
#include "kernels/model/world.h"
#include "kernels/model/landscape.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The last possible generation: the random counter has one word for it. */
#define LAST_GENERATION UINT32_MAX

/* The number of threads that speed up a world of this size, at most threads (0: the number of
   processors). */
unsigned step_threads(const struct world *world, unsigned threads);

struct stepper; /* a backend, and its memory */

/* Where generations are computed; all give the same bits. AUTO: a CUDA device if there is one and
   the grid is large enough to gain by it, else the CPU. */
enum backend { AUTO, CPU, CUDA, BACKENDS };
extern const char *const backend_names[BACKENDS];

/* Whether to look for a device for so many cells, in one world or several. */
bool step_on_device(enum backend backend, size_t cells);

/* A stepper for this world, in a landscape (NULL: none), which it owns; on the CPU with these
   workers (NULL: the caller's thread alone). CUDA without a usable device ends the program,
   status 1. Freed with stepper_free(), before the world and the thread pool. Tests and benchmarks
   set two environment variables: NCA_KERNEL=plain|fma|simd|avx2|avx512 chooses the build of the
   rule (default: the fastest; if set, AUTO is the CPU; on x86-64 only test programs have simd),
   NCA_GRAIN the smallest number of cells for each thread. */
struct stepper *stepper_new(struct world *world, struct landscape *land, enum backend backend,
                            struct thread_pool *workers);
void stepper_free(struct stepper *stepper);

/* Advances world, which has all sections, by one generation. The same model, generation and seed
   give the same bits on every machine. Sets world->generation and pool.next_serial; call
   stepper_fetch() for the rest. */
void step(struct stepper *stepper, struct world *world);

/* Copies parts of the current generation into world: a set of STATE, AGES, GENOMES (slots, pool and
   births) and BIRTHS (births; in the pool, their genomes and those of their parents). On the CPU
   all are there already. */
void stepper_fetch(struct stepper *stepper, struct world *world, unsigned parts);

#ifdef __cplusplus
}
#endif

#endif
