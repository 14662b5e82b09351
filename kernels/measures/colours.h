/* SPDX-License-Identifier: MIT */
/* Colours of genomes: equal genomes have equal colours, and related ones often similar colours. The
   thesis's section on genotypic diversity. Colours are 0xRRGGBB; the empty genome is black. */
#ifndef NCA_COLOURS_H
#define NCA_COLOURS_H

#include "kernels/measures/twins.h"
#include "kernels/model/world.h"

#include <stdbool.h>

/* CPython's hash() of a number, which must be finite: modulo 2^61 - 1, the sign kept, -1 replaced
   by -2 (numeric hash, Python Library Reference, "Hashing of numeric types"). */
int64_t python_hash(double value);

/* GHC, genotypic hash colouring, of a genome of P parameters. */
uint32_t colour_ghc(const float *genome, size_t P);

/* RWSP, random weight selection, of the parameters at three positions, rounded to digits
   decimals. */
uint32_t colour_rwsp(const float *genome, const uint32_t position[3], int digits);

/* A colour for each genotype, by its serial. Genotypes with near serials differ much in hue and
   brightness. Serial 0, the empty genome, is black. */
uint32_t colour_genotype(uint64_t serial);

/* A colour for each clade, by the serial of the genotype that founded it: colours of near serials
   differ much, in lightness, too. Serial 0, of no clade, is black. */
uint32_t colour_clade(uint64_t serial);

/* Three different positions among P >= 3, drawn from the stream's seed. */
void colours_positions(uint64_t seed, size_t P, uint32_t position[3]);

/* A colour for each slot, computed once for each genotype. */
struct colours {
    int digits;           /* RWSP's; 0 chooses GHC */
    uint32_t position[3]; /* RWSP's */
    size_t capacity;
    uint64_t run;     /* of the pool */
    uint64_t *serial; /* [capacity] of the genome that has this colour */
    uint32_t *colour; /* [capacity] */
    uint8_t *carried; /* [capacity] whether cells carry it, in the generation of the last update */
    bool collisions;  /* whether colours_count() is to count them */
    /* private: */
    struct twins twins; /* with collisions */
    uint32_t *seen;     /* [2^bits] a hash table: colour << 2 | times seen; 0: free */
    unsigned bits;
};

/* Brings the colours of all slots that cells carry up to date. Ends the program if memory runs out.
   colours_free() frees what it holds, not the struct itself. */
void colours_update(struct colours *colours, const struct world *world);

void colours_free(struct colours *colours);

/* The number of distinct colours over all cells of the world of the last update, empty ones
   included, less one for the background. With collisions set, *collisions gets the share of the
   genotypes (distinct genomes) whose colour another genotype has, too: NaN if there are none. */
uint32_t colours_count(struct colours *colours, const struct world *world, double *collisions);

#endif
