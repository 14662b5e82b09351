/* CNWA, clustering neural weights: genomes sorted into species by k-means. Jain and Nichele 2024,
   section on genotypic diversity; Lloyd, IEEE Trans. Inf. Theory 28, 1982; k-means++ by Arthur and
   Vassilvitskii, SODA 2007. */
#ifndef NCA_CNWA_H
#define NCA_CNWA_H

#include "common/table.h"
#include "kernels/model/world.h"

enum { MAX_SPECIES = 32, MAX_ITERATIONS = 300 };

/* Parameters are rounded to two decimals and standardised over all cells, empty ones included
   (population standard deviation; one that does not vary stays 0). Whole hundredths make sums
   exact, so that the same clusters come out on every machine. */
struct species {
    uint32_t k;                  /* the number of species */
    uint64_t cells[MAX_SPECIES]; /* of each in the last generation taken */

    /* The pool's genomes of that generation, in slot order: the empty one first if a cell is. */
    uint64_t generation;
    size_t count;
    uint32_t *slot;            /* [count] */
    uint64_t *serial;          /* [count] */
    uint32_t *weight;          /* [count] cells that carry it */
    uint8_t *of;               /* [count] its species, 0 .. k - 1 */
    uint8_t *of_slot;          /* [pool.capacity + 1] the same by slot, for carried slots */
    struct species_work *work; /* private */
};

/* Prepares for worlds of this geometry and seed. species_free() frees it. */
struct species *species_new(const struct world *world, uint32_t k);
void species_free(struct species *species);

/* Sorts the genomes of a generation: k-means from the initial centroids, until no assignment
   changes or for MAX_ITERATIONS. The initial centroids, in standardised parameters, are those that
   k-means finds on the first generation given here, from a k-means++ draw; they stay the same for
   all later ones, so that a species keeps its number. A species without cells gets the genome
   farthest from its own centroid; where fewer genomes than k are distinct, species stay empty. Ties
   go to the first. */
void species_take(struct species *species, const struct world *world);

/* P, and the standardised parameter p of distinct genome i of the generation taken last. */
size_t species_parameters(const struct species *species);
double species_standardised(const struct species *species, size_t i, size_t p);

/* The two leading principal components of the genomes of the generation taken last, over its cells,
   by LAPACK: component[2][count], and each one's share of the variance in share[2]. The sign of
   each is such that its largest coefficient is positive. */
void species_components(const struct species *species, double *component, double share[2]);

/* Prints them: a row for each genome, with its species, cells and serial. Of the table, name, style
   and path are the caller's. */
void species_scatter(const struct species *species, struct table *table);

#endif
