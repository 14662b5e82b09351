/* SPDX-License-Identifier: MIT */
/* nca-hill: Hill numbers, effective numbers of genotypes, clades, colours and types. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&hill, argc, argv);
}
