/* SPDX-License-Identifier: MIT */
/* The inner part of k-means, and its memory. Used by kernels/measures/cnwa.c alone. */
#ifndef NCA_KMEANS_H
#define NCA_KMEANS_H

#include "kernels/measures/cnwa.h"

#include <stdbool.h>

struct kmeans {
    size_t P, capacity, slots;
    size_t cells; /* that are clustered; 0: there is nothing to do */
    uint64_t seed;
    uint32_t *carriers;   /* [slots] cells that carry each slot's genome */
    float *q;             /* [count][P] parameters in hundredths */
    double *mean, *scale; /* [P] of q over the cells; 1 / deviation, 0 where there is none */
    double *start, *now;  /* [k][P] initial centroids, and those of this generation */
    double *centre;       /* [k][P] the last centroids with track, in hundredths */
    double *sum;          /* [k][P] of q over the cells of each cluster: whole numbers, so exact */
    double *total;        /* [P] the sum of all clusters */
    bool *varies;         /* [P]: parameters that do not add 0 to distances */
    size_t varying;       /* that many do */
    float *z;             /* [blocks][varying][lanes] of these, genomes side by side */
    float *length;        /* [count] of the vector of each genome in z, about */
    float *upper;         /* [count] the square of its distance from its own centroid, or more */
    uint32_t *own;        /* [count] its cluster: cnwa->of, while iterations go on */
    struct move {
        uint32_t genome, was; /* its cluster before */
    } * moves;                /* [count] of this iteration, */
    size_t moved;             /* so many */
    uint32_t most;            /* the cluster with most cells after the first iteration */
    float *factor;            /* [varying][k] a squared distance is bias + the sum of factor * z */
    float *bias;              /* [k] but for the square of the length of z */
    bool started;
    const struct kmeans_build *build; /* the build for this machine */
};

/* Genomes are rounded up to a whole number of the widest blocks. */
enum { WIDEST = 32 };

static inline double standardised(const struct kmeans *w, size_t i, size_t p) {
    return (w->q[i * w->P + p] - w->mean[p]) * w->scale[p];
}

/* Most of the time of CNWA is spent here. Compiled for several instruction sets, with the same
   results. */
struct kmeans_build {
    /* Fills q from cnwa->slot. */
    void (*round)(struct cnwa *cnwa, const struct pool *pool);
    /* Fills mean, scale, total and varies from q and cnwa->weight. */
    void (*standardise)(struct cnwa *cnwa);
    /* Lloyd's iterations from start: now, cnwa->of and cnwa->cells. */
    void (*iterate)(struct cnwa *cnwa);
};
extern const struct kmeans_build kmeans;
extern const struct kmeans_build kmeans_avx2;   /* x86-64 with AVX2, FMA and BMI2 */
extern const struct kmeans_build kmeans_avx512; /* with AVX-512F */

#endif
