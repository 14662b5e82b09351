/* SPDX-License-Identifier: MIT */
/* Chooses the backend and the build of the rule that are fastest on this machine. */
#include "kernels/step/step.h"

#include "common/cpu.h"
#include "common/err.h"
#include "kernels/step/cuda.h"
#include "kernels/step/plain.h"
#include "kernels/step/simd.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* GRAIN: cells that keep a thread busy for longer than it takes to wake up. BANDS for each thread:
   several, so that a thread that is slow processes fewer of them. */
enum { GRAIN = 10000, BANDS = 4, MAX_BANDS = 4096 };

/* An estimate: with fewer cells, a device gains less than its start (some tenths of a second) and
   the ten kernel launches of each generation cost. */
enum { DEVICE_GRAIN = 1000000 };

const char *const backend_names[] = {"auto", "cpu", "cuda"};

/* Uses one of three backends: a device, the plain version or the fast one. */
struct stepper {
    struct landscape *land;
    struct device *device;
    struct world *world; /* on the device */
    void (*step_plain)(struct plain *, struct world *);
    void (*step_simd)(struct simd *, struct world *);
    struct plain plain;
    struct simd simd;
};

#ifdef __x86_64__
#pragma weak step_simd /* never the best choice here: only a program for tests links it */
#endif

/* Chooses the fastest build that this machine can run, or the one that NCA_KERNEL names. */
static void choose_build(struct stepper *stepper) {
    const char *wanted = getenv("NCA_KERNEL");
    const struct {
        const char *name;
        bool have;
        void (*simd)(struct simd *, struct world *);
        void (*plain)(struct plain *, struct world *);
    } builds[] = {
#ifdef __x86_64__
        {"avx512", cpu_has(AVX512), step_simd_avx512, NULL},
        {"avx2", cpu_has(AVX2), step_simd_avx2, NULL},
        {"fma", cpu_has(FMA), NULL, step_plain_fma},
#endif
#ifdef __FP_FAST_FMAF /* fmaf() is an instruction on every such machine */
        {"simd", true, step_simd, NULL},
        {"plain", true, NULL, step_plain},
#else
        {"plain", true, NULL, step_plain},
        {"simd", true, step_simd, NULL},
#endif
    };
    for (size_t b = 0; b < sizeof builds / sizeof *builds; b++)
        if (builds[b].have && (builds[b].simd || builds[b].plain) &&
            (!wanted || !strcmp(wanted, builds[b].name))) {
            stepper->step_simd = builds[b].simd;
            stepper->step_plain = builds[b].plain;
            return;
        }
    die(EXIT_USAGE, "NCA_KERNEL: %s: this machine cannot run such a build", wanted);
}

unsigned step_threads(const struct world *world, unsigned threads) {
    const char *text = getenv("NCA_GRAIN");
    size_t grain = text ? strtoul(text, NULL, 10) : GRAIN,
           most = world->cells / (grain ? grain : 1);
    if (!threads)
        threads = processors();
    return threads < most ? threads : most ? (unsigned)most : 1;
}

bool step_on_device(enum backend backend, size_t cells) {
    return backend == CUDA || (backend == AUTO && cells >= DEVICE_GRAIN && !getenv("NCA_KERNEL"));
}

struct stepper *stepper_new(struct world *world, struct landscape *land, enum backend backend,
                            struct thread_pool *workers) {
    struct stepper *stepper = allocate(1, sizeof *stepper, "step");
    size_t cells = world->cells, state = world->model.channels * sizeof(float);
    char why[256];
    stepper->land = land;
    stepper->world = world;
    if (step_on_device(backend, cells))
        stepper->device = device_new(&stepper->world, 1, land, why);
    if (stepper->device)
        return stepper;
    if (backend == CUDA)
        die(EXIT_FAILED, "--backend cuda: %s", why);
    choose_build(stepper);
    stepper->plain.land = stepper->simd.land = land;
    if (stepper->step_plain) {
        stepper->plain.next = allocate(cells, state, "state");
        stepper->plain.before = allocate(cells, sizeof *stepper->plain.before, "slots");
        stepper->plain.carried = allocate(cells + 1, 1, "slots");
        return stepper;
    }
    struct simd *simd = &stepper->simd;
    unsigned threads = thread_pool_threads(workers);
    simd->workers = workers;
    simd->next = allocate(cells, state, "state");
    simd->carried = allocate(cells + 1, 1, "slots");
    simd->born = allocate(cells, 1, "slots");
    simd->heir = allocate(cells, sizeof *simd->heir, "heirs");
    simd->scratch = allocate(threads, sizeof *simd->scratch, "threads");
    uint32_t rows = world->model.height;
    simd->bands = threads == 1 ? 1 : threads * BANDS;
    if (simd->bands > MAX_BANDS)
        simd->bands = MAX_BANDS;
    if (simd->bands > rows)
        simd->bands = rows;
    simd->band = allocate(simd->bands, sizeof *simd->band, "bands");
    for (uint32_t b = 0; b < simd->bands; b++) {
        struct band *band = &simd->band[b];
        band->first = (uint32_t)((uint64_t)rows * b / simd->bands);
        band->last = (uint32_t)((uint64_t)rows * (b + 1) / simd->bands);
        band->heir = simd->heir + (size_t)band->first * world->model.width;
    }
    return stepper;
}

void step(struct stepper *stepper, struct world *world) {
    stepper->world = world;
    if (stepper->device) {
        device_step(stepper->device);
        return;
    }
    if (stepper->land)
        landscape_at(stepper->land, &world->model, world->generation + 1);
    if (stepper->step_plain)
        stepper->step_plain(&stepper->plain, world);
    else
        stepper->step_simd(&stepper->simd, world);
}

void stepper_fetch(struct stepper *stepper, struct world *world, unsigned parts) {
    stepper->world = world;
    if (stepper->device)
        device_fetch(stepper->device, parts);
}

void stepper_free(struct stepper *stepper) {
    struct simd *simd = &stepper->simd;
    if (stepper->device)
        device_free(stepper->device);
    for (unsigned t = 0; simd->scratch && t < thread_pool_threads(simd->workers); t++)
        free(simd->scratch[t]);
    free(simd->next);
    free(simd->carried);
    free(simd->born);
    free(simd->heir);
    free(simd->scratch);
    for (uint32_t b = 0; b < simd->bands; b++)
        free(simd->band[b].perturbed);
    free(simd->band);
    landscape_free(stepper->land);
    free(stepper->plain.next);
    free(stepper->plain.before);
    free(stepper->plain.carried);
    free(stepper);
}
