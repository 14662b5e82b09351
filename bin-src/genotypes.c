/* SPDX-License-Identifier: MIT */
#include "bin-src/genotypes.h"

#include "bin-src/page.h"
#include "common/err.h"

#include <stdlib.h>
#include <string.h>

/* What the columns are computed from. */
struct rows {
    const struct pedigree *pedigree;
    const struct colours *rwsp;
    uint64_t first;
    size_t P;
    size_t begin, step; /* each step-th block is packed, from block begin on */
};

static const struct genotype *genotype(const struct rows *r, size_t row) {
    return &r->pedigree->lineage.genotype[r->pedigree->row[row].entry];
}

static const float *genome(const struct rows *r, size_t row) {
    return r->pedigree->genome + r->pedigree->row[row].entry * r->P;
}

static uint32_t signed_difference(uint64_t now, uint64_t before) {
    return zigzag((uint32_t)(now - before));
}

static uint64_t serial_step(const struct rows *r, size_t row) {
    return genotype(r, row)->serial - (row ? genotype(r, row - 1)->serial : 0);
}
static uint32_t serial_low(const struct rows *r, size_t row) {
    return (uint32_t)serial_step(r, row);
}
static uint32_t serial_high(const struct rows *r, size_t row) {
    return (uint32_t)(serial_step(r, row) >> 32);
}

static uint32_t page_number(const struct rows *r, size_t row) {
    const struct pedigree *p = r->pedigree;
    return signed_difference(p->entry[p->row[row].entry].number,
                             row ? p->entry[p->row[row - 1].entry].number : 0);
}

static uint32_t parent(const struct rows *r, size_t row) {
    uint32_t of = r->pedigree->row[row].parent;
    return of ? (uint32_t)row + 1 - of : 0;
}

static uint32_t origin(const struct rows *r, size_t row) {
    return signed_difference(genotype(r, row)->origin,
                             row ? genotype(r, row - 1)->origin : r->first);
}

static uint32_t place(const struct rows *r, size_t row) {
    uint32_t cell = genotype(r, row)->cell, before = row ? genotype(r, row - 1)->cell : 0;
    return signed_difference(cell, before);
}

static uint32_t mutations(const struct rows *r, size_t row) {
    uint32_t of = r->pedigree->row[row].parent;
    return of ? genotype(r, row)->depth - genotype(r, of - 1)->depth - 1 : 0;
}

static uint32_t most_cells(const struct rows *r, size_t row) {
    return genotype(r, row)->max_cells;
}

static uint32_t until_most(const struct rows *r, size_t row) {
    const struct genotype *g = genotype(r, row);
    return g->max_cells ? (uint32_t)(g->peak - g->origin) : 0;
}

static uint32_t ghc_of(const struct rows *r, size_t row) {
    return genotype(r, row)->colour;
}

static uint32_t ghc(const struct rows *r, size_t row) {
    uint32_t of = r->pedigree->row[row].parent;
    return ghc_of(r, row) ^ (of ? ghc_of(r, of - 1) : 0);
}

/* The bits of one parameter; they differ where the number does. */
static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint32_t rwsp_of(const struct rows *r, const float *genome) {
    return colour_rwsp(genome, r->rwsp->position, r->rwsp->digits);
}

static uint32_t rwsp(const struct rows *r, size_t row) {
    uint32_t of = r->pedigree->row[row].parent, differ = 0;
    const float *now = genome(r, row), *before = of ? genome(r, of - 1) : NULL;
    if (!before)
        return rwsp_of(r, now);
    for (int i = 0; i < 3; i++) {
        uint32_t at = r->rwsp->position[i];
        differ |= bits_of(now[at]) ^ bits_of(before[at]);
    }
    return differ ? rwsp_of(r, now) ^ rwsp_of(r, before) : 0; /* few mutations are there */
}

/* The row to pack after this one. */
static size_t next_row(const struct rows *r, size_t row) {
    return ++row % GENOTYPES_BLOCK ? row : row + (r->step - 1) * GENOTYPES_BLOCK;
}

/* Asks for the genome of a row that comes soon: they lie all over the memory. */
static void prefetch_row(const struct rows *r, size_t row) {
    enum { AHEAD = 8 };
    genome_prefetch(genome(r, row + AHEAD < r->pedigree->rows ? row + AHEAD : row), r->P);
}

/* Returns how many rows that are. */
static size_t pack_table(const struct rows *r, struct bytes *to) {
    static uint32_t (*const columns[])(const struct rows *, size_t) = {
        page_number, serial_low, serial_high, parent, origin, place,
        mutations,   most_cells, until_most,  ghc,    rwsp};
    enum { COLUMNS = sizeof columns / sizeof *columns };
    size_t rows = r->pedigree->rows, room = rows / r->step + (size_t)2 * GENOTYPES_BLOCK, count = 0;
    uint32_t *numbers = allocate(room, COLUMNS * sizeof *numbers, "page");
    for (size_t row = r->begin * GENOTYPES_BLOCK; row < rows; row = next_row(r, row), count++) {
        prefetch_row(r, row);
        for (size_t c = 0; c < COLUMNS; c++)
            numbers[c * room + count] = columns[c](r, row);
    }
    for (size_t c = 0; c < COLUMNS; c++)
        bytes_column(to, numbers + c * room, count);
    bytes_deflate(to);
    free(numbers);
    return count;
}

