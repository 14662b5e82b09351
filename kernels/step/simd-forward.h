/* SPDX-License-Identifier: MIT */
/* The queue of cells to be evaluated, and their networks: steps 1, 2 and 4 of the rule. */
#ifndef NCA_SIMD_FORWARD_H
#define NCA_SIMD_FORWARD_H

#include "kernels/step/lanes-math.h"
#include "kernels/step/simd-rows.h"

/* Queues those of MASK_CELLS cells from cell (column col) on whose bits in mask are set, with their
   neighbourhoods: x[9c + m] of each is channel c of the cell at place m of the 3x3 around it. */
FUNCTION void enqueue(struct scratch *w, uint32_t L, uint32_t mask, uint32_t cell,
                      const uint32_t *slots, uint32_t col) {
    for (uint32_t from = 0; from < MASK_CELLS; from += W) {
        uint32_t some = mask >> from & ((1u << W) - 1), at = (w->first + w->queued) % RING;
        if (!some)
            continue;
        bool all = some == (1u << W) - 1; /* as in a full grid */
        for (uint32_t c = 0; c < L; c++)
            for (uint32_t m = 0; m < 9; m++) {
                const float *line = w->line[m / 3] + c * w->stride + col + from + m % 3;
                float *x = w->x + (9 * c + m) * RING_SPACE + at;
                if (all)
                    vf32_store(x, vf32_load(line));
                else
                    vf32_compress(x, vf32_load(line), some);
            }
        vu32 slot;
        memcpy(&slot, slots + from, sizeof slot);
        vu32_compress(w->slot + at, slot, some);
        uint32_t n = vu32_compress(w->cell + at, cell + from + vu32_count(), some);
        w->queued += n;
        if (at + n > RING) { /* wrap around: copy what is beyond the end to the start */
            for (uint32_t m = 0; m < 9 * L; m++)
                memcpy(w->x + m * RING_SPACE, w->x + m * RING_SPACE + RING, W * sizeof *w->x);
            memcpy(w->slot, w->slot + RING, W * sizeof *w->slot);
            memcpy(w->cell, w->cell + RING, W * sizeof *w->cell);
        }
    }
}

enum { TILE = 8 }; /* parameters of a genome that are transposed at a time */

/* h[k] += sum over m of W1[k][m] * x[m], m ascending, for the GROUP from place at of the ring on;
   W1[L][9L] of each cell begins its genome, row[v][lane]. Interleaved with the sums, it
   prefetches the genomes of the last GROUP of the crowd. */
FUNCTION void sum_inputs(vf32 h[PAIR][MAX_CHANNELS], const struct pool *pool,
                         const struct scratch *w, const float *row[PAIR][W], uint32_t L,
                         uint32_t at) {
    size_t inputs = 9 * L, steps = (inputs + TILE - 1) / TILE * L * PAIR;
    uint32_t later = (at + CROWD) % RING, asked = 0, step = 0;
#pragma GCC unroll 4
    for (size_t m = 0; m < inputs; m += TILE)
#pragma GCC unroll 3
        for (size_t k = 0; k < L; k++)
#pragma GCC unroll 2
            for (uint32_t v = 0; v < PAIR; v++) {
                vf32 weight[TILE] = {0}; /* W1[k][m] to W1[k][m + 7] */
                if (inputs - m > TILE / 2)
                    vf32_transpose8(weight, row[v], k * inputs + m);
                else
                    vf32_transpose4(weight, row[v], k * inputs + m);
#pragma GCC unroll 8
                for (size_t j = 0; j < TILE; j++)
                    if (m + j < inputs) {
                        vf32 x = vf32_load(w->x + (m + j) * RING_SPACE + at + v * W);
                        h[v][k] = vf32_fma(weight[j], x, h[v][k]);
                    }
#pragma GCC unroll 1
                for (step++; asked * steps < step * GROUP; asked++)
                    genome_prefetch(pool_genome(pool, w->slot[later + asked]), genome_size(L));
            }
}

/* Transposes what follows W1 in the genomes of a GROUP: rest[v][p][lane] = row[v][lane][p], for the
   parameters p of b1[L], W2[L][L] and b2[L]. */
