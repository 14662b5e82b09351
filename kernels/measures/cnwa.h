/* SPDX-License-Identifier: MIT */
/* CNWA, clustering neural weights: k-means over the genomes of a generation. Jain and Nichele 2024,
   section on genotypic diversity; Lloyd, IEEE Trans. Inf. Theory 28, 1982; k-means++ by Arthur and
   Vassilvitskii, SODA 2007. The thesis calls the clusters species, and so do tables and options. */
#ifndef NCA_CNWA_H
#define NCA_CNWA_H

#include "kernels/model/world.h"

#include <stdbool.h>

enum { MAX_CLUSTERS = 32, MAX_ITERATIONS = 300 };

/* Parameters are rounded to two decimals and standardised over all cells, empty ones included
   (population standard deviation; a parameter that does not vary stays 0). Sums are over whole
   hundredths, and thus exact, so that every machine finds the same clusters. */
struct cnwa {
    uint32_t k;                   /* the number of clusters */
    bool carriers;                /* set by the caller: leave out cells without a genome */
    bool track;                   /* likewise: see cnwa_take() */
    uint64_t cells[MAX_CLUSTERS]; /* of each in the last generation taken */

    /* The genomes of that generation, in slot order: the empty one first if a cell has it. */
    uint64_t generation;
    size_t count;
    uint32_t *slot;      /* [count] */
    uint64_t *serial;    /* [count] */
    uint32_t *weight;    /* [count] cells that carry it */
    uint8_t *of;         /* [count] its cluster, 0 .. k - 1 */
    uint8_t *of_slot;    /* [pool.capacity + 1] the same by slot, for slots that cells carry */
    struct kmeans *work; /* private */
};

/* Prepares for worlds of this geometry and seed. cnwa_free() frees it. */
struct cnwa *cnwa_new(const struct world *world, uint32_t k);
void cnwa_free(struct cnwa *cnwa);

/* Clusters the genomes of a generation: k-means from the initial centroids, until no assignment
   changes or for MAX_ITERATIONS. The initial centroids, in standardised parameters, are those that
   k-means finds on the first generation taken, from a k-means++ draw; they stay the same for all
   later ones, so that a cluster keeps its number. With track they are instead the centroids, as
   means of parameters, that the generation before ended with, or, for a cluster that was empty, the
   last one with it. If there is nothing to cluster, all clusters are empty. A cluster without cells
   gets the genome farthest from its own centroid; if fewer than k genomes are distinct, clusters
   stay empty. Ties go to the first. */
void cnwa_take(struct cnwa *cnwa, const struct world *world);

/* cnwa_take() in two halves: the second, which takes nearly all of the time, needs no world. */
void cnwa_collect(struct cnwa *cnwa, const struct world *world);
void cnwa_cluster(struct cnwa *cnwa);

/* Gives cnwa the initial centroids of first, which has the same k: so each may cluster other
   generations, at the same time, without track. False: first has none yet. */
bool cnwa_follow(struct cnwa *cnwa, const struct cnwa *first);

/* P, and the standardised parameter p of genome i of the generation taken last. */
size_t cnwa_parameters(const struct cnwa *cnwa);
double cnwa_standardised(const struct cnwa *cnwa, size_t i, size_t p);

#endif
