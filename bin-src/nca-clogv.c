/* SPDX-License-Identifier: MIT */
/* nca-clogv: how much local organisation varies over the grid (CLOGV) in each generation. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&clogv, argc, argv);
}
