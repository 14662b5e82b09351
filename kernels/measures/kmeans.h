/* The inner part of k-means, and what it works on. Used by kernels/measures/cnwa.c alone. */
#ifndef NCA_KMEANS_H
#define NCA_KMEANS_H

#include "kernels/measures/cnwa.h"

#include <stdbool.h>

struct species_work {
    size_t P, room, slots;
    uint64_t seed;
    uint32_t *carriers;   /* [slots] cells that carry each slot's genome */
    float *q;             /* [count][P] parameters in hundredths */
    double *mean, *scale; /* [P] of q over the cells; 1 / deviation, 0 where there is none */
    double *start, *now;  /* [k][P] initial centroids, and those of this generation */
    double *sum;          /* [k][P] of q over the cells of each species: whole numbers, so exact */
    float *z;             /* [blocks][P][lanes] standardised parameters, genomes side by side */
    float *length;        /* [count] of each genome in these, about */
    float *upper;         /* [count] the square of its distance from its own centroid, or more */
    uint32_t *own;        /* [count] its species: s->of, while they are sought */
    float *factor;        /* [P][k] what z is multiplied by, */
    float *bias;          /* [k] and added to, for a distance */
    bool started;
    const struct kmeans *kmeans; /* the build for this machine */
};

/* Genomes are rounded up to a whole number of the widest blocks. */
enum { WIDEST = 32 };

static inline double standardised(const struct species_work *w, size_t i, size_t p) {
    return (w->q[i * w->P + p] - w->mean[p]) * w->scale[p];
}

/* What takes the time of CNWA, compiled for several instruction sets; the same bits from each. */
struct kmeans {
    /* Fills q, mean, scale, z and norm from s->slot and s->weight, for so many cells. */
    void (*standardise)(struct species *s, const struct pool *pool, double cells);
    /* Lloyd's iterations from start: now, s->of and s->cells. */
    void (*iterate)(struct species *s);
};
extern const struct kmeans lloyd;
extern const struct kmeans lloyd_avx2;   /* x86-64 with AVX2, FMA and BMI2 */
extern const struct kmeans lloyd_avx512; /* with AVX-512F */

#endif
