/* SPDX-License-Identifier: MIT */
/* The kernels of one generation on a CUDA device, and their data. kernels/step/cuda.cu launches
   them and describes the method. */
#ifndef NCA_CUDA_KERNELS_H
#define NCA_CUDA_KERNELS_H

#include "kernels/model/landscape.h"
#include "kernels/model/rule.h"

#include <cuda_runtime.h>

/* Threads of a block in kernels with a thread for each cell. */
constexpr size_t BLOCK = 256;

/* Counts of a generation of one world. */
struct tally {
    uint32_t newborn, mutants;
    uint32_t last;  /* the highest slot that ever held a genome */
    uint32_t first; /* in planes.mutant */
    uint64_t next_serial;
};

/* Bits of a cell's fate. */
enum {
    FATE_EMPTY = 1, /* it has no genome in the next generation */
    FATE_MUTANT = 2 /* the genome it is born with differs from its parent's */
};

/* The arrays in the device's memory: of each world, one after the other, but for the last ones. N
   cells of a world, genomes of P parameters. */
struct planes {
    uint32_t rows, cols, cells, worlds;
    uint32_t L;
    size_t P;
    struct landscape land;        /* [N] at most one of its numbers */
    const struct model *model;    /* [1] */
    float *state, *next;          /* [L][N] of generation t, and the next one */
    uint32_t *ages, *next_ages;   /* [N] likewise */
    uint32_t *slots, *next_slots; /* [N] likewise */
    uint32_t *source;             /* [N] cell whose genome it takes, or the cell */
    uint8_t *fate;                /* [N] */
    uint8_t *carried;             /* [N + 1] whether a cell had the slot at t */
    uint32_t *newborn;            /* [N] cells that receive a first genome, any order */
    uint32_t *given;              /* [N] a mutant's slot */
    float *parameters;            /* [N + 1][P] the pool */
    uint64_t *serial, *parent;    /* [N + 1] */
    struct tally *tally;          /* [1] */
    /* Of all worlds together: places in fate of mutants and in carried of free slots, both
       ascending, and how many there are; of each birth, the place of its genome in parameters, and
       its parent's slot. */
    uint32_t *mutant, *free, *mutants, *unused;
    uint32_t *child, *parent_slot;
    float *packed; /* [max_packed][P] genomes on their way to the host */
};

/* The arrays of world w alone. */
__device__ static inline planes of_world(planes p, size_t w) {
    const size_t cells = w * p.cells, slots = cells + w;
    p.model += w;
    p.state += cells * p.L;
    p.next += cells * p.L;
    p.ages += cells;
    p.next_ages += cells;
    p.slots += cells;
    p.next_slots += cells;
    p.source += cells;
    p.fate += cells;
    p.carried += slots;
    p.newborn += cells;
    p.given += cells;
    p.parameters += slots * p.P;
    p.serial += slots;
    p.parent += slots;
    p.tally += w;
    return p;
}

/* The cell at place m of a cell's neighbourhood. */
__device__ static inline uint32_t neighbour(const planes &p, uint32_t row, uint32_t col, int m) {
    uint32_t r = m < 3 ? (row ? row : p.rows) - 1 : m < 6 ? row : row + 1 < p.rows ? row + 1 : 0;
    uint32_t c = m % 3 == 0   ? (col ? col : p.cols) - 1
                 : m % 3 == 1 ? col
                              : (col + 1 < p.cols ? col + 1 : 0);
    return r * p.cols + c;
}

/* rule_forward() with the genome in slot, which is loaded into registers if it fits. */
template <uint32_t CHANNELS>
__device__ static inline void forward(const planes &p, const model &model, uint32_t slot,
                                      const float *x, float *out) {
    const float *genome = p.parameters + slot * p.P;
    if constexpr (CHANNELS == 0)
        rule_forward(model.channels, model.hidden, genome, x, out);
    else {
        constexpr uint32_t P = 2 * CHANNELS * (5 * CHANNELS + 1); /* always a multiple of 4 */
        float parameters[P];
        const float4 *from = reinterpret_cast<const float4 *>(genome);
        for (uint32_t q = 0; q < P / 4; q++) {
            float4 four = from[q];
            parameters[4 * q] = four.x;
            parameters[4 * q + 1] = four.y;
            parameters[4 * q + 2] = four.z;
            parameters[4 * q + 3] = four.w;
        }
        rule_forward(CHANNELS, model.hidden, parameters, x, out);
    }
}

