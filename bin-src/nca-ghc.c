/* SPDX-License-Identifier: MIT */
/* nca-ghc: the number of distinct genotypic hash colours (GHC) in each generation. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&ghc, argc, argv);
}
