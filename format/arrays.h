/* SPDX-License-Identifier: MIT */
/* A run as numpy arrays, one .npy file each: nca-export writes them, nca-import reads them. */
#ifndef NCA_ARRAYS_H
#define NCA_ARRAYS_H

#include "common/err.h"
#include "format/header.h"
#include "format/npy.h"

/* Those before BY_GENOTYPE have a row for each generation, the others one for each genotype, of
   which the first is the empty one. */
enum array {
    GENERATION,
    CELL_ALPHA,
    CELL_STATE,
    CELL_AGES,
    CELL_GENOMES,
    CELL_GENOTYPES,
    BY_GENOTYPE,
    PARAMETERS = BY_GENOTYPE,
    SERIALS,
    PARENTS,
    BORN,
    SLOTS,
    ARRAYS
};
extern const char *const array_names[ARRAYS]; /* of the files, without .npy */
extern const unsigned array_sections[ARRAYS]; /* sections of a stream that they hold */

/* The name of an array's file; for ARRAYS, header.txt beside them. */
const char *array_file(enum array array, char name[32]);

/* Type and shape of an array for grids and genomes of this model, with 0 rows. */
struct npy array_npy(enum array array, const struct model *model);

/* Arrays in memory, to be read. */
struct arrays {
    const char *folder;          /* the caller's, for messages */
    const uint8_t *data[ARRAYS]; /* need not be aligned; NULL: missing, or not needed */
    struct npy npy[ARRAYS];
    uint64_t generations;       /* rows of those before BY_GENOTYPE */
    struct npy_map map[ARRAYS]; /* private */
};

/* Maps the arrays that a folder has, and checks that they agree. Sets geometry and channels of the
   model from them; known: the model has them already, so that arrays of genomes need not show them.
   Returns the sections that the arrays hold. Ends the program, status 1, if an array cannot be read
   or contradicts the others, or if none has cells; and later, if a file becomes shorter (by
   SIGBUS). arrays_close() unmaps them. */
unsigned arrays_open(struct arrays *arrays, const char *folder, int directory, struct model *model,
                     bool known);
void arrays_close(struct arrays *arrays);

/* Row number index, which must be less than npy[array].shape[0]. */
const uint8_t *arrays_row(const struct arrays *arrays, enum array array, uint64_t index);

/* The same for an array of one uint64 per row; index itself if there is no such array. */
uint64_t arrays_number(const struct arrays *arrays, enum array array, uint64_t index);

/* Ends the program, status 1, with a message that names an array's file. */
NCA_NORETURN void arrays_die(const struct arrays *arrays, enum array array, const char *format, ...)
    NCA_PRINTF(3, 4);

#endif
