/* SPDX-License-Identifier: MIT */
/* The rule on a CUDA device. Used by kernels/step/step.c, and by tests/bench/rate.c. */
#ifndef NCA_CUDA_H
#define NCA_CUDA_H

#include "kernels/model/landscape.h"

#ifdef __cplusplus
extern "C" {
#endif

struct device; /* a world in a device's memory */

/* Copies world to the first device of the CUDA runtime; land may be NULL. Do not move the arrays
   for state, ages and slots of world while the copy exists. Freed with device_free(). NULL: there
   is no device, it has too little memory, or the program was built without CUDA; why says which. */
struct device *device_new(struct world *world, struct landscape *land, char why[256]);
void device_free(struct device *device);

/* Computes one generation on the device, and starts the next. Updates only generation and
   next_serial of world. Errors end the program with status 1. */
void device_step(struct device *device, struct world *world);

/* Copies parts of the device's generation into world: a set as for stepper_fetch(). */
void device_fetch(struct device *device, struct world *world, unsigned parts);

/* The speed of copies within the device's memory, in bytes per second, read plus written; for
   benchmarks. 0: there is no device. Errors end the program with status 1. */
double device_copy_rate(void);

#ifdef __cplusplus
}
#endif

#endif
