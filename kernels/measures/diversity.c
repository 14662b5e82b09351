/* SPDX-License-Identifier: MIT */
#include "kernels/measures/diversity.h"

#include "common/err.h"

#include <math.h>
#include <stdlib.h>

/* An entry of the lineage. Lengths are those of the paths from it to the extant genotypes below. A
   tree lies all over the memory, so what is needed of the lineage is here, too. */
struct diversity_node {
    double lengths, squares; /* sums of the lengths, and of their squares */
    union {
        double size;  /* of its subtree: the sum of f(number of children) over the nodes */
        double share; /* then of the branches above it, each divided by the genotypes below */
    };
    uint64_t origin;
    uint32_t parent;
    uint32_t below;          /* extant genotypes, itself included */
    uint32_t waiting;        /* children that are not done */
    uint32_t child, sibling; /* with extant genotypes below: its last one, and that before it */
    uint32_t degree;         /* number of these children */
    bool extant;
};

static double weight_of(uint32_t children) {
    return log((double)children + exp(1.0));
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean deviation from the median, any of the numbers between the middle two. Sorts them. */
static double mean_deviation(double *x, size_t n) {
    double sum = 0.0;
    if (n == 2)
        return fabs(x[0] - x[1]) / 2.0;
    qsort(x, n, sizeof *x, ascending);
    for (size_t i = 0; i < n; i++)
        sum += fabs(x[i] - x[n / 2]);
    return sum / (double)n;
}

/* All children of a node are done: what the shape of the tree is from here on down. A carried node
   with children has itself for another one, a leaf. */
static void close_node(struct diversity_work *w, uint32_t e, struct diversity *d) {
    struct diversity_node *n = &w->node[e];
    uint32_t children = n->degree + (n->extant && n->degree);
    if (children == 1) {
        n->size = w->node[n->child].size;
        return;
    }
    if (!children) {
        n->size = 1.0; /* f(0) */
        return;
    }
    size_t count = 0;
    w->sizes = grow(w->sizes, &w->sizes_capacity, children, sizeof *w->sizes, "lineage");
    n->size = weight_of(children);
    if (n->extant)
        w->sizes[count++] = 1.0;
    for (uint32_t c = n->child; c; c = w->node[c].sibling)
        w->sizes[count++] = w->node[c].size;
    for (size_t c = 0; c < count; c++)
        n->size += w->sizes[c];
    d->sackin += n->below;
    d->colless_like += mean_deviation(w->sizes, count);
}

/* Adds a child, over a branch of this length, to a node. Returns the squares of the lengths of the
   paths between the genotypes below it and those that were there before, summed. */
static double add_child(struct diversity_node *n, struct diversity_node *child, double branch) {
    double below = child->below, before = n->below;
    double lengths = child->lengths + branch * below;
    double squares = child->squares + 2.0 * branch * child->lengths + branch * branch * below;
    double between = below * n->squares + 2.0 * n->lengths * lengths + before * squares;
    n->lengths += lengths;
    n->squares += squares;
    n->below += child->below;
    n->degree++;
    return between;
}

/* From the leaves up; an entry waits until all its children are done. Lists those that are done.
   Returns the squares of all distances, summed. */
static double climb(const struct lineage *l, struct diversity_work *w, struct diversity *d,
                    size_t *count) {
    double squares = 0.0;
    for (uint32_t e = 1; e < l->used; e++) {
        if (!l->genotype[e].serial || l->genotype[e].children)
            continue;
        for (uint32_t n = e, p;; n = p) {
            struct diversity_node *node = &w->node[n], *parent;
            p = node->parent;
            parent = &w->node[p];
            if (node->below) {
                close_node(w, n, d);
                w->order[(*count)++] = n;
                squares += add_child(parent, node, (double)(node->origin - parent->origin));
                node->sibling = parent->child;
                parent->child = n;
            }
            if (!p || --parent->waiting)
                break;
        }
    }
    close_node(w, 0, d);
    return squares;
}

/* From the roots down, in the reverse order: sums over the tree. */
static void descend(const struct lineage *l, struct diversity_work *w, struct diversity *d,
                    size_t count) {
    double distinct = 0.0, changes = 0.0;
    uint64_t deepest = 0, births = 0;
    d->ancestors = count - d->genotypes;
    while (count--) {
        uint32_t e = w->order[count];
        struct diversity_node *n = &w->node[e], *parent = &w->node[n->parent];
        double below = n->below, others = (double)w->node[0].below - below;
        double branch = (double)(n->origin - parent->origin);
        d->diversity += branch;
        d->distance += branch * below * others;
        n->share = (n->parent ? parent->share : 0.0) + branch / below;
        if (n->extant) {
            double distinctive = n->share + (double)(l->generation - n->origin);
            distinct += distinctive;
            d->ed_max = d->ed_max > distinctive ? d->ed_max : distinctive;
        }
        if (others == 0.0 && l->genotype[e].depth + UINT64_C(1) > deepest) {
            deepest = l->genotype[e].depth + UINT64_C(1);
            d->mrca_age = (double)(l->generation - n->origin);
        }
        if (l->changes[e] != UNKNOWN) {
            births++;
            changes += l->changes[e];
        }
    }
    d->ed_mean = distinct / (double)d->genotypes;
    d->mutations = changes / (double)births;
}

/* Fills the nodes, and sums over the extant genotypes. */
static void fill_nodes(const struct lineage *l, struct diversity_work *w, struct diversity *d) {
    double depths = 0.0;
    w->node = grow(w->node, &w->node_capacity, l->used, sizeof *w->node, "lineage");
    w->order = grow(w->order, &w->order_capacity, l->used, sizeof *w->order, "lineage");
    for (uint32_t e = 0; e < l->used; e++) {
        const struct genotype *g = &l->genotype[e];
        bool extant = e && g->serial && g->destruction == EXTANT;
        w->node[e] = (struct diversity_node){.origin = g->origin,
                                             .parent = g->parent,
                                             .below = extant,
                                             .waiting = g->children,
                                             .extant = extant};
        if (!extant)
            continue;
        d->genotypes++;
        depths += g->depth;
        d->depth_max = g->depth > d->depth_max ? g->depth : d->depth_max;
    }
    d->depth_mean = d->genotypes ? depths / (double)d->genotypes : 0.0;
}

struct diversity lineage_diversity(const struct lineage *l, struct diversity_work *w) {
    struct diversity d = {.mrca_age = NAN, .ed_max = NAN};
    size_t count = 0;
    fill_nodes(l, w, &d);
    double squares = climb(l, w, &d, &count);
    descend(l, w, &d, count);
    double n = (double)d.genotypes, pairs = 0.5 * n * (n - 1.0);
    d.founders = w->node[0].degree;
    d.distance = pairs > 0.0 ? d.distance / pairs : 0.0;
    d.vpd = pairs > 0.0 ? fmax(squares / pairs - d.distance * d.distance, 0.0) : 0.0;
    return d;
}

void diversity_work_free(struct diversity_work *w) {
    free(w->node);
    free(w->order);
    free(w->sizes);
}
