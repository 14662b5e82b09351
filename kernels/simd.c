/* One generation, many cells at a time: the same bits as kernels/plain.c. Rows are shared out in
   bands, and a generation has three passes: sweep() by band (perceive, think, squash; who inherits
   from whom; the random numbers of mutations), inherit() through all heirs in cell order, and
   settle() by band (the genomes of the newborn; age, budget, reap, cull). */
#include "kernels/simd.h"

#include "common/err.h"
#include "kernels/lanes-math.h"
#include "kernels/rule.h"

#include <stdlib.h>

FUNCTION wide wide_from(uint64_t first) {
    wide v = {0};
    for (int k = 0; k < HALF; k++)
        v[k] = first + (uint64_t)k;
    return v;
}

/* CELL's draws for W cells from cell on: words 0 to 2 of each. */
FUNCTION void draw_cells(natural word[3], const struct world *world, uint64_t cell) {
    wide w[2][4], twice = wide_from(0) * 2; /* even cells and odd ones */
    for (uint32_t odd = 0; odd < 2; odd++) {
        w[odd][0] = twice + (cell + odd);
        w[odd][1] = wide_all((uint32_t)world->generation);
        w[odd][2] = wide_all(CELL);
        w[odd][3] = wide_all(0);
    }
    lanes_philox(w, 2, world->model.seed);
    for (int q = 0; q < 3; q++)
        word[q] = wide_join(w[0][q], w[1][q]);
}

/* natural_below() this if and only if unit() < probability. */
static uint32_t below(float probability) {
    return (uint32_t)ceil((double)probability * 0x1p24);
}

/* A GROUP of cells thinks when a CROWD stands behind it: time for its genomes to come from memory,
   while those of the others are asked for, evenly. A group is a PAIR of vectors, as each has long
   sums to wait for. */
enum { PAIR = 2, GROUP = PAIR * W, CROWD = 96 };

/* The ring: for a crowd, a group and a chunk; in whole groups, of 8 to 32. */
enum { PLACES = CROWD + 64, ROOM = PLACES + W };

/* What one thread works with. Lines hold a row from its last cell to its first, so that each has
   both neighbours; bit k of a line's bits is for its place k. */
struct worker {
    uint32_t rows, cols;
    size_t stride;              /* of a line */
    float *line[3];             /* [L][stride] */
    float *alpha;               /* [stride] thresholds of the line read last */
    uint8_t *lives[3], *any[3]; /* bits: alpha above the threshold; any channel above it */
    float *turned;              /* [PAIR][P][W] the ends of genomes, side by side */
    float *x;                   /* [9L][ROOM] neighbourhoods of the cells that are to think, */
    uint32_t cell[ROOM], slot[ROOM];
    uint32_t first, count;          /* in a ring of PLACES from place first on */
    uint32_t *heir, *choice, heirs; /* [stride + W] of this row: column, and word 1 of its draw */
};

static struct worker *worker_new(const struct world *world) {
    size_t L = world->model.channels, P = world->pool.genome;
    size_t stride = (world->model.width + 2 + 2 * CHUNK - 1) / CHUNK * CHUNK,
           bytes = stride / 8 + 8;
    size_t reals = PAIR * P * W + 9 * L * ROOM + (3 * L + 1) * stride + 2 * (stride + W);
    char *memory =
        allocate(1, sizeof(struct worker) + 64 + reals * sizeof(float) + 6 * bytes, "step");
    struct worker *w = (struct worker *)memory;
    uintptr_t after = (uintptr_t)memory + sizeof *w;
    w->rows = world->model.height;
    w->cols = world->model.width;
    w->stride = stride;
    w->turned = (float *)(memory + sizeof *w + (-after & 63)); /* whole cache lines are faster */
    w->x = w->turned + PAIR * P * W;
    float *line = w->x + 9 * L * ROOM;
    w->alpha = line + 3 * L * stride;
    for (size_t p = 0; p < stride; p++)
        w->alpha[p] = world->model.alpha;
    w->heir = (uint32_t *)(w->alpha + stride);
    w->choice = w->heir + stride + W;
    uint8_t *bits = (uint8_t *)(w->choice + stride + W);
    for (size_t k = 0; k < 3; k++) {
        w->line[k] = line + k * L * stride;
        w->lives[k] = bits + 2 * k * bytes;
        w->any[k] = bits + (2 * k + 1) * bytes;
    }
    return w;
}