FUNCTION void transpose_rest(float *rest, const float *row[PAIR][W], uint32_t L) {
    size_t P = genome_size(L);
    for (uint32_t v = 0; v < PAIR; v++)
        for (size_t p = P; p > 9 * L * L;) {
            vf32 column[TILE];
            p -= TILE;
            vf32_transpose8(column, row[v], p);
            for (size_t q = 0; q < TILE; q++)
                vf32_store(rest + (v * P + p + q) * W, column[q]);
        }
}

/* Stores the next state of the n cells at cell: out[L], or 0 in all channels if out[0] is not above
   the cell's threshold. */
FUNCTION void store_state(struct simd *simd, vf32 out[PAIR][MAX_CHANNELS], uint32_t L,
                          const uint32_t *cell, uint32_t n) {
    const struct world *world = simd->world;
    vf32 alpha[PAIR];
    for (uint32_t v = 0; v < PAIR; v++)
        alpha[v] = vf32_all(world->model.alpha);
    for (uint32_t k = 0; simd->land && simd->land->alpha && k < n; k++)
        alpha[k / W][k % W] = simd->land->alpha[cell[k]];
    for (uint32_t c = L; c-- > 0;) {
        float value[GROUP], *next = simd->next + c * world->cells;
        for (uint32_t v = 0; v < PAIR; v++)
            vf32_store(value + v * W, vf32_where_above(out[v][c], out[v][0], alpha[v]));
        if (n == GROUP && cell[GROUP - 1] - cell[0] == GROUP - 1)
            memcpy(next + cell[0], value, sizeof value);
        else
            for (uint32_t k = 0; k < n; k++)
                next[cell[k]] = value[k];
    }
}

/* rule_forward() and rule_activate() for the GROUP from place at of the ring on, of which the first
   n are cells:
       h[k]   = hidden(b1[k] + sum over m of W1[k][m] * x[m])
       out[c] = activation(b2[c] + sum over k of W2[c][k] * h[k]) */
FUNCTION void forward(struct simd *simd, struct scratch *w, uint32_t L, uint32_t at, uint32_t n) {
    const struct world *world = simd->world;
    const struct model *model = &world->model;
    size_t P = genome_size(L);
    const float *row[PAIR][W];
    for (uint32_t v = 0; v < PAIR; v++)
        for (uint32_t k = 0; k < W; k++)
            row[v][k] = pool_genome(&world->pool, w->slot[at + v * W + k]);
    transpose_rest(w->rest, row, L);
    const float *b1 = w->rest + 9 * L * L * W, *W2 = b1 + L * W, *b2 = W2 + L * L * W;
    vf32 h[PAIR][MAX_CHANNELS], out[PAIR][MAX_CHANNELS];
    for (uint32_t v = 0; v < PAIR; v++)
        for (uint32_t k = 0; k < L; k++)
            h[v][k] = vf32_load(b1 + (v * P + k) * W);
    sum_inputs(h, &world->pool, w, row, L, at);
    for (uint32_t k = 0; k < L; k++)
        for (uint32_t v = 0; v < PAIR; v++)
            h[v][k] = vf32_activate(model->hidden, h[v][k]);
    for (uint32_t c = 0; c < L; c++)
        for (uint32_t v = 0; v < PAIR; v++) {
            out[v][c] = vf32_load(b2 + (v * P + c) * W);
            for (uint32_t k = 0; k < L; k++)
                out[v][c] = vf32_fma(vf32_load(W2 + (v * P + c * L + k) * W), h[v][k], out[v][c]);
            out[v][c] = vf32_activate(model->activation, out[v][c]) + 0.0f;
        }
    store_state(simd, out, L, w->cell + at, n);
}

/* Evaluates queued cells while more than keep are left. */
FUNCTION void forward_queue(struct simd *simd, struct scratch *w, uint32_t L, uint32_t keep) {
    while (w->queued > keep) {
        uint32_t n = w->queued < GROUP ? w->queued : GROUP;
        if (n < GROUP) /* fill up with the empty genome */
            memset(w->slot + w->first + n, 0, (GROUP - n) * sizeof *w->slot);
        forward(simd, w, L, w->first, n);
        w->queued -= n;
        w->first = (w->first + GROUP) % RING;
    }
}

#endif
