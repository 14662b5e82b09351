/* SPDX-License-Identifier: MIT */
/* The rule, one cell at a time: Jain and Nichele 2024, section 3.2. Every backend calls these
   functions or gives the same bits. Dot products start from the bias and add by fma in index order.
 */
#ifndef NCA_RULE_H
#define NCA_RULE_H

#include "kernels/model/world.h"
#include "common/compile.h"
#include "kernels/model/philox.h"
#include "kernels/model/activation.h"

#include <math.h>
#include <stdbool.h>

/* x[9L] is a neighbourhood: channel by channel, 3x3 values row by row, the cell itself at 4. */

/* Whether the neighbourhood is live: any of its 9L values is above the alpha threshold of its cell,
   alpha[9]. */
FUNCTION bool rule_live(uint32_t L, const float *x, const float *alpha) {
    bool live = false;
    for (uint32_t c = 0; c < L; c++)
        for (uint32_t m = 0; m < 9; m++)
            live |= x[9 * c + m] > alpha[m];
    return live;
}

/* The network 9L -> L -> L of one genome (W1[L][9L], b1[L], W2[L][L], b2[L]) on x: out[L]. */
FUNCTION void rule_forward(uint32_t L, enum activation hidden, const float *genome, const float *x,
                           float *out) {
    const float *W1 = genome, *b1 = W1 + 9 * L * L, *W2 = b1 + L, *b2 = W2 + L * L;
    float h[MAX_CHANNELS];
    for (uint32_t k = 0; k < L; k++)
        h[k] = b1[k];
    for (uint32_t m = 0; m < 9 * L; m++) /* sums of all k in parallel, to hide latency */
        for (uint32_t k = 0; k < L; k++)
            h[k] = fmaf(W1[k * 9 * L + m], x[m], h[k]);
    for (uint32_t k = 0; k < L; k++)
        h[k] = activate(hidden, h[k]);
    for (uint32_t c = 0; c < L; c++) {
        float sum = b2[c];
        for (uint32_t k = 0; k < L; k++)
            sum = fmaf(W2[c * L + k], h[k], sum);
        out[c] = sum;
    }
}

/* out[L] becomes the cell's next channels: activated, and all zero if alpha is not above the
   threshold. Adding 0 turns -0 into 0. */
FUNCTION void rule_activate(uint32_t L, enum activation board, float alpha, float *out) {
    for (uint32_t c = 0; c < L; c++)
        out[c] = activate(board, out[c]) + 0.0f;
    if (!(out[0] > alpha))
        for (uint32_t c = 0; c < L; c++)
            out[c] = 0.0f;
}

/* The next age: alpha (s) rounded to one decimal, halves to even, decides whether the cell goes on
   living. s * 10 is exact in double. */
FUNCTION uint32_t rule_age(float s, float alpha, uint32_t age) {
    float rounded = (float)rint((double)s * 10.0) / 10.0f;
    return rounded > alpha ? age + (age != UINT32_MAX) : 0;
}

/* Which neighbour (0..8) hands over its genome to a cell in a live neighbourhood, or -1. */
FUNCTION int rule_parent(const float *x, const float *alpha, float ip, uint64_t seed, uint64_t cell,
                         uint64_t generation) {
    uint32_t candidates = 0;
    for (int m = 0; m < 9; m++)
        candidates += x[m] > alpha[m];
    if (!candidates)
        return -1;
    struct philox words = draw(seed, cell, generation, CELL);
    if (!(unit(words.w[0]) < ip))
        return -1;
    uint32_t pick = choose(words.w[1], candidates);
    for (int m = 0; m < 9; m++)
        if (x[m] > alpha[m] && pick-- == 0)
            return m;
    return -1;
}

/* The index among the parameters of weight w, 0 .. 10L^2 - 1, counted W1 then W2. */
FUNCTION uint32_t rule_weight(uint32_t L, uint32_t w) {
    return w < 9 * L * L ? w : w + L;
}

/* Draws the perturbations of weights 2b and 2b + 1 of a newborn, each with probability ppp: if bit
   k of the result is set, weight 2b + k changes by delta[k], from [-1, 1). */
FUNCTION uint32_t rule_perturb(float ppp, uint64_t seed, uint64_t cell, uint64_t generation,
                               uint32_t b, float delta[2]) {
    struct philox words = draw(seed, cell, generation, MUTATION + b);
    uint32_t hits = 0;
    for (uint32_t half = 0; half < 2; half++) {
        hits |= (uint32_t)(unit(words.w[2 * half]) < ppp) << half;
        delta[half] = 2.0f * unit(words.w[2 * half + 1]) - 1.0f;
    }
    return hits;
}

/* Perturbs genome, a copy of its parent's, in place. Returns whether any weight was perturbed. */
FUNCTION bool rule_mutate(uint32_t L, float ppp, uint64_t seed, uint64_t cell, uint64_t generation,
                          float *genome) {
    bool mutant = false;
    for (uint32_t b = 0; b < 5 * L * L; b++) {
        float delta[2];
        uint32_t hits = rule_perturb(ppp, seed, cell, generation, b, delta);
        for (uint32_t half = 0; half < 2; half++)
            if (hits >> half & 1) {
                genome[rule_weight(L, 2 * b + half)] += delta[half];
                mutant = true;
            }
    }
    return mutant;
}

/* Whether cells are culled (catastrophic deletion) in this generation. */
FUNCTION bool rule_culls(const struct model *model, uint64_t generation) {
    return model->cull > 0.0f && generation >= model->cull_from && generation < model->cull_until &&
           (uint32_t)generation % model->cull_every == 0; /* generations are below 2^32 */
}

/* Whether this cell is culled in this generation. */
FUNCTION bool rule_cull(const struct model *model, uint64_t cell, uint64_t generation) {
    return rule_culls(model, generation) &&
           unit(draw(model->seed, cell, generation, CELL).w[2]) < model->cull;
}

#endif
