/* SPDX-License-Identifier: MIT */
/* nca-ctfp: cell type frequency, the number of cells of each type in each generation. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&ctfp, argc, argv);
}
