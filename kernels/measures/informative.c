/* SPDX-License-Identifier: MIT */
#include "kernels/measures/informative.h"

#include "kernels/model/activation.h"
#include "kernels/model/rule.h"

#include <math.h>
#include <string.h>

/* Sets the neighbourhood of a cell and the thresholds in it, as rule_live() takes them. */
static void perceive(const struct world *world, const struct landscape *land, uint32_t cell,
                     float *x, float alpha[9]) {
    size_t rows = world->model.height, cols = world->model.width, N = world->cells;
    for (size_t m = 0; m < 9; m++) {
        size_t row = (cell / cols + rows + m / 3 - 1) % rows;
        size_t col = (cell % cols + cols + m % 3 - 1) % cols, other = row * cols + col;
        alpha[m] = alpha_at(land, &world->model, other);
        for (size_t c = 0; c < world->model.channels; c++)
            x[9 * c + m] = world->state[c * N + other];
    }
}

/* Hidden unit k, with weight "without" of its row (9L: none) as 0; as rule_forward() has it. */
static float hidden_unit(const struct model *model, const float *genome, const float *x, size_t k,
                         size_t without) {
    size_t L = model->channels;
    const float *W1 = genome + k * 9 * L;
    float h = genome[9 * L * L + k];
    for (size_t m = 0; m < 9 * L; m++)
        h = fmaf(m == without ? 0.0f : W1[m], x[m], h);
    return activate(model->hidden, h);
}

/* Whether a cell with this hidden layer lives; with weight "without" (L: none) of alpha's row of W2
   as 0. */
static bool lives(const struct model *model, const float *genome, const float *h, float alpha,
                  size_t without) {
    size_t L = model->channels;
    const float *W2 = genome + 9 * L * L + L;
    float out[MAX_CHANNELS] = {W2[L * L]};
    for (size_t k = 0; k < L; k++)
        out[0] = fmaf(k == without ? 0.0f : W2[k], h[k], out[0]);
    rule_activate(1, model->activation, alpha, out);
    return rule_age(out[0], alpha, 0) > 0;
}

/* The sites that this cell shows to be informative; returns how many were not known to be. */
static size_t sites_of_cell(const struct model *model, const float *genome, const float *x,
                            float alpha, uint8_t *informative) {
    size_t L = model->channels, found = 0;
    const float *W2 = genome + 9 * L * L + L;
    float h[MAX_CHANNELS];
    for (size_t k = 0; k < L; k++)
        h[k] = hidden_unit(model, genome, x, k, 9 * L);
    if (!lives(model, genome, h, alpha, L))
        return 0;
    for (size_t k = 0; k < L; k++) {
        uint8_t *site = informative + 9 * L * L + k;
        if (!*site && W2[k] != 0.0f)
            found += *site = !lives(model, genome, h, alpha, k);
        for (size_t m = 0; m < 9 * L; m++) {
            site = informative + k * 9 * L + m;
            if (*site || genome[k * 9 * L + m] == 0.0f || x[m] == 0.0f)
                continue;
            float whole = h[k];
            h[k] = hidden_unit(model, genome, x, k, m);
            found += *site = !lives(model, genome, h, alpha, L);
            h[k] = whole;
        }
    }
    return found;
}

size_t informative_sites(const struct world *world, const struct landscape *land,
                         const float *genome, const uint32_t *cell, size_t count,
                         uint8_t *informative) {
    size_t L = world->model.channels, found = 0;
    float x[9 * MAX_CHANNELS], alpha[9] = {0};
    memset(informative, 0, 10 * L * L);
    for (size_t i = 0; i < count; i++) {
        perceive(world, land, cell[i], x, alpha);
        if (rule_live((uint32_t)L, x, alpha))
            found += sites_of_cell(&world->model, genome, x, alpha[4], informative);
    }
    return found;
}