static void line_copy(const struct worker *w, float *to, const float *from) {
    to[0] = from[w->cols - 1];
    memcpy(to + 1, from, w->cols * sizeof *to);
    to[w->cols + 1] = from[0];
}

static void line_read(struct worker *w, size_t k, const struct simd *simd, size_t row) {
    const struct world *world = simd->world;
    uint32_t L = world->model.channels;
    for (uint32_t c = 0; c < L; c++)
        line_copy(w, w->line[k] + c * w->stride, world->state + c * world->cells + row * w->cols);
    if (simd->land && simd->land->alpha)
        line_copy(w, w->alpha, simd->land->alpha + row * w->cols);
    for (size_t p = 0; p < w->stride; p += CHUNK) {
        uint16_t mask = (uint16_t)chunk_above(w->line[k] + p, w->alpha + p);
        memcpy(w->lives[k] + p / 8, &mask, 2);
        for (uint32_t c = 1; c < L; c++)
            mask |= (uint16_t)chunk_above(w->line[k] + c * w->stride + p, w->alpha + p);
        memcpy(w->any[k] + p / 8, &mask, 2);
    }
}

FUNCTION uint32_t bits_from(const uint8_t *bits, uint32_t place) {
    uint32_t four;
    memcpy(&four, bits + place / 8, 4);
    return four >> place % 8;
}

/* Of the cells from col on, those with a bit set in any of the nine places around. */
FUNCTION uint32_t spread(uint8_t *const bits[3], uint32_t col) {
    uint32_t b = bits_from(bits[0], col) | bits_from(bits[1], col) | bits_from(bits[2], col);
    return b | b >> 1 | b >> 2;
}

FUNCTION void fetch_genome(const struct pool *pool, uint32_t L, uint32_t slot) {
    const float *genome = pool_genome(pool, slot);
    for (size_t p = 0; p < genome_size(L); p += 64 / sizeof *genome)
        __builtin_prefetch(genome + p);
    __builtin_prefetch(genome + genome_size(L) - 1);
}

enum { TURN = 8 }; /* numbers of a genome that are turned at a time */

/* Adds to h what a GROUP of cells, from place at on, makes of its inputs by the genomes in row.
   Those of the last group of the crowd are asked for in between: memory works while sums are made.
 */
FUNCTION void sum_inputs(real h[PAIR][MOST_CHANNELS], const struct pool *pool,
                         const struct worker *w, const float *row[PAIR][W], uint32_t L,
                         uint32_t at) {
    size_t inputs = 9 * L, steps = (inputs + TURN - 1) / TURN * L * PAIR;
    uint32_t later = (at + CROWD) % PLACES, asked = 0, step = 0;
#pragma GCC unroll 4
    for (size_t m = 0; m < inputs; m += TURN)
#pragma GCC unroll 3
        for (size_t k = 0; k < L; k++)
#pragma GCC unroll 2
            for (uint32_t v = 0; v < PAIR; v++) {
                real weight[TURN] = {0};
                if (inputs - m > TURN / 2)
                    real_turn8(weight, row[v], k * inputs + m);
                else
                    real_turn4(weight, row[v], k * inputs + m);
#pragma GCC unroll 8
                for (size_t j = 0; j < TURN; j++)
                    if (m + j < inputs) {
                        real x = real_load(w->x + (m + j) * ROOM + at + v * W);
                        h[v][k] = real_fma(weight[j], x, h[v][k]);
                    }
#pragma GCC unroll 1
                for (step++; asked * steps < step * GROUP; asked++)
                    fetch_genome(pool, L, w->slot[later + asked]);
            }
}

/* A GROUP of cells, from place at on, think: rule_think() and rule_squash(). The first most of
   them are stored. */
