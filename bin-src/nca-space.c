/* SPDX-License-Identifier: MIT */
/* nca-space: structure in space, whether what is near is alike. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&space, argc, argv);
}
