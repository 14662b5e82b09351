/* SPDX-License-Identifier: MIT */
#include "bin-src/genotypes.h"

#include "bin-src/page.h"
#include "common/err.h"

#include <stdlib.h>
#include <string.h>

/* What the columns are computed from. */
struct rows {
    const struct pedigree *pedigree;
    const struct model *model;
    const struct colours *rwsp;
    uint64_t first;
    size_t P;
    uint32_t *rwsp_of; /* [rows] */
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
    return signed_difference(p->number[p->row[row].entry],
                             row ? p->number[p->row[row - 1].entry] : 0);
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

static uint32_t rwsp(const struct rows *r, size_t row) {
    uint32_t of = r->pedigree->row[row].parent;
    r->rwsp_of[row] = colour_rwsp(genome(r, row), r->rwsp->position, r->rwsp->digits);
    return r->rwsp_of[row] ^ (of ? r->rwsp_of[of - 1] : 0);
}

static void pack_table(const struct rows *r, struct bytes *to) {
    static uint32_t (*const columns[])(const struct rows *, size_t) = {
        page_number, serial_low, serial_high, parent, origin, place,
        mutations,   most_cells, until_most,  ghc,    rwsp};
    size_t rows = r->pedigree->rows;
    uint32_t *numbers = allocate(rows + 1, sizeof *numbers, "page");
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        for (size_t row = 0; row < rows; row++)
            numbers[row] = columns[c](r, row);
        bytes_column(to, numbers, rows);
    }
    bytes_deflate(to);
    free(numbers);
}

/* The bits of one parameter; they differ where the number does. */
static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

struct changes {
    uint32_t *position, *value; /* [count] */
    size_t count, positions, values;
};

static uint32_t add_changes(const struct rows *r, size_t row, struct changes *c) {
    uint32_t of = r->pedigree->row[row].parent, count = 0;
    const float *now = genome(r, row), *before = of ? genome(r, of - 1) : NULL;
    for (size_t p = 0; p < r->P; p++) {
        if (bits_of(now[p]) == (before ? bits_of(before[p]) : 0))
            continue;
        c->position = grow(c->position, &c->positions, c->count + 1, sizeof *c->position, "page");
        c->value = grow(c->value, &c->values, c->count + 1, sizeof *c->value, "page");
        c->position[c->count] = (uint32_t)p;
        c->value[c->count++] = bits_of(now[p]);
        count++;
    }
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

struct packed_genotypes genotypes_pack(struct pedigree *pedigree, const struct model *model,
                                       const struct colours *rwsp, uint64_t first) {
    struct packed_genotypes packed = {0};
    struct changes changes = {0};
    pedigree_list(pedigree);
    struct rows r = {pedigree, model, rwsp, first, genome_size(model->channels), NULL};
    r.rwsp_of = allocate(pedigree->rows + 1, sizeof *r.rwsp_of, "page");
    packed.count = pedigree->rows;
    packed.blocks = (pedigree->rows + GENOTYPES_BLOCK - 1) / GENOTYPES_BLOCK;
    packed.genomes = allocate(packed.blocks + 1, sizeof *packed.genomes, "page");
    pack_table(&r, &packed.table);
    packed.size = base64_length(packed.table.count) + PAGE_BLOCK;
    for (size_t b = 0; b < packed.blocks; b++) {
        pack_genomes(&r, b * GENOTYPES_BLOCK, &changes, &packed.genomes[b]);
        packed.size += base64_length(packed.genomes[b].count) + PAGE_BLOCK;
    }
    free(changes.position);
    free(changes.value);
    free(r.rwsp_of);
    return packed;
}

void genotypes_free(struct packed_genotypes *packed) {
    free(packed->table.at);
    for (size_t b = 0; b < packed->blocks; b++)
        free(packed->genomes[b].at);
    free(packed->genomes);
    *packed = (struct packed_genotypes){0};
}