FUNCTION void think(struct simd *simd, struct worker *w, uint32_t L, uint32_t at, uint32_t most) {
    const struct world *world = simd->world;
    const struct model *model = &world->model;
    size_t P = genome_size(L), inputs = 9 * L;
    const float *row[PAIR][W];
    for (uint32_t v = 0; v < PAIR; v++) {
        for (uint32_t k = 0; k < W; k++)
            row[v][k] = pool_genome(&world->pool, w->slot[at + v * W + k]);
        for (size_t p = P; p > inputs * L;) { /* what comes after the weights of the inputs */
            real turned[TURN];
            p -= TURN;
            real_turn8(turned, row[v], p);
            for (size_t q = 0; q < TURN; q++)
                real_store(w->turned + (v * P + p + q) * W, turned[q]);
        }
    }
    const float *b1 = w->turned + inputs * L * W, *W2 = b1 + L * W, *b2 = W2 + L * L * W;
    real h[PAIR][MOST_CHANNELS], out[PAIR][MOST_CHANNELS];
    for (uint32_t v = 0; v < PAIR; v++)
        for (uint32_t k = 0; k < L; k++)
            h[v][k] = real_load(b1 + (v * P + k) * W);
    sum_inputs(h, &world->pool, w, row, L, at);
    for (uint32_t k = 0; k < L; k++)
        for (uint32_t v = 0; v < PAIR; v++)
            h[v][k] = lanes_activate(model->hidden, h[v][k]);
    for (uint32_t c = 0; c < L; c++)
        for (uint32_t v = 0; v < PAIR; v++) {
            out[v][c] = real_load(b2 + (v * P + c) * W);
            for (uint32_t k = 0; k < L; k++)
                out[v][c] = real_fma(real_load(W2 + (v * P + c * L + k) * W), h[v][k], out[v][c]);
            out[v][c] = lanes_activate(model->activation, out[v][c]) + 0.0f;
        }
    const uint32_t *cell = w->cell + at;
    real alpha[PAIR];
    for (uint32_t v = 0; v < PAIR; v++)
        alpha[v] = real_all(model->alpha);
    for (uint32_t k = 0; simd->land && simd->land->alpha && k < most; k++)
        alpha[k / W][k % W] = simd->land->alpha[cell[k]];
    for (uint32_t c = L; c-- > 0;) {
        float value[GROUP], *next = simd->next + c * world->cells;
        for (uint32_t v = 0; v < PAIR; v++)
            real_store(value + v * W, real_where_above(out[v][c], out[v][0], alpha[v]));
        if (most == GROUP && cell[GROUP - 1] - cell[0] == GROUP - 1)
            memcpy(next + cell[0], value, sizeof value);
        else
            for (uint32_t k = 0; k < most; k++)
                next[cell[k]] = value[k];
    }
}

/* Cells that are to think do, as long as more than a crowd of them are left. */
FUNCTION void think_all(struct simd *simd, struct worker *w, uint32_t L, uint32_t crowd) {
    while (w->count > crowd) {
        uint32_t most = w->count < GROUP ? w->count : GROUP;
        if (most < GROUP) /* the empty genome is not far */
            memset(w->slot + w->first + most, 0, (GROUP - most) * sizeof *w->slot);
        think(simd, w, L, w->first, most);
        w->count -= most;
        w->first = (w->first + GROUP) % PLACES;
    }
}

/* Puts the cells with a bit in mask, of CHUNK from cell (column col) on, among those that are to
   think. */
FUNCTION void gather(struct worker *w, uint32_t L, uint32_t mask, uint32_t cell,
                     const uint32_t *own, uint32_t col) {
    natural count = {0};
    for (uint32_t k = 0; k < W; k++)
        count[k] = k;
    for (uint32_t from = 0; from < CHUNK; from += W) {
        uint32_t some = mask >> from & ((1u << W) - 1), at = (w->first + w->count) % PLACES;
        if (!some)
            continue;
        bool all = some == (1u << W) - 1; /* as in a full grid */
        for (uint32_t c = 0; c < L; c++)
            for (uint32_t m = 0; m < 9; m++) {
                const float *line = w->line[m / 3] + c * w->stride + col + from + m % 3;
                float *x = w->x + (9 * c + m) * ROOM + at;
                if (all)
                    real_store(x, real_load(line));
                else
                    real_pack(x, real_load(line), some);
            }
        natural slot;
        memcpy(&slot, own + from, sizeof slot);
        real_pack((float *)w->slot + at, (real)slot, some);
        real_pack((float *)w->cell + at, (real)(cell + from + count), some);
        uint32_t n = (uint32_t)__builtin_popcount(some);
        w->count += n;
        if (at + n > PLACES) { /* once around: what is beyond the end belongs to the start */
            for (uint32_t m = 0; m < 9 * L; m++)
                memcpy(w->x + m * ROOM, w->x + m * ROOM + PLACES, W * sizeof *w->x);
            memcpy(w->slot, w->slot + PLACES, W * sizeof *w->slot);
            memcpy(w->cell, w->cell + PLACES, W * sizeof *w->cell);
        }
    }
}

