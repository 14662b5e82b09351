/* Chooses the build of the rule that this machine runs best. */
#include "kernels/step.h"

#include "common/err.h"
#include "kernels/plain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct stepper {
    struct plain plain;
    void (*step)(struct plain *, struct world *);
};

/* The builds from best to plainest: the first that the machine has, or the one asked for. */
static void choose_build(struct stepper *stepper) {
    const char *wanted = getenv("NCA_KERNEL");
    const struct {
        const char *name;
        void (*step)(struct plain *, struct world *);
        bool have;
    } builds[] = {
#ifdef __x86_64__
        {"fma", step_plain_fma, __builtin_cpu_supports("fma")},
#endif
        {"plain", step_plain, true},
    };
    for (size_t b = 0; b < sizeof builds / sizeof *builds; b++)
        if (builds[b].have && (!wanted || !strcmp(wanted, builds[b].name))) {
            stepper->step = builds[b].step;
            return;
        }
    die(EXIT_USAGE, "NCA_KERNEL: %s: not a build that this machine has", wanted);
}

struct stepper *stepper_new(const struct world *world) {
    struct stepper *stepper = allocate(1, sizeof *stepper, "step");
    size_t state = world->model.channels * sizeof *stepper->plain.next;
    choose_build(stepper);
    stepper->plain.next = allocate(world->cells, state, "state");
    stepper->plain.before = allocate(world->cells, sizeof *stepper->plain.before, "slots");
    stepper->plain.carried = allocate(world->cells + 1, 1, "slots");
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
