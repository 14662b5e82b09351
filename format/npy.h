/* SPDX-License-Identifier: MIT */
/* The headers of .npy files, numpy's own for one array: version 1.0 is written, 1.0 to 3.0 are
   read. Definition: numpy.lib.format. */
#ifndef NCA_NPY_H
#define NCA_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NPY_DIMENSIONS = 4, NPY_TYPE = 16, NPY_TEXT = 256, NPY_MAX_TEXT = 1 << 16 };

struct npy {
    char type[NPY_TYPE]; /* "<f4", "<u4" or "<u8" are those in use here */
    int dimensions;
    uint64_t shape[NPY_DIMENSIONS]; /* the first is the number of rows; C order */
};

/* Bytes of one row, an element of the first dimension; 0 if they exceed size_t. */
size_t npy_row(const struct npy *npy);

/* Writes the header as numpy does, byte for byte; returns its length, which does not depend on the
   number of rows: so a file can be begun before its rows are counted. */
size_t npy_header(const struct npy *npy, char text[NPY_TEXT]);

/* Reads a header from the first bytes of a file (all of them, or NPY_MAX_TEXT). Returns where the
   data starts. 0: it cannot be read, and why says so: not a .npy file, truncated, in Fortran order,
   not of plain numbers, too many dimensions. */
size_t npy_parse(struct npy *npy, const uint8_t *bytes, size_t length, char why[256]);

struct npy_map {
    void *start;
    size_t size;
};

/* Maps a whole array of this type into memory; npy_unmap() unmaps it. Returns its data, which is as
   long as its shape says, and need not be aligned. NULL: there is no such file in the directory
   (why is ""), or it cannot be read, is not of this type, or its size contradicts its header. */
const uint8_t *npy_map(struct npy_map *map, struct npy *npy, int directory, const char *name,
                       const char *type, char why[256]);
void npy_unmap(struct npy_map *map);

/* A shape as numpy shows it: (3, 2), (7,) or (). */
const char *npy_shape(const struct npy *npy, char text[128]);

#endif
