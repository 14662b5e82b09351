/* SPDX-License-Identifier: MIT */
/* The phylogeny of the genotypes in a stream. A genotype is a genome with a serial: a mutant, or
   one of the founders of the first generation (format/STREAM.md). Extinct branches are forgotten at
   once, as in Empirical (Dolson et al., systematics). */
#ifndef NCA_LINEAGE_H
#define NCA_LINEAGE_H

#include "kernels/model/world.h"

#include <stdbool.h>

#define EXTANT UINT64_MAX  /* destruction of a genotype that cells carry */
#define UNKNOWN UINT32_MAX /* cell and colour of a genotype that no cell was seen to carry */

struct genotype {
    uint64_t serial; /* 0: this entry is free */
    uint64_t origin; /* generation in which it was born, or first seen */
    uint64_t
        destruction; /* first generation in which no cell carries it, as far as the stream shows */
    uint64_t total_cells; /* cell-generations: cells that carry it, summed over generations */
    uint64_t births;      /* cells that received it and had no genome in the generation before */
    uint64_t peak;        /* the first generation with max_cells */
    uint32_t max_cells;   /* most cells that carry it in one generation */
    uint32_t cell;        /* lowest index of the cells that carried it first */
    uint32_t colour;      /* its GHC, 0xRRGGBB (kernels/measures/colours.h) */
    uint32_t parent;      /* entry of its parent; 0 for a founder and a child of the empty genome;
                             with splice use lineage_parent() */
    uint32_t children;    /* those that are kept */
    uint32_t depth;       /* births on the path from its founder to it; 0 for a founder */
    uint32_t slot;        /* in the pool, while it is extant */
    uint32_t mark;        /* for the caller; initially that of its parent */
};

struct lineage {
    struct genotype *genotype; /* [used]; entry 0 is the empty genome, whose origin is the first
                                    generation */
    uint32_t used;
    uint64_t generation, next_serial; /* of the generation taken last */
    uint32_t *of;                     /* [slots] entry of the extant genotype in each slot, or 0 */
    uint32_t *cells; /* [slots] cells that carry it in this generation; not of slot 0 */
    size_t slots;
    uint64_t founders; /* entries that were added without a parent, forgotten ones too */
    char error[128];   /* "", or how parts of the stream contradict each other */

    /* Set by the caller. With splice, a genotype may be forgotten as soon as it is extinct: its
       children then become children of its parent, and memory is used only for extant and kept
       genotypes. Without, only an extinct genotype without kept children is forgotten. forget()
       returns the entry to forget: the given one, one that it kept before (with splice), or 0:
       none. NULL: the given one. */
    bool splice;
    uint32_t (*forget)(struct lineage *lineage, uint32_t entry, void *context);
    void *context;
    uint64_t *parent_serial; /* [used] with splice: of the parent, forgotten or not; 0: none */

    bool count_changes; /* set by the caller: count the weights that mutated */
    uint32_t *changes;  /* [used] of each genotype; UNKNOWN if it came with no birth */

    size_t capacity; /* of entries; the rest is private, too */
    uint32_t free;   /* first free entry; the next one is its parent; 0: none */
    uint32_t gone;   /* entries with children that were forgotten since the last sweep */
    uint64_t last;   /* the last generation taken that is in the stream */
    uint64_t *serial, *total_cells, *births, *peak; /* [slots] counters of its genotype */
    uint32_t *max_cells, *cell;
    uint32_t *before; /* [N] slots of the generation before */
    bool any, gap;    /* a generation came before; some after it are not in the stream */
};

/* Takes the next generation: its births and, if in_stream, the genomes that cells carry; else it
   was left out of the stream, and only its births are known. A genotype that came with no birth has
   this generation for its origin. If its parent is not known either, the parent becomes a founder
   without cells whose origin and destruction are this generation, so that siblings stay siblings
   (not with splice). False: the generations taken are not of one run, see error. Ends the program
   if memory runs out. */
bool lineage_take(struct lineage *lineage, const struct world *world, bool in_stream);

/* Brings the counters of extant genotypes (total_cells, births, peak, max_cells, cell) up to date:
   between calls they are not. */
void lineage_update(struct lineage *lineage);

/* With splice: the entry of its nearest ancestor that is not forgotten, or 0. */
uint32_t lineage_parent(struct lineage *lineage, uint32_t entry);

/* The serial of its parent; 0: none, or not known. */
uint64_t lineage_parent_serial(const struct lineage *lineage, uint32_t entry);

/* With splice: forgets an extinct entry that forget() kept before. */
void lineage_forget(struct lineage *lineage, uint32_t entry);

/* Frees what it holds, not the struct itself. It is all zero before the first generation. */
void lineage_free(struct lineage *lineage);

#endif
