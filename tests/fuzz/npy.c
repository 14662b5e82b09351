/* SPDX-License-Identifier: MIT */
/* The header of a .npy file, on any bytes: refused with a reason, or taken, and then what is
   written of it reads back as the same. */
#include "format/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good, const char *what) {
    if (!good) {
        fprintf(stderr, "must: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct npy npy, again;
    char why[256] = "", text[NPY_TEXT], shape[128], same[128];
    size_t start = npy_parse(&npy, data, size, why);
    if (!start) {
        must(*why != '\0' && strlen(why) < sizeof why, "a reason");
        return 0;
    }
    must(start <= size && start <= NPY_MAX_TEXT, "data starts within the file");
    must(npy.dimensions >= 0 && npy.dimensions <= NPY_DIMENSIONS, "dimensions within limits");
    must(strlen(npy.type) < NPY_TYPE, "a type that ends");
    if (strcmp(npy.type, "<f4") && strcmp(npy.type, "<u4") && strcmp(npy.type, "<u8"))
        return 0; /* refused by npy_map() */
    if (!npy.dimensions)
        return 0;
    size_t length = npy_header(&npy, text);
    must(length <= NPY_TEXT && length % 64 == 0, "a header that numpy would write");
    must(npy_parse(&again, (uint8_t *)text, length, why) == length, "what is written can be read");
    must(!strcmp(again.type, npy.type) && !strcmp(npy_shape(&npy, shape), npy_shape(&again, same)),
         "and is the same");
    must(npy_row(&npy) == npy_row(&again), "row by row");
    return 0;
}