/* Steps 1 to 8 except for genomes; a thread for each cell. CHANNELS: L, or 0 for any. */
template <uint32_t CHANNELS>
__global__ void __launch_bounds__(BLOCK) sweep(planes all, uint64_t generation) {
    constexpr uint32_t most = CHANNELS ? CHANNELS : MAX_CHANNELS;
    const uint32_t L = CHANNELS ? CHANNELS : all.L;
    const planes p = of_world(all, blockIdx.y);
    const model &model = *p.model;
    const size_t thread = (size_t)blockIdx.x * blockDim.x + threadIdx.x, N = p.cells;
    if (thread >= N)
        return;
    if (thread == 0)
        p.carried[0] = 1; /* the empty genome's slot is never free */
    uint32_t i = (uint32_t)thread, row = i / p.cols, col = i % p.cols;
    float x[9 * most], alpha[9], out[most] = {0};
    for (int m = 0; m < 9; m++) {
        uint32_t from = neighbour(p, row, col, m);
        alpha[m] = alpha_at(&p.land, &model, from);
        for (uint32_t c = 0; c < L; c++)
            x[9 * c + m] = p.state[c * N + from];
    }
    uint32_t own = p.slots[i], source = i, fate = FATE_EMPTY;
    if (own)
        p.carried[own] = 1;
    if (rule_live(L, x, alpha)) {
        fate = 0;
        if (own)
            forward<CHANNELS>(p, model, own, x, out);
        int m = rule_parent(x, alpha, ip_at(&p.land, &model, i), model.seed, i, generation);
        if (m >= 0) {
            source = neighbour(p, row, col, m);
            if (!own)
                p.newborn[atomicAdd(&p.tally->newborn, 1u)] = i;
        }
    }
    rule_activate(L, model.activation, alpha[4], out);
    uint32_t age = rule_age(out[0], alpha[4], p.ages[i]);
    bool dies = age > budget_at(&p.land, &model, i) || rule_cull(&model, i, generation);
    if (dies || age == 0) {
        age = 0;
        for (uint32_t c = 0; c < L; c++)
            out[c] = 0.0f;
        if (dies || own)
            fate = FATE_EMPTY;
    }
    for (uint32_t c = 0; c < L; c++)
        p.next[c * N + i] = out[c];
    p.next_ages[i] = age;
    p.source[i] = source;
    p.fate[i] = (uint8_t)fate;
}

/* Finds the mutants among the newborn; a warp for each of these. */
__global__ void find_mutants(planes all, uint64_t generation) {
    const planes p = of_world(all, blockIdx.y);
    const model &model = *p.model;
    uint32_t pairs = 5 * p.L * p.L, count = p.tally->newborn;
    for (uint32_t n = blockIdx.x; n < count; n += gridDim.x) {
        uint32_t cell = p.newborn[n];
        float ppp = ppp_at(&p.land, &model, cell), delta[2];
        for (uint32_t b = threadIdx.x; b < pairs; b += blockDim.x)
            if (rule_perturb(ppp, model.seed, cell, generation, b, delta))
                p.fate[cell] |= FATE_MUTANT; /* several threads may, all the same value */
    }
}

struct is_mutant {
    const uint8_t *fate;
    __device__ bool operator()(uint32_t cell) const {
        return fate[cell] & FATE_MUTANT;
    }
};

struct is_free {
    const uint8_t *carried;
    __device__ bool operator()(uint32_t slot) const {
        return !carried[slot];
    }
};

/* The first of count ascending places that is not below least. */
__device__ static inline uint32_t first_from(const uint32_t *place, uint32_t count, size_t least) {
    uint32_t first = 0;
    while (first < count) {
        uint32_t middle = first + (count - first) / 2;
        if (place[middle] < least)
            first = middle + 1;
        else
            count = middle;
    }
    return first;
}

/* Mutants, in cell order, take free slots of their world in ascending order. */
__global__ void assign_slots(planes all) {
    const size_t w = blockIdx.y, cells = w * all.cells, slots = cells + w;
    const planes p = of_world(all, w);
    uint32_t first = 0, end = *p.mutants, none = 0;
    if (w) {
        first = first_from(p.mutant, end, cells);
        none = first_from(p.free, *p.unused, slots);
    }
    if (w + 1 < p.worlds)
        end = first + first_from(p.mutant + first, end - first, cells + p.cells);
    uint32_t count = end - first, stride = gridDim.x * blockDim.x;
    for (size_t n = blockIdx.x * blockDim.x + threadIdx.x; n < count; n += stride) {
        uint32_t child = p.free[none + n], slot = (uint32_t)(child - slots);
        p.child[first + n] = child;
        p.given[p.mutant[first + n] - cells] = slot;
        p.serial[slot] = p.tally->next_serial + n;
        if (n == count - 1 && slot > p.tally->last)
            p.tally->last = slot;
    }
    if (blockIdx.x == 0 && threadIdx.x == 0) {
        p.tally->mutants = count;
        p.tally->first = first;
    }
}

