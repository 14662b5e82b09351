/* SPDX-License-Identifier: MIT */
/* The current row and those above and below it, and masks of their cells. */
#ifndef NCA_SIMD_ROWS_H
#define NCA_SIMD_ROWS_H

#include "common/err.h"
#include "common/lanes.h"
#include "kernels/step/simd.h"

/* GROUP cells are evaluated once CROWD more are queued, so that their genomes can be prefetched. A
   group is a PAIR of vectors, whose sums alternate, to hide the latency of additions. */
enum { PAIR = 2, GROUP = PAIR * W, CROWD = 96 };

/* RING: places of the queue, enough for a crowd, a group and the cells of a mask; a multiple of
   GROUP for each W. RING_SPACE: the last place may take a whole vector. */
enum { RING = CROWD + 64, RING_SPACE = RING + W };

/* The memory of one worker. A line is a row of the grid with a margin of one cell at both ends,
   where the torus wraps: place p of a line, and bit p of its masks, is column p - 1. */
struct scratch {
    uint32_t rows, cols;
    size_t stride;              /* floats of a line, a multiple of MASK_CELLS */
    float *line[3];             /* [L][stride] the row above, the row itself, the one below */
    float *alpha;               /* [stride] thresholds of the line read last */
    uint8_t *alive[3], *any[3]; /* bits: channel 0 above the threshold; any channel above it */
    float *rest;                /* [PAIR][P][W] b1, W2 and b2 of a group's genomes, side by side */
    float *x;                   /* [9L][RING_SPACE] neighbourhoods of the queued cells; */
    uint32_t cell[RING_SPACE], slot[RING_SPACE]; /* the cells, and the slots of their genomes, */
    uint32_t first, queued;                      /* in queued places from first on */
    uint32_t heirs;                              /* in this row: */
    uint32_t *heir;                              /* [stride + W] their columns */
    uint32_t *choice;                            /* [stride + W] and word 1 of their draws */
};

/* Allocates all in one piece; free it with free(). */
static struct scratch *scratch_new(const struct world *world) {
    size_t L = world->model.channels, P = world->pool.genome;
    size_t stride = (world->model.width + 2 + 2 * MASK_CELLS - 1) / MASK_CELLS * MASK_CELLS,
           bytes = stride / 8 + 8;
    size_t floats = PAIR * P * W + 9 * L * RING_SPACE + (3 * L + 1) * stride + 2 * (stride + W);
    char *memory =
        allocate(1, sizeof(struct scratch) + 64 + floats * sizeof(float) + 6 * bytes, "step");
    struct scratch *w = (struct scratch *)memory;
    uintptr_t after = (uintptr_t)memory + sizeof *w;
    w->rows = world->model.height;
    w->cols = world->model.width;
    w->stride = stride;
    w->rest = (float *)(memory + sizeof *w + (-after & 63)); /* align to a cache line */
    w->x = w->rest + PAIR * P * W;
    float *line = w->x + 9 * L * RING_SPACE;
    w->alpha = line + 3 * L * stride;
    for (size_t p = 0; p < stride; p++)
        w->alpha[p] = world->model.alpha;
    w->heir = (uint32_t *)(w->alpha + stride);
    w->choice = w->heir + stride + W;
    uint8_t *bits = (uint8_t *)(w->choice + stride + W);
    for (size_t k = 0; k < 3; k++) {
        w->line[k] = line + k * L * stride;
        w->alive[k] = bits + 2 * k * bytes;
        w->any[k] = bits + (2 * k + 1) * bytes;
    }
    return w;
}

static void copy_line(const struct scratch *w, float *to, const float *from) {
    to[0] = from[w->cols - 1];
    memcpy(to + 1, from, w->cols * sizeof *to);
    to[w->cols + 1] = from[0];
}

/* Reads a row of the grid into line k, and sets its masks. */
static void read_line(struct scratch *w, size_t k, const struct simd *simd, size_t row) {
    const struct world *world = simd->world;
    uint32_t L = world->model.channels;
    for (uint32_t c = 0; c < L; c++)
        copy_line(w, w->line[k] + c * w->stride, world->state + c * world->cells + row * w->cols);
    if (simd->land && simd->land->alpha)
        copy_line(w, w->alpha, simd->land->alpha + row * w->cols);
    for (size_t p = 0; p < w->stride; p += MASK_CELLS) {
        uint16_t mask = (uint16_t)mask_above(w->line[k] + p, w->alpha + p);
        memcpy(w->alive[k] + p / 8, &mask, 2);
        for (uint32_t c = 1; c < L; c++)
            mask |= (uint16_t)mask_above(w->line[k] + c * w->stride + p, w->alpha + p);
        memcpy(w->any[k] + p / 8, &mask, 2);
    }
}

/* Moves the lines one row down; line 2 has to be read next. */
static void shift_lines(struct scratch *w) {
    float *line = w->line[0];
    uint8_t *alive = w->alive[0], *any = w->any[0];
    for (int k = 0; k < 2; k++) {
        w->line[k] = w->line[k + 1];
        w->alive[k] = w->alive[k + 1];
        w->any[k] = w->any[k + 1];
    }
    w->line[2] = line;
    w->alive[2] = alive;
    w->any[2] = any;
}

/* At least 25 bits from place on. */
FUNCTION uint32_t bits_from(const uint8_t *bits, uint32_t place) {
    uint32_t four;
    memcpy(&four, bits + place / 8, 4);
    return four >> place % 8;
}

/* Bit k: whether any of the nine cells around column col + k has its bit set. */
FUNCTION uint32_t any_around(uint8_t *const bits[3], uint32_t col) {
    uint32_t b = bits_from(bits[0], col) | bits_from(bits[1], col) | bits_from(bits[2], col);
    return b | b >> 1 | b >> 2;
}

#endif
