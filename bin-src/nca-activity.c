/* SPDX-License-Identifier: MIT */
/* nca-activity: evolutionary activity, beside that of a neutral shadow of the run. */
#include "bin-src/measure.h"

int main(int argc, char **argv) {
    return measure_main(&activity, argc, argv);
}
