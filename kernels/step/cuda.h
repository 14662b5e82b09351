/* The rule on a CUDA device. Used by kernels/step/step.c, and by tests/bench/rate.c. */
#ifndef NCA_CUDA_H
#define NCA_CUDA_H

#include "kernels/model/landscape.h"

#ifdef __cplusplus
extern "C" {
#endif

struct device; /* a world in a device's memory */

/* Copies world to the first device of the CUDA runtime, for generations in a landscape, which
   may be NULL. While the copy exists, the arrays for state, ages and slots in world stay
   where they are. Freed with device_free(). NULL: there is none, it lacks the memory, or the
   program was built without; why says which. */
struct device *device_new(struct world *world, struct landscape *land, char why[256]);
void device_free(struct device *device);

/* One generation on the device. In world, only the generation and the next serial follow. The
   device goes on with the generation after it. Errors end the program, status 1. */
void device_step(struct device *device, struct world *world);

/* Copies parts of the device's generation into world: a set as of stepper_fetch(). */
void device_fetch(struct device *device, struct world *world, unsigned parts);

/* How fast the device copies within its memory, in bytes a second, read and written added up, for
   benchmarks to compare with. 0: there is no device. Errors end the program, status 1. */
double device_copy_rate(void);

#ifdef __cplusplus
}
#endif

#endif