/* In the raster schedule a parent with a smaller index hands over what it has just received itself:
   a chain, which ends at a cell that hands over its slot of generation t. climb() goes up from a
   cell to the next mutant and returns true, or to the end and returns false; slot is the slot
   there. (Every cell of a chain lives and could have chosen itself as its parent, so that chains
   grow no longer than a few dozen cells on the largest grids.) */
__device__ static inline bool climb(const planes &p, uint32_t *cell, uint32_t *slot) {
    for (;;) {
        uint32_t from = p.source[*cell];
        if (from >= *cell || p.model->schedule != RASTER) {
            *slot = p.slots[from];
            return false;
        }
        *cell = from;
        if (p.fate[from] & FATE_MUTANT) {
            *slot = p.given[from];
            return true;
        }
    }
}

/* The genomes of the mutants; a warp for each. Adds the perturbations of all mutants of its chain,
   the oldest first, to the genome at the end of the chain. */
__global__ void make_mutants(planes all, uint64_t generation) {
    const planes p = of_world(all, blockIdx.y);
    const model &model = *p.model;
    uint32_t L = p.L, pairs = 5 * L * L, count = p.tally->mutants;
    const uint32_t first = p.tally->first, before = blockIdx.y * p.cells;
    const uint32_t slots = before + blockIdx.y;
    for (uint32_t n = first + blockIdx.x; n < first + count; n += gridDim.x) {
        uint32_t cell = p.mutant[n] - before, child = p.child[n] - slots, oldest = cell, slot,
                 older = 0;
        if (climb(p, &oldest, &slot))
            older++;
        if (threadIdx.x == 0) {
            p.parent_slot[n] = slot;
            p.parent[child] = p.serial[slot];
        }
        for (bool more = older; more; older += more)
            more = climb(p, &oldest, &slot);
        const float *from = p.parameters + slot * p.P;
        float *to = p.parameters + child * p.P;
        for (uint32_t b = threadIdx.x; b < pairs; b += blockDim.x) {
            uint32_t w[2] = {rule_weight(L, 2 * b), rule_weight(L, 2 * b + 1)};
            float value[2] = {from[w[0]], from[w[1]]}, delta[2];
            for (uint32_t k = older + 1; k-- > 0;) {
                uint32_t at = cell, unused;
                for (uint32_t up = 0; up < k; up++)
                    climb(p, &at, &unused);
                float ppp = ppp_at(&p.land, &model, at);
                uint32_t hits = rule_perturb(ppp, model.seed, at, generation, b, delta);
                for (uint32_t half = 0; half < 2; half++)
                    if (hits >> half & 1)
                        value[half] += delta[half];
            }
            to[w[0]] = value[0];
            to[w[1]] = value[1];
        }
        for (uint32_t k = threadIdx.x; k < 2 * L; k += blockDim.x) { /* the biases */
            uint32_t b = k < L ? 9 * L * L + k : 10 * L * L + k;
            to[b] = from[b];
        }
    }
}

/* The slots of the next generation; a thread for each cell. Prepares the tally for it. */
__global__ void __launch_bounds__(BLOCK) inherit(planes all) {
    const planes p = of_world(all, blockIdx.y);
    size_t thread = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (thread == 0) {
        p.tally->next_serial += p.tally->mutants;
        p.tally->newborn = 0;
    }
    if (thread >= p.cells)
        return;
    uint32_t i = (uint32_t)thread, fate = p.fate[i], slot = 0;
    if (!(fate & FATE_EMPTY)) {
        uint32_t cell = i;
        if (fate & FATE_MUTANT)
            slot = p.given[i];
        else
            climb(p, &cell, &slot);
    }
    p.next_slots[i] = slot;
}

/* Copies the genomes of count births of all worlds from first on to p.packed. */
__global__ void pack(planes p, uint32_t first, uint32_t count) {
    for (uint32_t n = blockIdx.x; n < count; n += gridDim.x) {
        const float *from = p.parameters + p.child[first + n] * p.P;
        for (size_t k = threadIdx.x; k < p.P; k += blockDim.x)
            p.packed[n * p.P + k] = from[k];
    }
}

#endif
