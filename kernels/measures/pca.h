/* SPDX-License-Identifier: MIT */
/* Principal components of the genomes that CNWA clusters. Needs LAPACK, which only programs that
   call it link. */
#ifndef NCA_PCA_H
#define NCA_PCA_H

#include "kernels/measures/cnwa.h"

/* The two leading principal components of the genomes of the generation taken last, over its cells:
   component[2][count], and the share of the variance of each in share[2]. The sign of each is such
   that its largest coefficient is positive. Ends the program if LAPACK fails. */
void pca_components(const struct cnwa *cnwa, double *component, double share[2]);

#endif