/* The draws of rule_mutate() for a genome born in cell, for the SET of weights from first on: the
   bits of those that are hit, and the word that tells by how much. */
enum { SETS = (20 + HALF - 1) / HALF, SET = SETS * W }; /* enough for the 40 of two channels */
FUNCTION uint64_t draw_hits(const struct simd *simd, uint32_t L, uint32_t cell, uint32_t first,
                            natural by[SETS]) {
    const struct world *world = simd->world;
    uint32_t left = 10 * L * L - first, limit = below(ppp_at(simd->land, &world->model, cell));
    uint64_t hits = 0;
    wide w[SETS][4];
    for (uint32_t v = 0; v < SETS; v++) {
        w[v][0] = wide_all(cell);
        w[v][1] = wide_all((uint32_t)world->generation);
        w[v][2] = wide_from(MUTATION + first / 2 + v * HALF);
        w[v][3] = wide_all(0);
    }
    lanes_philox(w, SETS, world->model.seed);
    for (uint32_t v = 0; v < SETS; v++) {
        hits |= (uint64_t)natural_below(wide_join(w[v][0], w[v][2]), natural_all(limit)) << v * W;
        by[v] = wide_join(w[v][1], w[v][3]);
    }
    return left < SET ? hits & ((UINT64_C(1) << left) - 1) : hits;
}

/* Which of the cells with a bit in mask, of CHUNK from cell (column col) on, inherit.
   limits[CHUNK]: the words below which they do. */
FUNCTION void draw_heirs(struct worker *w, const struct world *world, uint32_t mask,
                         const uint32_t *limits, uint32_t cell, uint32_t col) {
    natural count = {0};
    for (uint32_t k = 0; k < W; k++)
        count[k] = k;
    for (uint32_t from = 0; from < CHUNK; from += W) {
        uint32_t some = mask >> from & ((1u << W) - 1);
        if (!some)
            continue;
        natural word[3], limit;
        draw_cells(word, world, cell + from);
        memcpy(&limit, limits + from, sizeof limit);
        some &= natural_below(word[0], limit);
        real_pack((float *)w->heir + w->heirs, (real)(col + from + count), some);
        real_pack((float *)w->choice + w->heirs, (real)word[1], some);
        w->heirs += (uint32_t)__builtin_popcount(some);
    }
}

/* rule_parent() for those of the row that inherit, and whether those born are mutants. */
FUNCTION void choose_parents(struct simd *simd, struct band *band, struct worker *w, uint32_t L,
                             uint32_t row) {
    uint32_t cols = w->cols, start = row * cols;
    uint32_t rows[3] = {(row ? row : w->rows) * cols - cols, start,
                        row + 1 < w->rows ? start + cols : 0};
    struct heir *heir = band->heir + band->heirs;
    uint32_t births = 0;
    for (uint32_t h = 0; h < w->heirs; h++) {
        uint32_t at = w->heir[h], around = 0;
        for (int r = 0; r < 3; r++)
            around |= (bits_from(w->lives[r], at) & 7) << 3 * r;
        uint32_t pick = choose(w->choice[h], (uint32_t)__builtin_popcount(around));
#ifdef __BMI2__
        uint32_t m = (uint32_t)__builtin_ctz(_pdep_u32(1u << pick, around));
#else
        while (pick--)
            around &= around - 1;
        uint32_t m = (uint32_t)__builtin_ctz(around);
#endif
        uint32_t col = at + m % 3; /* of the parent, and one more */
        col = col ? col - 1 : cols - 1;
        heir[h] = (struct heir){start + at, rows[m / 3] + (col < cols ? col : 0)};
        w->heir[births] = start + at;
        births += simd->world->slots[start + at] == 0;
    }
    for (uint32_t b = 0; b < births; b++) {
        natural by[SETS];
        uint64_t hits = 0;
        for (uint32_t first = 0; first < 10 * L * L; first += SET)
            hits |= draw_hits(simd, L, w->heir[b], first, by);
        simd->born[w->heir[b]] = hits ? MUTANT : COPY;
    }
    band->heirs += w->heirs;
    band->births += births;
    w->heirs = 0;
}

