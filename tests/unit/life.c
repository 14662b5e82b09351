/* SPDX-License-Identifier: MIT */
/* tier: quick, sanitized */
/* Statistics of life: living cells at generations 0, 10, .. 60 on 30x30 cells, the mean of 200
   seeds against the mean and spread of eight recorded runs of the thesis's program, whose random
   numbers were its own. A mean must lie within three standard errors of the mean of eight. */
#include "kernels/model/seed.h"
#include "kernels/step/step.h"
#include "tests/tap.h"

#include <math.h>

enum { POINTS = 7, SEEDS = 200 };

static const struct {
    const char *name;
    struct model model; /* what differs from the default */
    double mean[POINTS], spread[POINTS];
} recorded[] = {
    {"budget 3",
     {.init = 0.1, .ip = 0.2f, .ppp = 0.2f, .budget = 3, .alpha = 0.5f, .channels = 2},
     {90, 172, 256, 264, 269, 266, 265},
     {0, 24, 13, 18, 12, 14, 11}},
    {"infinite budget",
     {.init = 0.09,
      .ip = 0.1f,
      .ppp = 0.02f,
      .budget = BUDGET_INFINITE,
      .alpha = 0.5f,
      .channels = 2},
     {81, 229, 527, 737, 829, 868, 884},
     {0, 48, 53, 34, 16, 11, 8}},
    {"tanh",
     {.init = 0.08,
      .ip = 0.1f,
      .ppp = 0.02f,
      .budget = 4,
      .alpha = 0.0f,
      .channels = 2,
      .activation = TANH},
     {72, 120, 149, 182, 182, 190, 193},
     {0, 19, 16, 21, 21, 19, 17}},
    {"three channels",
     {.init = 0.08, .ip = 0.5f, .ppp = 0.02f, .budget = 8, .alpha = 0.5f, .channels = 3},
     {72, 616, 652, 650, 647, 649, 645},
     {0, 35, 20, 14, 18, 13, 14}},
};

int main(void) {
    for (size_t r = 0; r < sizeof recorded / sizeof *recorded; r++) {
        double sum[POINTS] = {0};
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            struct world world = {.model = recorded[r].model};
            world.model.width = world.model.height = 30;
            world.model.cull_until = NEVER;
            world.model.cull_every = 1;
            world.model.seed = seed;
            seed_world(&world, NULL);
            struct stepper *stepper = stepper_new(&world, NULL, CPU, NULL);
            for (int g = 0; g <= 10 * (POINTS - 1); g++) {
                if (g)
                    step(stepper, &world);
                for (size_t i = 0; g % 10 == 0 && i < world.cells; i++)
                    sum[g / 10] += world.state[i] != 0.0f;
            }
            stepper_free(stepper);
            world_free(&world);
        }
        for (int p = 0; p < POINTS; p++) {
            double mean = sum[p] / SEEDS, away = mean - recorded[r].mean[p];
            double error = recorded[r].spread[p] / sqrt(8.0);
            ok(fabs(away) <= 3.0 * error, "%s, generation %d: %.1f, recorded %g (%+.1f errors)",
               recorded[r].name, 10 * p, mean, recorded[r].mean[p], error > 0 ? away / error : 0.0);
        }
    }
    return done();
}
