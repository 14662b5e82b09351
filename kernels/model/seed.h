/* SPDX-License-Identifier: MIT */
/* Generation 0. */
#ifndef NCA_SEED_H
#define NCA_SEED_H

#include "common/thread_pool.h"
#include "kernels/model/world.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Generation 0 of world->model, whose values the caller has checked: exactly
   floor(width * height * init) living cells with Xavier-uniform genomes, serials 1, 2, .. in cell
   order. Allocates all of the world; freed with world_free(). The workers (NULL: the caller alone)
   do not change what is made. */
void seed_world(struct world *world, struct thread_pool *workers);

/* The same, but in flips cells (at most all of them), drawn from the seed, dead and alive are
   exchanged: those now alive have the genome that each cell would get if it were alive. */
void seed_flipped(struct world *world, size_t flips, struct thread_pool *workers);

#ifdef __cplusplus
}
#endif

#endif
