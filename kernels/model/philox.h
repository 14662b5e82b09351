/* SPDX-License-Identifier: MIT */
/* Philox4x32-10: Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
   SC 2011. Counter-based: a draw depends only on its seed, cell, generation and purpose, and not on
   the order of work. */
#ifndef NCA_PHILOX_H
#define NCA_PHILOX_H

#include "common/compile.h"

#include <stdint.h>

/* The purpose of a draw: counter word c2. */
enum purpose {
    PLACEMENT = 0,   /* w0 + 2^32 * w1: the cells with the smallest keys are alive at the start */
    CELL = 1,        /* w0: inherit? w1: which parent. w2: cull? */
    POSITIONS = 2,   /* w0, w1, w2: RWSP's parameter positions; cell and generation 0 */
    CENTROID = 3,    /* w0 + 2^32 * w1: which genome is initial centroid number "cell" of CNWA */
    LANDSCAPE = 4,   /* w0: the factor of patch number "cell" in a period, the "generation" */
    FLIP = 5,        /* as PLACEMENT: the cells with the smallest keys are changed at the start */
    SHADOW = 6,      /* w0 + 2^32 * w1: an order, w2: which one (kernels/measures/shadow.h) */
    INITIAL = 0x100, /* + b: initial weights 4b .. 4b + 3 */
    MUTATION = 0x200 /* + b: weights 2b, 2b + 1: (w0 mask, w1 delta), (w2 mask, w3 delta) */
};

struct philox {
    uint32_t w[4];
};

/* Ten rounds of Philox4x32 on counter with key. */
FUNCTION struct philox philox4x32(struct philox counter, uint32_t key0, uint32_t key1) {
    for (int round = 0; round < 10; round++) {
        uint64_t a = (uint64_t)0xD2511F53u * counter.w[0];
        uint64_t b = (uint64_t)0xCD9E8D57u * counter.w[2];
        counter.w[0] = (uint32_t)(b >> 32) ^ counter.w[1] ^ key0;
        counter.w[1] = (uint32_t)b;
        counter.w[2] = (uint32_t)(a >> 32) ^ counter.w[3] ^ key1;
        counter.w[3] = (uint32_t)a;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return counter;
}

/* The four words for one cell, one generation (the one being produced) and one purpose. */
FUNCTION struct philox draw(uint64_t seed, uint64_t cell, uint64_t generation, uint32_t purpose) {
    struct philox counter = {
        {(uint32_t)cell, (uint32_t)generation, purpose, (uint32_t)(cell >> 32)}};
    return philox4x32(counter, (uint32_t)seed, (uint32_t)(seed >> 32));
}

/* A word as a number in [0, 1), exact in float32. */
FUNCTION float unit(uint32_t word) {
    return (float)(word >> 8) * 0x1p-24f;
}

/* A number from 0 .. count - 1. */
FUNCTION uint32_t choose(uint32_t word, uint32_t count) {
    return (uint32_t)((uint64_t)word * count >> 32);
}

#endif
