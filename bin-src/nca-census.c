/* SPDX-License-Identifier: MIT */
/* nca-census: how many live, are born and die in each generation, and how much they differ. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&census, argc, argv);
}