enum { AHEAD = 4 * CHUNK }; /* cells whose marks are fetched before they are needed */

/* Marks those of CHUNK slots with a bit in some. Several threads may, and mostly the same: looking
   first keeps cache lines shared, and at all of them first asks no branch to be guessed. */
FUNCTION void mark(uint8_t *carried, const uint32_t *slots, uint32_t some) {
    uint32_t marked = 0;
    for (uint32_t k = 0; k < CHUNK; k++)
        marked |= (uint32_t)__atomic_load_n(carried + slots[k], __ATOMIC_RELAXED) << k;
    for (some &= ~marked; some; some &= some - 1)
        __atomic_store_n(carried + slots[__builtin_ctz(some)], 1, __ATOMIC_RELAXED);
}

/* Asks for what a chunk of the next row will need: the machine foresees too few of so many rows. */
FUNCTION void fetch_rows(const struct simd *simd, uint32_t L, size_t cell) {
    const struct world *world = simd->world;
    for (uint32_t c = 0; c < L; c++) {
        __builtin_prefetch(world->state + c * world->cells + cell + world->model.width);
        __builtin_prefetch(simd->next + c * world->cells + cell, 1);
    }
    __builtin_prefetch(world->slots + cell);
}

FUNCTION void sweep(struct simd *simd, struct band *band, struct worker *w, uint32_t L) {
    struct world *world = simd->world;
    uint32_t rows = w->rows, cols = w->cols, end = band->last * cols;
    const float *alpha = simd->land ? simd->land->alpha : NULL,
                *ip = simd->land ? simd->land->ip : NULL;
    uint32_t limits[CHUNK];
    for (uint32_t k = 0; k < CHUNK; k++)
        limits[k] = below(world->model.ip);
    band->heirs = band->births = 0;
    line_read(w, 1, simd, (band->first ? band->first : rows) - 1);
    line_read(w, 2, simd, band->first);
    for (uint32_t row = band->first; row < band->last; row++) {
        float *oldest = w->line[0];
        uint8_t *oldest_lives = w->lives[0], *oldest_any = w->any[0];
        for (int k = 0; k < 2; k++) {
            w->line[k] = w->line[k + 1];
            w->lives[k] = w->lives[k + 1];
            w->any[k] = w->any[k + 1];
        }
        w->line[2] = oldest;
        w->lives[2] = oldest_lives;
        w->any[2] = oldest_any;
        line_read(w, 2, simd, row + 1 < rows ? row + 1 : 0);
        const float *varied = alpha ? alpha + (size_t)row * cols : NULL;
        for (uint32_t c = 0; c < L; c++) {
            float *next = simd->next + c * world->cells + (size_t)row * cols;
            for (uint32_t col = 0; col < cols; col++)
                next[col] = varied && !(simd->fill > varied[col]) ? 0.0f : simd->fill;
        }
        for (uint32_t col = 0; col < cols; col += CHUNK) {
            uint32_t cell = row * cols + col, n = cols - col < CHUNK ? cols - col : CHUNK;
            if (row + 2 < band->last)
                fetch_rows(simd, L, cell + cols);
            uint32_t there = (1u << n) - 1, *slots = world->slots + cell, own[CHUNK] = {0};
            if (n == CHUNK)
                memcpy(own, slots, sizeof own);
            else
                memcpy(own, slots, n * sizeof *own);
            uint32_t used = chunk_used(own), live = spread(w->any, col) & there;
            uint32_t to_mark = simd->mark ? used : used & ~live; /* the rest later, if ever */
            if (to_mark)
                mark(simd->carried, own, to_mark);
            bool fetch = simd->mark && end - cell >= AHEAD + CHUNK;
            for (uint32_t k = 0; fetch && k < CHUNK; k++)
                __builtin_prefetch(simd->carried + slots[AHEAD + k], 1);
            for (uint32_t m = used & ~live; m; m &= m - 1)
                slots[__builtin_ctz(m)] = 0;
            if (live & used) {
                gather(w, L, live & used, cell, own, col);
                think_all(simd, w, L, CROWD + GROUP - 1);
            }
            uint32_t offered = spread(w->lives, col) & there;
            for (uint32_t k = 0; ip && k < n; k++)
                limits[k] = below(ip[cell + k]);
            if (offered && (ip || limits[0]))
                draw_heirs(w, world, offered, limits, cell, col);
        }
        choose_parents(simd, band, w, L, row);
    }
    think_all(simd, w, L, 0);
}

