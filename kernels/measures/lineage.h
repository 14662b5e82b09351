/* Who descends from whom: the phylogeny of the genotypes in a stream. A genotype is a genome with a
   serial, born with a mutation or there from the start (format/STREAM.md). Extinct side branches
   are forgotten as soon as they are, as in Empirical (Dolson et al., systematics). */
#ifndef NCA_LINEAGE_H
#define NCA_LINEAGE_H

#include "kernels/model/world.h"

#include <stdbool.h>

#define EXTANT UINT64_MAX  /* destruction of a genotype that cells carry */
#define UNKNOWN UINT32_MAX /* cell and colour of one that no cell was seen to carry */

struct genotype {
    uint64_t serial;      /* 0: this entry is free */
    uint64_t origin;      /* the generation it was born in, or first seen in */
    uint64_t destruction; /* the first from which the stream shows that no cell carries it */
    uint64_t total_cells; /* cell-generations: cells that carry it, summed over generations */
    uint64_t births;      /* cells that came to carry it and had no genome in the one before */
    uint64_t peak;        /* the first generation with max_cells */
    uint32_t max_cells;   /* most cells that carry it in one generation */
    uint32_t cell;        /* the first, by index, of those that carried it first */
    uint32_t colour;      /* its GHC, 0xRRGGBB (kernels/measures/colours.h) */
    uint32_t parent;      /* entry of its parent; 0: of a founder, or a child of the empty genome;
                             with splice see lineage_parent() */
    uint32_t children;    /* that are kept */
    uint32_t depth;       /* births from a founder to it */
    uint32_t slot;        /* in the pool, while it is extant */
    uint32_t mark;        /* the caller's; at first its parent's */
};

struct lineage {
    struct genotype *genotype; /* [used]; entry 0 is the empty genome, from the first generation */
    uint32_t used;
    uint64_t generation, next_serial; /* of the last one taken */
    uint32_t *of;    /* [slots] by slot: the entry of the genotype that is extant there, or 0 */
    uint32_t *cells; /* [slots] by slot: cells that carry it in this generation */
    size_t slots;
    char error[128]; /* "" or how parts of a stream contradict each other */

    /* The caller's. With splice a genotype may be forgotten as soon as it is extinct: its children
       then count as those of its parent, and memory is for what is extant and what is kept. Else it
       is one that has no kept child. forget() is asked then which entry is to go: this one, another
       that it kept before (with splice), or 0, none. NULL: this one. */
    bool splice;
    uint32_t (*forget)(struct lineage *lineage, uint32_t entry, void *context);
    void *context;
    uint64_t *parent_serial; /* [used] with splice, of the parent, forgotten or not; 0: none */

    uint32_t room, free; /* the rest is private: of entries; the first free one, by parent */
    uint32_t gone;       /* entries forgotten since the last sweep that had children */
    uint64_t last;       /* the last generation taken that is in the stream */
    uint64_t *serial, *total_cells, *births, *peak; /* [slots] by slot: of its genotype so far */
    uint32_t *max_cells, *cell;
    uint32_t *before; /* [N] slots of the generation before */
    bool any, gap;    /* a generation came before; births of some after it that were left out */
    uint32_t *below, *waiting; /* [below_room] for lineage_diversity() */
    size_t below_room;
};

/* What comes with each generation of a reader that wants GENOMES and BIRTHS: its births, and where
   it is in the stream (in_stream, reader_next() gave 1) who carries what. A genotype first met in a
   POOL has its origin there. If its parent is not known, the parent becomes a founder with no cells
   that came and went in that generation, so that siblings stay siblings (not with splice). False: a
   part is not of the run of those before, see error. Ends the program where memory ends. */
bool lineage_take(struct lineage *lineage, const struct world *world, bool in_stream);

/* Brings the entries of extant genotypes up to date: until then their counts (total_cells, births,
   peak, max_cells, cell) are kept elsewhere. */
void lineage_update(struct lineage *lineage);

/* With splice: the entry of its nearest ancestor that is not forgotten, or 0. */
uint32_t lineage_parent(struct lineage *lineage, uint32_t entry);

/* Of the extant genotypes, each counted once, and of the tree of them and their ancestors. Branches
   are as long as the generations from the origin of a parent to that of its child; those of
   founders begin in the first generation of the stream, where all trees meet. */
struct diversity {
    uint64_t genotypes; /* extant */
    uint64_t ancestors; /* extinct, of extant ones */
    double depth_mean;  /* births from a founder; 0 if none is extant */
    uint64_t depth_max;
    double mrca_age;  /* generations since the origin of the most recent common ancestor; one may be
                         the ancestor of itself; NaN if there is none */
    double diversity; /* phylogenetic diversity (Faith 1992): the length of all branches together */
    double distance;  /* along the branches, the mean over all pairs; 0 for fewer than two */
};

/* Takes time in proportion to the tree. Exact while sums stay below 2^53. */
struct diversity lineage_diversity(struct lineage *lineage);

/* Frees what it holds, not the lineage itself, which is all zero at first. */
void lineage_free(struct lineage *lineage);

#endif
