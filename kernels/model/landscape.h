/* Landscapes: one number of the model varies from place to place and from time to time. Each cell
   in each generation has a factor from 0 to 1, by which the budget, the alpha threshold, the
   inheritance probability or the perturbation probability is multiplied. */
#ifndef NCA_LANDSCAPE_H
#define NCA_LANDSCAPE_H

#include "kernels/model/world.h"
#include "common/compile.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct landscape {
    /* What varies, for each cell [N] in the generation being made, in place of the model's number:
       one of these, the others NULL. A budget of UINT32_MAX is infinite. */
    float *alpha, *ip, *ppp;
    uint32_t *budget;
    struct terrain *terrain; /* private: how the factor comes about */
};

/* The landscape that model->landscape describes (nca-step(1)). A map's file, a regular one, is read
   here. Its hash is compared with model->landscape_sum, or set if that is 0. If the text or the
   file is not as it should be: NULL, and why says what is wrong. Freed with landscape_free(), which
   takes NULL. */
struct landscape *landscape_new(struct model *model, char why[512]);
void landscape_free(struct landscape *landscape);

/* Sets what varies to its values in a generation. The factor is computed in double, of IEEE
   operations, fma and floor alone, and so is the product, which is rounded once. A budget is the
   nearest whole number where the product is within 1e-9 * max(1, product) of one (5 * (1 - 0.8) is
   1), else the one below. Thus a depth of 0 changes no bit, and all machines agree. */
void landscape_at(struct landscape *landscape, const struct model *model, uint64_t generation);

/* A number of the model at cell i; landscape may be NULL. The alpha threshold is that of the cell
   whose channels are compared with it: in the eyes of all its neighbours a cell is alive, or not.
 */
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
