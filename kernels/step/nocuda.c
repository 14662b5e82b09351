/* SPDX-License-Identifier: MIT */
/* Linked instead of kernels/step/cuda.cu in builds without CUDA. */
#include "kernels/step/cuda.h"

#include <stdio.h>

struct device *device_new(struct world *world, struct landscape *land, char why[256]) {
    (void)world;
    (void)land;
    snprintf(why, 256, "built without CUDA");
    return NULL;
}

void device_free(struct device *device) {
    (void)device;
}

void device_step(struct device *device, struct world *world) {
    (void)device;
    (void)world;
}

void device_fetch(struct device *device, struct world *world, unsigned parts) {
    (void)device;
    (void)world;
    (void)parts;
}

double device_copy_rate(void) {
    return 0;
}
