/* SPDX-License-Identifier: MIT */
/* One generation, many cells at a time: the same bits as kernels/step/plain.c, whose functions say
   what is computed. This page says how.

   Rows. The grid is cut into bands of rows, which threads take in turn (common/thread_pool.h). Each
   generation has three passes:
   - sweep() by band: perceive, forward, activate (steps 1, 2 and 4 of the rule); who inherits from
     whom, and which newborn are mutants (step 3, as far as it depends on generation t alone);
   - inherit() through all heirs in cell order: which slot each gets (the rest of step 3), by one
     thread, as a parent hands over what it has just got itself;
   - age_and_cull_band() by band: the genomes of the newborn; ages, budgets, culling (5 to 8).

   Masks (simd-rows.h). A band is swept row by row. The three rows around a cell are kept as lines
   with a margin at both ends, so that the torus needs no special case, and each line has bit masks
   of its living cells. MASK_CELLS cells at a time, shifts and ORs of these masks say which of them
   have life around; most of a young grid is skipped there.

   Queue (simd-forward.h). Cells to be evaluated go to a ring, packed by mask, with their
   neighbourhoods x[9L] transposed: each input has a row of cells. So vectors are full, however few
   cells are alive, and all cells of a vector are evaluated by the same instructions.

   Prefetch. Each cell has its own genome, anywhere in the pool: P floats from memory to use once.
   A GROUP of cells (two vectors) is evaluated only when a CROWD of cells (96) stands behind it in
   the ring; while it is, the genomes of the last group of that crowd are fetched. What the next
   rows need is fetched likewise, as hardware prefetchers follow too few streams at a time.

   Forward. The genomes of W cells are W rows of P floats; transposed 8 columns at a time in
   registers, they are vectors of one weight of W cells, which multiply vectors of one input. Sums
   are those of rule_forward(), in its order, by fused multiply-add.

   Births (simd-births.h). Whether a cell inherits, which neighbour is the parent and which weights
   are perturbed are functions of seed, cell and generation (philox.h); these are drawn for W cells
   or 2W weights at a time. Genomes are made once slots are known, and where no newborn is the
   parent of another, by all threads.

   Ages (simd-ages.h). Decisions are masks of all bits and no branches. Whether rounded alpha is
   above the threshold is one comparison: with the smallest float of which that is true. */
#include "kernels/step/simd.h"

#include "kernels/step/simd-ages.h"
#include "kernels/step/simd-births.h"
#include "kernels/step/simd-forward.h"
#include "kernels/step/simd-rows.h"

#include <math.h>

/* forward_queue() for 2 and 3 channels, unrolled, and for any number: noinline, so that there is
   one copy of each. */
#define COPY static __attribute__((noinline)) void
COPY forward_queue_2(struct simd *simd, struct scratch *w, uint32_t keep) {
    forward_queue(simd, w, 2, keep);
}
COPY forward_queue_3(struct simd *simd, struct scratch *w, uint32_t keep) {
    forward_queue(simd, w, 3, keep);
}
COPY forward_queue_any(struct simd *simd, struct scratch *w, uint32_t keep) {
    forward_queue(simd, w, simd->world->model.channels, keep);
}

FUNCTION void forward_all_but(struct simd *simd, struct scratch *w, uint32_t L, uint32_t keep) {
    if (w->queued <= keep)
        return;
    if (L == 2)
        forward_queue_2(simd, w, keep);
    else if (L == 3)
        forward_queue_3(simd, w, keep);
    else
        forward_queue_any(simd, w, keep);
}

/* Marks those of MASK_CELLS slots whose bits in some are set as carried. Several threads mark,
   often the same slots: reading first keeps cache lines shared, and reading all avoids branches. */
FUNCTION void mark_carried(uint8_t *carried, const uint32_t *slots, uint32_t some) {
    uint32_t marked = 0;
    for (uint32_t k = 0; k < MASK_CELLS; k++)
        marked |= (uint32_t)__atomic_load_n(carried + slots[k], __ATOMIC_RELAXED) << k;
    for (some &= ~marked; some; some &= some - 1)
        __atomic_store_n(carried + slots[__builtin_ctz(some)], 1, __ATOMIC_RELAXED);
}

/* Prefetches the state and slots that MASK_CELLS cells of the next row will need. */
FUNCTION void prefetch_rows(const struct simd *simd, uint32_t L, size_t cell) {
    const struct world *world = simd->world;
    for (uint32_t c = 0; c < L; c++) {
        __builtin_prefetch(world->state + c * world->cells + cell + world->model.width);
        __builtin_prefetch(simd->next + c * world->cells + cell, 1);
    }
    __builtin_prefetch(world->slots + cell);
}

/* Sets the next state of a row as if no cell had live neighbours; cells that have are evaluated
 * later.
 */
