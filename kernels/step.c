/* Chooses the build of the rule that this machine runs best. */
#include "kernels/step.h"

#include "common/err.h"
#include "kernels/plain.h"

#include <stdlib.h>

struct stepper {
    struct plain plain;
    void (*step)(struct plain *, struct world *);
};

struct stepper *stepper_new(const struct world *world) {
    struct stepper *stepper = allocate(1, sizeof *stepper, "step");
    size_t state = world->model.channels * sizeof *stepper->plain.next;
    stepper->plain.next = allocate(world->cells, state, "state");
    stepper->plain.before = allocate(world->cells, sizeof *stepper->plain.before, "slots");
    stepper->plain.carried = allocate(world->cells + 1, 1, "slots");
    stepper->step = step_plain;
#ifdef __x86_64__
    if (__builtin_cpu_supports("fma"))
        stepper->step = step_plain_fma;
#endif
    return stepper;
}

void step(struct stepper *stepper, struct world *world) {
    stepper->step(&stepper->plain, world);
}

void stepper_free(struct stepper *stepper) {
    free(stepper->plain.next);
    free(stepper->plain.before);
    free(stepper->plain.carried);
    free(stepper);
}
