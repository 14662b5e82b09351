/* SPDX-License-Identifier: MIT */
/* The landscape of a model, with the pictures of its map read from their file. */
#ifndef NCA_MAP_H
#define NCA_MAP_H

#include "kernels/model/landscape.h"

/* The landscape that model->landscape describes; NULL, with an empty why, if that is "none". A
   map's file, which must be a regular one, is read, and recorded as an input; its hash must be
   model->landscape_sum, or becomes it if that is 0. If text or file are not as they should be:
   NULL, and why says what is wrong. Freed with landscape_free(). */
struct landscape *landscape_open(struct model *model, char why[512]);

#endif
