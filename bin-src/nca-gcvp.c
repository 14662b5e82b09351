/* SPDX-License-Identifier: MIT */
/* nca-gcvp: gross cell variance (GCVP) of the cell types in each generation. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&gcvp, argc, argv);
}
