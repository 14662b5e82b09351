/* SPDX-License-Identifier: MIT */
/* Linked instead of kernels/step/cuda.cu in builds without CUDA. */
#include "kernels/step/cuda.h"

#include <stdio.h>

bool device_usable(char why[256]) {
    snprintf(why, 256, "built without CUDA");
    return false;
}

struct device *device_new(struct world *const *worlds, uint32_t count, struct landscape *land,
                          char why[256]) {
    (void)worlds;
    (void)count;
    (void)land;
    device_usable(why);
    return NULL;
}

void device_free(struct device *device) {
    (void)device;
}

void device_step(struct device *device) {
    (void)device;
}

void device_fetch(struct device *device, unsigned parts) {
    (void)device;
    (void)parts;
}

double device_copy_rate(void) {
    return 0;
}
