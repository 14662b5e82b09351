/* SPDX-License-Identifier: MIT */
#include "bin-src/phylogeny.h"

#include "common/err.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* From its birth, or from where its stem splits, to where it splits itself, or to the end. */
struct branch {
    uint64_t start, end;
    double row, from; /* rows count from 1, downwards; from: that of its stem, or its own */
    uint32_t entry;   /* the genotype at its end */
    uint32_t cells;   /* that carry it now; 0: it splits */
};

struct phylogeny {
    const struct genotype *genotype;
    uint64_t now;
    uint32_t *leaf; /* [leaves] entries, most cells first */
    size_t leaves, alive;
    /* Of each entry [used]: */
    uint32_t *cells;           /* that carry it now, if it is a leaf */
    uint64_t *weight;          /* cells of all leaves that descend from it, and its own */
    uint32_t *child, *sibling; /* first child that leads to a leaf, and the next; oldest first */

    struct branch *branch; /* [branches] */
    size_t branches, capacity, rows;
};

/* A genotype from one of its children on: this and later ones. */
struct limb {
    uint32_t entry, child;
    uint64_t weight; /* cells of the leaves on it */
    size_t branch;   /* its first one, once it is drawn */
};

static const uint32_t *cells_of;
static const struct genotype *genotype_of;

static int most_cells_first(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (cells_of[x] != cells_of[y])
        return cells_of[x] < cells_of[y] ? 1 : -1;
    return genotype_of[x].serial < genotype_of[y].serial ? -1 : 1;
}

static int youngest_first(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return genotype_of[x].serial < genotype_of[y].serial ? 1 : -1;
}

/* Of limbs that begin at the same time the older genotype comes first, and the rest of a genotype
   before its children. */
static int heaviest_first(const void *a, const void *b) {
    const struct limb *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight < y->weight ? 1 : -1;
    return genotype_of[x->entry].serial < genotype_of[y->entry].serial ? -1 : 1;
}

static void choose_leaves(struct phylogeny *p, const struct lineage *l, size_t most) {
    p->leaf = allocate(l->slots, sizeof *p->leaf, "tree");
    for (size_t slot = 1; slot < l->slots; slot++)
        if (l->of[slot] && l->cells[slot]) {
            p->cells[l->of[slot]] = l->cells[slot];
            p->leaf[p->alive++] = l->of[slot];
        }
    qsort(p->leaf, p->alive, sizeof *p->leaf, most_cells_first);
    p->leaves = p->alive < most ? p->alive : most;
    for (size_t i = p->leaves; i < p->alive; i++)
        p->cells[p->leaf[i]] = 0;
}

/* Links the leaves and their ancestors; entry 0 is the parent of all roots. */
static void link_children(struct phylogeny *p, uint32_t used) {
    size_t count = 0;
    uint32_t *entry = allocate(used, sizeof *entry, "tree");
    bool *linked = allocate(used, sizeof *linked, "tree");
    for (size_t i = 0; i < p->leaves; i++)
        for (uint32_t e = p->leaf[i]; e && !linked[e]; e = p->genotype[e].parent) {
            linked[e] = true;
            entry[count++] = e;
        }
    qsort(entry, count, sizeof *entry, youngest_first); /* children before their parents */
    for (size_t i = 0; i < count; i++) {
        uint32_t e = entry[i], parent = p->genotype[e].parent;
        p->weight[e] += p->cells[e];
        p->weight[parent] += p->weight[e];
        p->sibling[e] = p->child[parent];
        p->child[parent] = e;
    }
    free(entry);
    free(linked);
}

static size_t add_branch(struct phylogeny *p, uint64_t start, uint64_t end, uint32_t entry) {
    p->branch = grow(p->branch, &p->capacity, p->branches + 1, sizeof *p->branch, "tree");
    p->branch[p->branches] = (struct branch){start, end, 0, 0, entry, 0};
    return p->branches++;
}

/* The limbs at the next place where a limb splits: those that are born there, and its rest. The
   caller frees them. */
