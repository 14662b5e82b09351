/* SPDX-License-Identifier: MIT */
/* Which weights of a genome matter: informative sites. */
#ifndef NCA_INFORMATIVE_H
#define NCA_INFORMATIVE_H

#include "kernels/model/landscape.h"
#include "kernels/model/world.h"

/* Sets informative[10 L^2], W1 and W2 by rows, to 1 for the weights that are not 0 and for which
   some of these cells, all with the genome, lives in the next generation by steps 1 to 5 of the
   model (nca(7)), but would not if the weight were 0; else to 0. Returns how many there are. The
   world has its state, all channels; the landscape, if there is one, is set for the next
   generation. Takes time in proportion to count and to L^3. */
size_t informative_sites(const struct world *world, const struct landscape *land,
                         const float *genome, const uint32_t *cell, size_t count,
                         uint8_t *informative);

#endif
