/* The inner part of k-means, and what it works on. Used by kernels/species.c alone. */
#ifndef NCA_LLOYD_H
#define NCA_LLOYD_H

#include "kernels/species.h"

#include <stdbool.h>

#ifndef LLOYD
#define LLOYD lloyd
#endif

enum { LANES = 8 }; /* centroids whose distances are computed side by side */

struct species_work {
    size_t P, room, slots;
    size_t padded, stride; /* P, rounded up to 4; k, rounded up to LANES */
    uint64_t seed;
    uint32_t *carriers;   /* [slots] cells that carry each slot's genome */
    float *q;             /* [count][P] parameters in hundredths */
    double *mean, *scale; /* [P] of q over the cells; 1 / deviation, 0 where there is none */
    double *start, *now;  /* [k][P] initial centroids, and those of this generation */
    double *sum;          /* [k][P] of q over the cells of each species: whole numbers, so exact */
    float *z;             /* [count][padded] standardised parameters, and */
    double *norm;         /* [count] the square of their length */
    float *factor;        /* [padded][stride] what z is multiplied by, */
    float *bias;          /* [stride] and added to, for a distance */
    float *length;        /* [stride] of each centroid */
    float *upper;         /* [count] a genome's distance from its own centroid is not above, */
    float *lower;         /* [count][stride] and that from each centroid not below this */
    uint32_t *doubtful;   /* [count] genomes that the bounds leave in doubt */
    bool started;
    void (*lloyd)(struct species *); /* the build for this machine */
};

static inline double standardised(const struct species_work *w, size_t i, size_t p) {
    return (w->q[i * w->P + p] - w->mean[p]) * w->scale[p];
}

/* Lloyd's iterations from work->start; the same bits from every build. */
void lloyd(struct species *s);
void lloyd_avx2(struct species *s);   /* x86-64 with AVX2 */
void lloyd_avx512(struct species *s); /* with AVX-512F */

#endif