static struct limb *split(const struct phylogeny *p, struct limb rest, size_t *count) {
    uint64_t when = p->genotype[rest.child].origin;
    size_t most = 1;
    for (uint32_t e = rest.child; e && p->genotype[e].origin == when; e = p->sibling[e])
        most++;
    struct limb *limb = allocate(most, sizeof *limb, "tree");
    *count = 0;
    for (; *count + 1 < most; rest.child = p->sibling[rest.child]) {
        uint32_t e = rest.child;
        limb[(*count)++] = (struct limb){e, p->child[e], p->weight[e], 0};
        rest.weight -= p->weight[e];
    }
    if (rest.weight)
        limb[(*count)++] = rest;
    return limb;
}

/* Draws a limb with all that descends from it. Returns the number of its first branch. A genotype
   from which a single limb goes on is passed over, unless a clade begins there. Limbs stand one
   below the other, the heaviest first, so that none crosses another, and their stem in the middle
   of them. */
static size_t draw_limb(struct phylogeny *p, struct limb limb, uint64_t start) {
    while (limb.child) {
        size_t count, stem;
        uint64_t end = p->genotype[limb.child].origin;
        struct limb *limbs = split(p, limb, &count);
        if (count == 1 && p->genotype[limbs->entry].mark == p->genotype[limb.entry].mark) {
            limb = *limbs;
            free(limbs);
            continue;
        }
        stem = add_branch(p, start, end, limb.entry);
        qsort(limbs, count, sizeof *limbs, heaviest_first);
        for (size_t i = 0; i < count; i++)
            limbs[i].branch = draw_limb(p, limbs[i], end);
        double row = (p->branch[limbs[0].branch].row + p->branch[limbs[count - 1].branch].row) / 2;
        p->branch[stem].row = p->branch[stem].from = row;
        for (size_t i = 0; i < count; i++)
            p->branch[limbs[i].branch].from = row;
        free(limbs);
        return stem;
    }
    size_t leaf = add_branch(p, start, p->now, limb.entry);
    p->branch[leaf].row = p->branch[leaf].from = (double)++p->rows;
    p->branch[leaf].cells = p->cells[limb.entry];
    return leaf;
}

enum { OTHERS = DISTINCT }; /* the line type of what is in no clade, or in a small one */

/* gnuplot commands. Names stand at the leaves of trees that are not too large. */
static char *plot_of(const struct phylogeny *p, const struct clades *c, const bool *drawn,
                     const char *table) {
    enum { NAMED = 100 };
    size_t size;
    char *plot;
    FILE *out = open_memstream(&plot, &size);
    if (!out)
        die(EXIT_FAILED, "plot:");
    int digits = snprintf(NULL, 0, "%" PRIu64, p->now), letters = 0;
    for (size_t i = 0; i < p->leaves; i++) {
        int length = snprintf(NULL, 0, "%" PRIu64, p->genotype[p->leaf[i]].serial);
        letters = length > letters ? length : letters;
    }
    bool named = p->leaves <= NAMED;
    uint64_t first = p->genotype ? p->genotype[0].origin : 0;
    fprintf(out,
            "set linetype %d linecolor '#a0a0a0'\nset xrange [%" PRIu64 ":%" PRIu64 "]\n"
            "set yrange [%zu.5:0.5]\nunset ytics\n"
            "set lmargin 3\nset rmargin %d\nset grid noy\nset key width 1\n"
            "plot $%s using 1:3:($2 - $1):(0):7 with vectors nohead linewidth 1.5 \\\n"
            "         linecolor variable notitle, \\\n"
            "     $%s using 1:4:(0):($3 - $4):7 with vectors nohead linewidth 1.5 \\\n"
            "         linecolor variable notitle",
            OTHERS, first, first < p->now ? p->now : first + 1, p->leaves,
            named && letters * 3 / 4 + 3 > digits ? letters * 3 / 4 + 3 : digits, table, table);
    if (named)
        fprintf(out,
                ", \\\n     $%s using ($8 > 0 ? $2 : NaN):3:5 with labels left offset 1,0 \\\n"
                "         font ',8' notitle",
                table);
    for (size_t s = 0; s < c->reported; s++)
        if (drawn[s + 1])
            fprintf(out,
                    ", \\\n     keyentry with lines linetype %zu linewidth 3 title '%" PRIu64 "'",
                    s + 1, c->list[s].serial);
    if (drawn[OTHERS])
        fprintf(out, ", \\\n     keyentry with lines linetype %d linewidth 3 title 'others'",
                OTHERS);
    putc('\n', out);
    fclose(out);
    return plot;
}