static void sweep_band(void *context, unsigned part, unsigned member) {
    struct simd *simd = context;
    if (!simd->worker[member])
        simd->worker[member] = worker_new(simd->world);
    if (simd->world->model.channels == 2) /* as everywhere else, but known to the compiler */
        sweep(simd, &simd->band[part], simd->worker[member], 2);
    else if (simd->world->model.channels == 3)
        sweep(simd, &simd->band[part], simd->worker[member], 3);
    else
        sweep(simd, &simd->band[part], simd->worker[member], simd->world->model.channels);
}

/* The genomes of the band's mutants: their parents', mutated. */
static void bear(struct simd *simd, struct band *band) {
    const struct world *world = simd->world;
    uint32_t L = world->model.channels;
    for (uint32_t m = 0; m < band->mutants; m++) {
        uint32_t b = band->first_mutant + m;
        float *genome = pool_genome(&world->pool, world->births.slot[b]);
        memcpy(genome, pool_genome(&world->pool, world->births.parent[b]),
               world->pool.genome * sizeof *genome);
        for (uint32_t first = 0; first < 10 * L * L; first += SET) {
            natural by[SETS];
            uint64_t hits = draw_hits(simd, L, band->heir[m].cell, first, by);
            for (; hits; hits &= hits - 1) {
                uint32_t k = (uint32_t)__builtin_ctzll(hits);
                genome[rule_weight(L, first + k)] += 2.0f * unit(by[k / W][k % W]) - 1.0f;
            }
        }
    }
}

/* Hands over slots in cell order, and gives free ones to the mutants. */
static void inherit(struct simd *simd) {
    enum { SOON = 32 }; /* heirs whose slots are fetched before their turn */
    struct world *world = simd->world;
    struct pool *pool = &world->pool;
    uint32_t *slots = world->slots, next_free = 1, births = 0;
    uint64_t first_serial = pool->next_serial;
    for (uint32_t b = 0; b < simd->bands; b++)
        births += simd->band[b].births;
    for (size_t i = 0; births && !simd->mark && i < world->cells; i++)
        simd->carried[slots[i]] = 1;
    bool sync = world->model.schedule == SYNC;
    for (uint32_t b = 0; sync && b < simd->bands; b++)
        for (uint32_t h = 0; h < simd->band[b].heirs; h++)
            simd->band[b].heir[h].parent = slots[simd->band[b].heir[h].parent];
    simd->chained = false;
    for (uint32_t b = 0; b < simd->bands; b++) {
        struct band *band = &simd->band[b];
        band->first_mutant = world->births.count;
        band->mutants = 0;
        for (uint32_t h = 0; h < band->heirs; h++) {
            uint32_t cell = band->heir[h].cell, parent = band->heir[h].parent;
            if (band->heirs - h > SOON) {
                __builtin_prefetch(slots + band->heir[h + SOON].parent);
                __builtin_prefetch(slots + band->heir[h + SOON].cell, 1);
                __builtin_prefetch(simd->born + band->heir[h + SOON].cell);
            }
            if (!sync)
                parent = slots[parent];
            slots[cell] = parent;
            if (simd->born[cell] != MUTANT)
                continue;
            while (next_free <= pool->room && simd->carried[next_free])
                next_free++;
            pool_reserve(pool, next_free);
            simd->chained |= pool->serial[parent] >= first_serial;
            pool->serial[next_free] = pool->next_serial++;
            pool->parent[next_free] = pool->serial[parent];
            births_add(&world->births, next_free, parent);
            slots[cell] = next_free++;
            band->heir[band->mutants++].cell = cell; /* this heir, or one before */
        }
    }
    memset(simd->carried, 0, world->cells + 1);
    simd->mark = births > 0; /* most likely again */
    for (uint32_t b = 0; simd->chained && b < simd->bands; b++)
        bear(simd, &simd->band[b]);
}

