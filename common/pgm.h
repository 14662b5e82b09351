/* SPDX-License-Identifier: MIT */
/* Greyscale pictures in Netpbm's PGM format (pgm(5)), plain or raw, one after the other in a file.
 */
#ifndef NCA_PGM_H
#define NCA_PGM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pgm {
    uint32_t width, height, maxval; /* 1 .. 65535 */
    uint16_t *gray;                 /* [height][width], each at most maxval */
};

/* A file of pictures. Its memory does not depend on its size. */
struct pgm_file;

/* Opens a regular file. NULL: it is not one or cannot be opened; why says so. */
struct pgm_file *pgm_open(const char *name, char why[256]);

/* Reads the next picture, which must have this width and height; the caller frees gray. False: gray
   is NULL, and why says what is wrong. */
bool pgm_read(struct pgm_file *file, struct pgm *pgm, uint32_t width, uint32_t height,
              char why[256]);

/* Whether there is more to read. */
bool pgm_more(struct pgm_file *file);

/* Closes the file; returns the hash of the bytes read so far, XXH64 with seed 0. */
uint64_t pgm_close(struct pgm_file *file);

#endif