static uint32_t colour_of(const struct clades *c, uint32_t rank) {
    return rank && rank <= c->reported ? rank : OTHERS;
}

static void print_branches(struct phylogeny *p, const struct clades *c, struct table *table) {
    static const char *const columns[] = {"end",   "row",    "from", "genotype",
                                          "clade", "colour", "cells"};
    uint32_t *rank = allocate(c->count + 1, sizeof *rank, "tree"); /* of each clade, from 1 */
    bool drawn[DISTINCT + 1] = {false};                            /* colours */
    for (size_t s = 0; s < c->count; s++)
        rank[c->list[s].entry] = (uint32_t)s + 1;
    for (size_t b = 0; b < p->branches; b++)
        drawn[colour_of(c, rank[p->genotype[p->branch[b].entry].mark])] = true;
    char title[128], *plot = plot_of(p, c, drawn, table->name);
    if (p->leaves < p->alive)
        snprintf(title, sizeof title, "The %zu largest of %zu genotypes", p->leaves, p->alive);
    else
        snprintf(title, sizeof title, "All %zu genotypes", p->leaves);
    table->title = title;
    table->ylabel = "";
    table->columns = columns;
    table->count = sizeof columns / sizeof *columns;
    table->colours = DISTINCT;
    table->height = p->leaves <= 40 ? 6 : p->leaves < 100 ? 1 + (int)p->leaves / 8 : 13;
    table->plot = plot;
    table_begin(table);
    for (size_t b = 0; b < p->branches; b++) {
        const struct branch *branch = &p->branch[b];
        const struct genotype *g = &p->genotype[branch->entry];
        uint32_t n = rank[g->mark];
        double row[] = {(double)branch->end,
                        branch->row,
                        branch->from,
                        (double)g->serial,
                        (double)(n ? c->list[n - 1].serial : 0),
                        colour_of(c, n),
                        branch->cells};
        table_row(table, branch->start, row);
    }
    table_end(table);
    free(plot);
    free(rank);
}

void phylogeny_print(struct clades *clades, size_t leaves, struct table *table) {
    const struct lineage *l = &clades->lineage;
    size_t used = l->used ? l->used : 1;
    struct phylogeny p = {.genotype = l->genotype, .now = l->generation};
    p.cells = allocate(used, sizeof *p.cells, "tree");
    p.weight = allocate(used, sizeof *p.weight, "tree");
    p.child = allocate(used, sizeof *p.child, "tree");
    p.sibling = allocate(used, sizeof *p.sibling, "tree");
    cells_of = p.cells;
    genotype_of = l->genotype;
    choose_leaves(&p, l, leaves);
    link_children(&p, l->used);
    size_t roots = 0, capacity = 0;
    struct limb *root = NULL;
    for (uint32_t e = p.child[0]; e; e = p.sibling[e]) {
        root = grow(root, &capacity, roots + 1, sizeof *root, "tree");
        root[roots++] = (struct limb){e, p.child[e], p.weight[e], 0};
    }
    if (roots)
        qsort(root, roots, sizeof *root, heaviest_first);
    for (size_t i = 0; i < roots; i++)
        draw_limb(&p, root[i], p.genotype[root[i].entry].origin);
    print_branches(&p, clades, table);
    free(root);
    free(p.leaf);
    free(p.cells);
    free(p.weight);
    free(p.child);
    free(p.sibling);
    free(p.branch);
}
