/* SPDX-License-Identifier: MIT */
/* nca-rwsp: the number of distinct colours of three selected weights (RWSP) in each generation. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&rwsp, argc, argv);
}
