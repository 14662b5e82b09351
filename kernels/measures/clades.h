/* Which genotypes matter in a run, or which clades of them: those with the most cell-generations,
   in memory for what is extant and, of what is extinct, for as many as will be told of. */
#ifndef NCA_CLADES_H
#define NCA_CLADES_H

#include "kernels/measures/lineage.h"

/* A genotype, or the clade of those that descend from it. */
struct species {
    uint64_t serial, parent;      /* of the genotype, of its parent */
    uint64_t origin;              /* of the genotype */
    uint64_t extinction;          /* first generation without any; EXTANT if there is none */
    uint64_t total_cells, births; /* as in struct genotype (kernels/measures/lineage.h) */
    uint64_t max_cells, peak;     /* likewise */
    uint32_t entry;               /* private */
};

struct watch {
    /* the caller's, before the first generation; all else zero: */
    size_t most;   /* how many will be told of */
    bool by_clade; /* clades of the genotypes that cells carry in generation at */
    uint64_t at;
    bool over_time; /* watch_cells() is wanted */

    size_t rows;          /* generations watched; clades, from generation at on */
    uint64_t *generation; /* [rows] */
    struct species *list; /* [told] once they are ranked, the one that matters most first */
    size_t told;

    struct lineage lineage; /* the rest is private */
    size_t rows_room, series_room, slots, ended, count;
    struct series *series; /* [series_room] by entry: cells of a genotype, and of those forgotten
                              that descend from it; or by clade */
    uint32_t *best;  /* [ended] heap of the entries of extinct ones, the one that matters least on
                        top */
    uint32_t *clade; /* [slots] by slot: of the genotype that is extant there; 0: none */
    struct species *clades; /* [count + 1] from 1 on */
    uint64_t *now;          /* [count + 1] cells of each clade in this generation */
    bool *had;              /* [N] a genome, in the generation before */
};

/* Takes what a reader that wants GENOMES and BIRTHS gives, as lineage_take() does; false: see
   lineage.error. Ends the program where memory ends. */
bool watch_take(struct watch *watch, const struct world *world, bool in_stream);

/* Ranks them, once all generations are taken. False if there are clades of a generation that did
   not come. */
bool watch_rank(struct watch *watch);

/* Sorts all others in with the nearest of their ancestors that is told of, or with number 0, once
   they are ranked. inside[told + 1]: number s (list[s - 1]) descends most closely from number
   inside[s]; owned by the caller. Then watch_cells() gives the cells of number s in each row. */
uint32_t *watch_nest(struct watch *watch);
uint32_t watch_cells(const struct watch *watch, size_t s, size_t row);

/* Frees what it holds, not the watch itself. */
void watch_free(struct watch *watch);

#endif
