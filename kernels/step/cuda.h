/* SPDX-License-Identifier: MIT */
/* The rule on a CUDA device, for many worlds at a time. */
#ifndef NCA_CUDA_H
#define NCA_CUDA_H

#include "kernels/model/landscape.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct device; /* worlds in a device's memory */

/* Whether there is a device that this program can use; false: why says what is the matter. */
bool device_usable(char why[256]);

/* Copies count worlds of one width, height, number of channels and generation to the first device
   of the CUDA runtime; land, which may be NULL, is that of a single one. Do not move the list, the
   worlds, or their arrays for state, ages and slots while the copy exists. Freed with
   device_free(). NULL: there is no device, it has too little memory, or the program was built
   without CUDA; why says which. */
struct device *device_new(struct world *const *worlds, uint32_t count, struct landscape *land,
                          char why[256]);
void device_free(struct device *device);

/* Computes one generation of all worlds on the device, and starts the next. Updates only generation
   and next_serial of each world. Errors end the program with status 1. */
void device_step(struct device *device);

/* Copies parts of the device's generation into the worlds: a set as for stepper_fetch(). */
void device_fetch(struct device *device, unsigned parts);

/* The speed of copies within the device's memory, in bytes per second, read plus written; for
   benchmarks. 0: there is no device. Errors end the program with status 1. */
double device_copy_rate(void);

#ifdef __cplusplus
}
#endif

#endif
