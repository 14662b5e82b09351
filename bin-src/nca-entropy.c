/* SPDX-License-Identifier: MIT */
/* nca-entropy: global entropy (GEP) of the cell types in each generation. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&entropy, argc, argv);
}
