/* SPDX-License-Identifier: MIT */
/* Landscapes: one parameter of the model varies in space and time. In each generation each cell has
   a factor from 0 to 1, by which the budget, the alpha threshold, the inheritance probability or
   the perturbation probability is multiplied. */
#ifndef NCA_LANDSCAPE_H
#define NCA_LANDSCAPE_H

#include "common/compile.h"
#include "common/pgm.h"
#include "kernels/model/world.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct landscape {
    /* [N] values of the parameter that varies, for the generation being made: one of these, the
       others NULL. A budget of UINT32_MAX is infinite. */
    float *alpha, *ip, *ppp;
    uint32_t *budget;
    struct terrain *terrain; /* private: computes the factor */
};

/* The pictures of a map, [height][width] as the grid, for one generation after the other. */
struct landscape_map {
    struct pgm *picture; /* [count] */
    uint32_t count;
};
void landscape_map_free(struct landscape_map *map);

/* The name of the file that model->landscape asks for, NULL if it is no map. */
const char *landscape_map_name(const struct model *model);

/* The landscape that model->landscape describes (nca-step(1)), other than none. A map's pictures,
   one at least, come with it; they belong to the landscape, or are freed on failure: then the
   result is NULL, and why says what is wrong. Freed with landscape_free(), which takes NULL. */
struct landscape *landscape_new(const struct model *model, struct landscape_map *map,
                                char why[512]);
void landscape_free(struct landscape *landscape);

/* Sets the values for a generation. Factors and products are computed in double by IEEE operations,
   fma and floor only, and rounded once: the same on all machines; a depth of 0 changes no bit. A
   budget is the nearest integer if the product is within 1e-9 * max(1, product) of it (5 * (1 -
   0.8) is 1), else the product rounded down. */
void landscape_at(struct landscape *landscape, const struct model *model, uint64_t generation);

/* The parameters at cell i; land may be NULL. Compare channels of a cell with the alpha threshold
   of that same cell, so that all its neighbours agree on whether it is alive. */
FUNCTION float alpha_at(const struct landscape *land, const struct model *model, size_t i) {
    return land && land->alpha ? land->alpha[i] : model->alpha;
}

FUNCTION float ip_at(const struct landscape *land, const struct model *model, size_t i) {
    return land && land->ip ? land->ip[i] : model->ip;
}

FUNCTION float ppp_at(const struct landscape *land, const struct model *model, size_t i) {
    return land && land->ppp ? land->ppp[i] : model->ppp;
}

FUNCTION uint32_t budget_at(const struct landscape *land, const struct model *model, size_t i) {
    return land && land->budget          ? land->budget[i]
           : model->budget <= UINT32_MAX ? (uint32_t)model->budget
                                         : UINT32_MAX;
}

#ifdef __cplusplus
}
#endif

#endif
