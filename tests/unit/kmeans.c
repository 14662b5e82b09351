/* SPDX-License-Identifier: MIT */
/* tier: quick, sanitized */
/* k-means: the builds for this machine's instruction sets sort a run into the same species. */
#include "common/cpu.h"
#include "kernels/measures/kmeans.h"
#include "kernels/model/seed.h"
#include "kernels/step/step.h"
#include "tests/tap.h"

#include <string.h>

enum { GENERATIONS = 12 };

static const struct build {
    const char *name;
    const struct kmeans_build *build;
    enum instructions set;
} builds[] = {
    {"plain", &kmeans, PORTABLE},
#ifdef __x86_64__
    {"avx2", &kmeans_avx2, AVX2},
    {"avx512", &kmeans_avx512, AVX512},
#endif
};

/* Whether build b gives all cells of all generations of a run the species that the plain one does,
   and, in *moved, how many are in another than the first. */
static bool same(size_t b, uint32_t channels, uint32_t k, size_t *moved) {
    struct world world = {.model = model_default};
    world.model.channels = channels;
    world.model.width = 40;
    world.model.height = 30;
    world.model.init = 0.2;
    world.model.ip = 0.3f;
    seed_world(&world, NULL);
    struct stepper *stepper = stepper_new(&world, NULL, CPU, NULL);
    struct cnwa *one = cnwa_new(&world, k), *other = cnwa_new(&world, k);
    one->work->build = &kmeans;
    other->work->build = builds[b].build;
    bool good = true;
    for (int g = 0; g < GENERATIONS; g++) {
        cnwa_take(one, &world);
        cnwa_take(other, &world);
        good &= one->count == other->count && !memcmp(one->of, other->of, one->count) &&
                !memcmp(one->work->now, other->work->now,
                        k * cnwa_parameters(one) * sizeof *one->work->now);
        for (size_t i = 0; i < one->count; i++)
            *moved += one->of[i] != 0;
        step(stepper, &world);
    }
    cnwa_free(one);
    cnwa_free(other);
    stepper_free(stepper);
    world_free(&world);
    return good;
}

int main(void) {
    static const uint32_t ks[] = {1, 2, 5, 9, 32};
    for (size_t b = 0; b < sizeof builds / sizeof *builds; b++)
        for (uint32_t channels = 1; channels <= 3; channels++)
            for (size_t n = 0; n < sizeof ks / sizeof *ks; n++) {
                const char *skip = cpu_has(builds[b].set) ? "" : " # SKIP not on this machine";
                size_t moved = 0;
                ok(*skip || (same(b, channels, ks[n], &moved) && (moved || ks[n] == 1)),
                   "%s: channels %u, k = %u%s", builds[b].name, channels, ks[n], skip);
            }
    return done();
}