struct changes {
    uint32_t *position, *value; /* [count] */
    size_t count, positions, values;
};

static uint32_t add_changes(const struct rows *r, size_t row, struct changes *c) {
    uint32_t of = r->pedigree->row[row].parent;
    const float *now = genome(r, row), *before = of ? genome(r, of - 1) : NULL;
    size_t n = c->count;
    prefetch_row(r, row);
    c->position = grow(c->position, &c->positions, n + r->P, sizeof *c->position, "page");
    c->value = grow(c->value, &c->values, n + r->P, sizeof *c->value, "page");
    for (size_t p = 0; p < r->P; p++) { /* what is no change is written over */
        c->position[n] = (uint32_t)p;
        c->value[n] = bits_of(now[p]);
        n += c->value[n] != (before ? bits_of(before[p]) : 0);
    }
    uint32_t count = (uint32_t)(n - c->count);
    c->count = n;
    return count;
}

static void pack_genomes(const struct rows *r, size_t first, struct changes *changes,
                         struct bytes *to) {
    uint32_t count[GENOTYPES_BLOCK];
    size_t rows = 0;
    changes->count = 0;
    for (; rows < GENOTYPES_BLOCK && first + rows < r->pedigree->rows; rows++)
        count[rows] = add_changes(r, first + rows, changes);
    bytes_column(to, count, rows);
    bytes_column(to, changes->position, changes->count);
    bytes_column(to, changes->value, changes->count);
    bytes_deflate(to);
}

static size_t letters(const struct bytes *bytes) {
    return base64_length(bytes->count) + PAGE_BLOCK;
}

/* The table and the blocks of genomes, which workers pack side by side. */
struct packing {
    const struct rows *rows;
    struct packed_genotypes *to;
    struct changes *changes; /* by worker */
    size_t count;            /* genotypes that were packed */
    unsigned chunks;         /* the table's, and of all blocks */
};

static void pack_chunk(void *context, unsigned chunk, unsigned worker) {
    struct packing *p = context;
    const struct rows *r = p->rows;
    if (chunk == 0) {
        p->count = pack_table(r, &p->to->table);
        return;
    }
    size_t apart = (p->chunks - 1) * r->step;
    for (size_t b = r->begin + (chunk - 1) * r->step; b < p->to->blocks; b += apart)
        pack_genomes(r, b * GENOTYPES_BLOCK, &p->changes[worker], &p->to->genomes[b]);
}

/* Packs each step-th block. Returns how many genotypes that are. */
static size_t pack_each(const struct rows *r, struct thread_pool *workers,
                        struct packed_genotypes *to) {
    enum { CHUNKS = 4096 };
    size_t rows = r->pedigree->rows, threads = thread_pool_threads(workers);
    struct changes *changes = allocate(threads, sizeof *changes, "page");
    to->count = rows;
    to->blocks = (rows + GENOTYPES_BLOCK - 1) / GENOTYPES_BLOCK;
    to->genomes = allocate(to->blocks + 1, sizeof *to->genomes, "page");
    struct packing p = {r, to, changes, 0,
                        1 + (to->blocks < CHUNKS ? (unsigned)to->blocks : CHUNKS)};
    thread_pool_run(workers, pack_chunk, &p, p.chunks);
    to->size = letters(&to->table);
    for (size_t b = r->begin; b < to->blocks; b += r->step)
        to->size += letters(&to->genomes[b]);
    for (size_t w = 0; w < threads; w++) {
        free(changes[w].position);
        free(changes[w].value);
    }
    free(changes);
    return p.count;
}

struct packed_genotypes genotypes_pack(struct pedigree *pedigree, const struct model *model,
                                       const struct colours *rwsp, uint64_t first,
                                       struct thread_pool *workers) {
    struct packed_genotypes packed = {0};
    pedigree_list(pedigree);
    struct rows r = {pedigree, rwsp, first, genome_size(model->channels), 0, 1};
    pack_each(&r, workers, &packed);
    return packed;
}

double genotypes_each(struct pedigree *pedigree, const struct model *model,
                      const struct colours *rwsp, uint64_t first, struct thread_pool *workers) {
    enum { BLOCKS = 16 };
    struct packed_genotypes sample = {0};
    pedigree_list(pedigree);
    size_t step = 1 + pedigree->rows / ((size_t)BLOCKS * GENOTYPES_BLOCK);
    struct rows r = {pedigree, rwsp, first, genome_size(model->channels), step / 2, step};
    size_t count = pack_each(&r, workers, &sample);
    double each = (double)sample.size / (double)(count + 1);
    genotypes_free(&sample);
    return each;
}

void genotypes_free(struct packed_genotypes *packed) {
    free(packed->table.at);
    for (size_t b = 0; b < packed->blocks; b++)
        free(packed->genomes[b].at);
    free(packed->genomes);
    *packed = (struct packed_genotypes){0};
}
