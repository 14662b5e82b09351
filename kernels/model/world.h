/* SPDX-License-Identifier: MIT */
/* The model's parameters, and a world: one generation with its genome pool.
   Definitions: Jain and Nichele 2024, chapters 3 and 4; format/STREAM.md for the pool. */
#ifndef NCA_WORLD_H
#define NCA_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum activation { SIGMOID, TANH, RELU, LEAKYRELU, NONE, ACTIVATIONS };
enum schedule { RASTER, SYNC, SCHEDULES };
enum target { ON_BUDGET, ON_ALPHA, ON_IP, ON_PPP, TARGETS }; /* what a landscape varies */
extern const char *const activation_names[ACTIVATIONS];
extern const char *const schedule_names[SCHEDULES];
extern const char *const target_names[TARGETS];

#define MAX_CHANNELS 32
#define MAX_CELLS 0xfffffffeu /* rows * cols; a slot, with 0 for empty, fits uint32_t */
#define BUDGET_INFINITE UINT64_MAX
#define NEVER UINT64_MAX
#define MAX_LANDSCAPE 256 /* bytes, with the 0 at the end */

struct model {
    uint32_t width, height;             /* columns, rows */
    uint32_t channels;                  /* L; channel 0 is alpha */
    double init;                        /* fraction of cells alive in generation 0 */
    float ppp;                          /* parameter perturbation probability */
    float ip;                           /* inheritance probability */
    uint64_t budget;                    /* generations a cell may live, or BUDGET_INFINITE */
    float alpha;                        /* alpha threshold */
    enum activation activation, hidden; /* of the board: SIGMOID or TANH; of the hidden layer */
    float cull;                         /* probability, from generation cull_from until before */
    uint64_t cull_from, cull_until;     /* cull_until, which may be NEVER, */
    uint32_t cull_every;                /* in generations that are multiples of cull_every */
    enum schedule schedule;
    uint64_t seed;
    char landscape[MAX_LANDSCAPE]; /* "none", or KIND:ARGUMENTS (kernels/model/landscape.h) */
    enum target landscape_on;
    uint64_t landscape_sum; /* XXH64 of a map's file, else 0 */
};

/* The model of experiment 1 of the thesis (Table 4.4), and all the defaults. */
extern const struct model model_default;

static inline size_t model_cells(const struct model *model) {
    return (size_t)model->width * model->height;
}

/* P, the parameters of one genome for L channels: W1[L][9L], b1[L], W2[L][L], b2[L]. */
static inline size_t genome_size(uint32_t channels) {
    size_t L = channels;
    return 9 * L * L + L + L * L + L;
}

/* Sections of a world; bits of a set. GENOMES: slots, pool and births. */
enum { GENOMES = 1, AGES = 2, STATE = 4, ALL_SECTIONS = 7, BIRTHS = 32 };

/* The genomes that cells carry, each once, in slots 1..; slot 0 is the empty genome. */
struct pool {
    size_t genome;        /* P */
    uint32_t capacity;    /* slots 0..capacity are allocated */
    float *parameters;    /* [capacity + 1][P] */
    uint64_t *serial;     /* [capacity + 1], 0 in a slot that never held a genome */
    uint64_t *parent;     /* [capacity + 1] serial of the parent, 0 = founder */
    uint64_t next_serial; /* of the next genome to be born */
    uint64_t run;         /* another number once serials stand for other genomes than before */
};

/* The genomes born in one generation, in cell order; their serials end at next_serial - 1. */
struct births {
    uint32_t count, capacity;
    uint32_t *slot, *parent; /* [capacity] slots of the child and of its parent */
};

struct world {
    struct model model;
    uint64_t generation;
    size_t cells;    /* N = width * height; cell i is at row i / width, column i % width */
    float *state;    /* [L][N], or NULL if it is not known */
    uint32_t *ages;  /* [N], or NULL; generations alive without a break, 0 = dead */
    uint32_t *slots; /* [N], or NULL; pool slot of the cell's genome, 0 = empty */
    struct pool pool;
    struct births births; /* of this generation */
};

/* Allocates slots up to slot, at most MAX_CELLS; new ones have serial 0 and parameters that are not
   set. Ends the program if memory runs out. */
void pool_reserve(struct pool *pool, uint32_t slot);

static inline float *pool_genome(const struct pool *pool, uint32_t slot) {
    return pool->parameters + slot * pool->genome;
}

/* Asks the processor for the lines of its cache that hold a genome, which is needed soon. */
static inline void genome_prefetch(const float *genome, size_t P) {
    enum { LINE = 64 / sizeof(float) };
    for (size_t p = 0; p < P; p += LINE)
        __builtin_prefetch(genome + p);
    __builtin_prefetch(genome + P - 1);
}

/* For what is known of the genomes in slots, each of which has this serial, 0 if none: where
   serials stand for other genomes than in *run, those known become UINT64_MAX, which is no
   genome's. */
void pool_follow(const struct pool *pool, uint64_t *run, uint64_t *serial, size_t slots);

/* Adds one birth to the list, which grows as needed. Ends the program at more than MAX_CELLS. */
void births_add(struct births *births, uint32_t slot, uint32_t parent);

/* The error where a genotype of this serial is not the one that came before: parts of a stream are
   not of one run. */
void births_contradict(char error[128], uint64_t generation, uint64_t serial);

/* Makes to, which is all zero or an earlier copy, a copy of from: its planes (NULL
   for those that it lacks), its pool and next_serial; not its births. Ends the program if memory
   runs out. */
void world_copy(struct world *to, const struct world *from);

/* The first difference between two worlds of one geometry, both with all sections: in state, ages,
   slots, and of the genomes that cells carry, serials, parents and parameters. True: what says
   where it is, in which cell, row and column, and both values, a's first. */
bool world_differs(const struct world *a, const struct world *b, char what[200]);

/* Cells whose alpha is not 0. The world has its state. */
uint64_t world_living(const struct world *world);

/* Frees what a world holds, not the world itself. */
void world_free(struct world *world);

#ifdef __cplusplus
}
#endif

#endif