static void fill_row(const struct simd *simd, uint32_t L, size_t row) {
    const struct world *world = simd->world;
    size_t cols = world->model.width;
    const float *alpha = simd->land && simd->land->alpha ? simd->land->alpha + row * cols : NULL;
    float fill = simd->fill;
    for (uint32_t c = 0; c < L; c++) {
        float *next = simd->next + c * world->cells + row * cols;
        for (size_t col = 0; col < cols; col++)
            next[col] = alpha && !(fill > alpha[col]) ? 0.0f : fill;
    }
}

/* Sweeps MASK_CELLS cells from column col of a row on, or those left in the row. A cell inherits if
   its word is below limits[k]. */
FUNCTION void sweep_cells(struct simd *simd, struct band *band, struct scratch *w, uint32_t L,
                          uint32_t row, uint32_t col, uint32_t limits[MASK_CELLS]) {
    enum { AHEAD = 4 * MASK_CELLS }; /* prefetch marks so many cells ahead */
    struct world *world = simd->world;
    uint32_t cols = w->cols, cell = row * cols + col;
    uint32_t n = cols - col < MASK_CELLS ? cols - col : MASK_CELLS, inside = (1u << n) - 1;
    uint32_t *slots = world->slots + cell, own[MASK_CELLS] = {0};
    const float *ip = simd->land ? simd->land->ip : NULL;
    if (row + 2 < band->last)
        prefetch_rows(simd, L, cell + cols);
    if (n == MASK_CELLS)
        memcpy(own, slots, sizeof own);
    else
        memcpy(own, slots, n * sizeof *own);
    /* cells with a genome, and those to evaluate if they have one: life around them */
    uint32_t used = mask_nonzero(own), active = any_around(w->any, col) & inside;
    uint32_t to_mark = simd->mark ? used : used & ~active; /* the others only if there are births */
    if (to_mark)
        mark_carried(simd->carried, own, to_mark);
    bool fetch = simd->mark && band->last * cols - cell >= AHEAD + MASK_CELLS;
    for (uint32_t k = 0; fetch && k < MASK_CELLS; k++)
        __builtin_prefetch(simd->carried + slots[AHEAD + k], 1);
    for (uint32_t m = used & ~active; m; m &= m - 1)
        slots[__builtin_ctz(m)] = 0;
    if (active & used) {
        enqueue(w, L, active & used, cell, own, col);
        forward_all_but(simd, w, L, CROWD + GROUP - 1);
    }
    uint32_t offered = any_around(w->alive, col) & inside; /* a parent */
    for (uint32_t k = 0; ip && k < n; k++)
        limits[k] = below(ip[cell + k]);
    if (offered && (ip || limits[0]))
        draw_heirs(w, world, offered, limits, cell, col);
}

FUNCTION void sweep(struct simd *simd, struct band *band, struct scratch *w, uint32_t L) {
    uint32_t rows = w->rows, limits[MASK_CELLS];
    for (uint32_t k = 0; k < MASK_CELLS; k++)
        limits[k] = below(simd->world->model.ip);
    band->heirs = band->births = 0;
    band->sets = 0;
    read_line(w, 1, simd, (band->first ? band->first : rows) - 1);
    read_line(w, 2, simd, band->first);
    for (uint32_t row = band->first; row < band->last; row++) {
        shift_lines(w);
        read_line(w, 2, simd, row + 1 < rows ? row + 1 : 0);
        fill_row(simd, L, row);
        for (uint32_t col = 0; col < w->cols; col += MASK_CELLS)
            sweep_cells(simd, band, w, L, row, col, limits);
        choose_parents(simd, band, w, L, row);
    }
    forward_all_but(simd, w, L, 0);
}

/* The first pass, for one band. */
static void sweep_band(void *context, unsigned chunk, unsigned worker) {
    struct simd *simd = context;
    if (!simd->scratch[worker])
        simd->scratch[worker] = scratch_new(simd->world);
    if (simd->world->model.channels == 2) /* a constant, so that the compiler unrolls loops */
        sweep(simd, &simd->band[chunk], simd->scratch[worker], 2);
    else if (simd->world->model.channels == 3)
        sweep(simd, &simd->band[chunk], simd->scratch[worker], 3);
    else
        sweep(simd, &simd->band[chunk], simd->scratch[worker], simd->world->model.channels);
}

void STEP_SIMD(struct simd *simd, struct world *world) {
    if (!simd->world) {
        simd->lives_from = lives_from(world->model.alpha);
        float out[MAX_CHANNELS] = {0};
        bool varies = simd->land && simd->land->alpha;
        rule_activate(world->model.channels, world->model.activation,
                      varies ? -INFINITY : world->model.alpha, out);
        simd->fill = out[0];
    }
    simd->world = world;
    world->generation++;
    world->births.count = 0;
    thread_pool_run(simd->workers, sweep_band, simd, simd->bands);
    inherit(simd);
    thread_pool_run(simd->workers, age_and_cull_band, simd, simd->bands);
    float *state = world->state;
    world->state = simd->next;
    simd->next = state;
}
