/* Colours of genomes, in which equal genomes are equal and kinship shows: the thesis's section on
   genotypic diversity. Colours are 0xRRGGBB; the empty genome is black. */
#ifndef NCA_COLOURS_H
#define NCA_COLOURS_H

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

/* A colour for each genotype, by its serial: hues and brightness such that genotypes born one after
   the other are far apart. Black for serial 0, the empty genome. */
uint32_t colour_genotype(uint64_t serial);

/* Three different positions among P >= 3, drawn from the stream's seed. */
void rwsp_positions(uint64_t seed, size_t P, uint32_t position[3]);

/* Reads "i,j,k", three different positions below P. False if text is not that. */
bool rwsp_parse(const char *text, size_t P, uint32_t position[3]);

/* A colour for each slot, worked out once for each genotype. */
struct colours {
    int digits;           /* RWSP's; 0 chooses GHC */
    uint32_t position[3]; /* RWSP's */
    size_t room;
    uint64_t *serial; /* [room] of the genome that colour is of */
    uint32_t *colour; /* [room] */
    uint8_t *carried; /* [room] whether cells carry it, in the generation of the last update */
    unsigned bits;    /* private: a hash table of 2^bits colours */
    uint32_t *seen;
};

/* Brings the colours of all slots that cells carry up to date. Ends the program where memory
   ends; colours_free() frees. */
void colours_update(struct colours *colours, const struct world *world);

void colours_free(struct colours *colours);

/* The number of distinct colours over all cells of the world that colours were brought up to date
   for, empty ones included, less one for the background. */
uint32_t colours_count(struct colours *colours, const struct world *world);

#endif