/* Steps 5 to 8 for all cells of a band, some at a time. */
static void settle_band(void *context, unsigned part, unsigned member) {
    enum { SOME = 512 };
    struct simd *simd = context;
    struct world *world = simd->world;
    const struct model *model = &world->model;
    struct band *band = &simd->band[part];
    (void)member;
    if (!simd->chained)
        bear(simd, band);
    const struct landscape *land = simd->land;
    float lives_from = simd->lives_from;
    bool culls = model->cull > 0.0f && world->generation >= model->cull_from &&
                 world->generation < model->cull_until;
    uint32_t limit = below(model->cull);
    uint32_t spared[SOME], keeps[SOME], lives[SOME], budget[SOME];
    for (size_t k = 0; k < SOME; k++) {
        spared[k] = UINT32_MAX;
        budget[k] = budget_at(NULL, model, 0);
    }
    size_t end = (size_t)band->last * model->width;
    for (size_t i = (size_t)band->first * model->width; i < end; i += SOME) {
        size_t n = end - i < SOME ? end - i : SOME;
        uint32_t *restrict ages = world->ages + i, *restrict slots = world->slots + i;
        uint8_t *restrict born = simd->born + i;
        const float *alpha = simd->next + i;
        for (size_t k = 0; culls && k < n; k += W) {
            natural word[3];
            draw_cells(word, world, i + k);
            uint32_t culled = natural_below(word[2], natural_all(limit));
            for (size_t j = 0; j < W; j++) /* SOME is a multiple of W */
                spared[k + j] = (culled >> j & 1) - 1;
        }
        for (size_t k = 0; k < n; k++)
            lives[k] = alpha[k] >= lives_from ? UINT32_MAX : 0;
        for (size_t k = 0; land && land->alpha && k < n; k++)
            lives[k] = rule_age(alpha[k], land->alpha[i + k], 0) ? UINT32_MAX : 0;
        if (land && land->budget)
            memcpy(budget, land->budget + i, n * sizeof *budget);
        for (size_t k = 0; k < n; k++) { /* masks of all bits, so that this becomes vectors */
            uint32_t age = ages[k] + (ages[k] != UINT32_MAX);
            age &= lives[k];
            uint32_t spares = spared[k] & (age > budget[k] ? 0 : UINT32_MAX);
            uint32_t keep = spares & (age ? UINT32_MAX : 0);
            ages[k] = age & keep;
            slots[k] &= keep | (born[k] ? spares : 0);
            keeps[k] = keep;
            born[k] = 0;
        }
        for (uint32_t c = 0; c < model->channels; c++) {
            float *next = simd->next + c * world->cells + i;
            for (size_t k = 0; k < n; k++) {
                uint32_t bits;
                memcpy(&bits, next + k, 4);
                bits &= keeps[k];
                memcpy(next + k, &bits, 4);
            }
        }
    }
}

/* The smallest float with which rule_age() lets a cell live, among -2 .. 2: by bisection of the
   floats in order, as numbers. */
static float lives_from(float alpha) {
    int64_t dead = -0x40000000, lives = 0x40000000;
    while (lives - dead > 1) {
        int64_t middle = (lives + dead) / 2;
        uint32_t bits = middle < 0 ? 0x80000000u | (uint32_t)-middle : (uint32_t)middle;
        float s;
        memcpy(&s, &bits, sizeof s);
        *(rule_age(s, alpha, 0) ? &lives : &dead) = middle;
    }
    uint32_t bits = lives < 0 ? 0x80000000u | (uint32_t)-lives : (uint32_t)lives;
    float s;
    memcpy(&s, &bits, sizeof s);
    return s;
}

void STEP_SIMD(struct simd *simd, struct world *world) {
    if (!simd->world) {
        simd->lives_from = lives_from(world->model.alpha);
        float out[MOST_CHANNELS] = {0};
        bool varies = simd->land && simd->land->alpha;
        rule_squash(world->model.channels, world->model.activation,
                    varies ? -INFINITY : world->model.alpha, out);
        simd->fill = out[0];
    }
    simd->world = world;
    world->generation++;
    world->births.count = 0;
    crew_run(simd->crew, sweep_band, simd, simd->bands);
    inherit(simd);
    crew_run(simd->crew, settle_band, simd, simd->bands);
    float *state = world->state;
    world->state = simd->next;
    simd->next = state;
}
