/* SPDX-License-Identifier: MIT */
/* Cell updates per second of the step alone, without input and output, beside what the memory of
   this machine gives in the same run.
   usage: rate THREADS WARM-UP GENERATIONS SIDE [ROUNDS]
   A square of experiment 17, all of it alive at the start. After WARM-UP generations, by the
   fastest build, ROUNDS times (5) in turn: how fast memory is read and copied, and GENERATIONS.
   Prints a row of medians: size, threads, million updates a second, ns an update, GB/s read, copied
   (what is read and what is written), and of 176 bytes an update, a genome, with its share of what
   can be read; at the end, how much of the grid is alive and with how many genomes. NCA_KERNEL
   chooses the build. With 0 threads it is CUDA, and what is read and copied is what the device
   copies within its memory. */
#include "common/thread_pool.h"
#include "common/err.h"
#include "common/options.h"
#include "kernels/step/cuda.h"
#include "kernels/model/seed.h"
#include "kernels/step/step.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCK = 1 << 20, BLOCKS = 768, MAX_ROUNDS = 99 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

struct memory {
    uint64_t *from, *to, sum[BLOCKS];
};

static void read_block(void *context, unsigned chunk, unsigned worker) {
    struct memory *memory = context;
    const uint64_t *from = memory->from + (size_t)chunk * (BLOCK / 8);
    uint64_t sum[32] = {0}; /* side by side: none waits for another */
    (void)worker;
    for (size_t i = 0; i < BLOCK / 8; i += 32)
        for (size_t k = 0; k < 32; k++)
            sum[k] += from[i + k];
    for (size_t k = 0; k < 32; k++)
        memory->sum[chunk] += sum[k];
}

static void copy_block(void *context, unsigned chunk, unsigned worker) {
    struct memory *memory = context;
    size_t at = (size_t)chunk * (BLOCK / 8);
    (void)worker;
    memcpy(memory->to + at, memory->from + at, BLOCK);
}

/* Bytes a second, read and written ones together. */
static double bandwidth(struct thread_pool *workers, void (*work)(void *, unsigned, unsigned),
                        struct memory *memory, int touched) {
    double start = now();
    thread_pool_run(workers, work, memory, BLOCKS);
    return touched * (double)BLOCK * BLOCKS / (now() - start);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, ascending);
    return values[count / 2];
}

/* Generations by the fastest build, whichever the environment chooses for those to be measured.
   Returns a stepper for these. */
static struct stepper *warm_up(struct world *world, enum backend backend,
                               struct thread_pool *workers, int generations) {
    const char *kernel = getenv("NCA_KERNEL");
    char *chosen = kernel ? strcpy(allocate(strlen(kernel) + 1, 1, "name"), kernel) : NULL;
    unsetenv("NCA_KERNEL");
    struct stepper *stepper = stepper_new(world, NULL, backend, workers);
    for (int g = 0; g < generations; g++)
        step(stepper, world);
    if (chosen) {
        stepper_free(stepper);
        setenv("NCA_KERNEL", chosen, 1);
        stepper = stepper_new(world, NULL, backend, workers);
    }
    free(chosen);
    return stepper;
}

int main(int argc, char **argv) {
    program_name(argv[0]);
    if (argc < 5)
        die(EXIT_USAGE, "usage: rate THREADS WARM-UP GENERATIONS SIDE [ROUNDS]");
    unsigned threads = (unsigned)option_integer("THREADS", argv[1], 0, MAX_THREADS);
    int warm = option_signed("WARM-UP", argv[2], 0, INT_MAX),
        generations = option_signed("GENERATIONS", argv[3], 1, INT_MAX),
        rounds = argc > 5 ? option_signed("ROUNDS", argv[5], 1, MAX_ROUNDS) : 5;
    struct world world = {.model = model_default};
    world.model.width = world.model.height =
        (uint32_t)option_integer("SIDE", argv[4], 1, UINT16_MAX);
    world.model.init = 1;
    world.model.budget = BUDGET_INFINITE;

    struct memory memory = {
        allocate(BLOCKS, BLOCK, "memory"), allocate(BLOCKS, BLOCK, "memory"), {0}};
    memset(memory.from, 1, (size_t)BLOCKS * BLOCK);
    memset(memory.to, 1, (size_t)BLOCKS * BLOCK);
    struct thread_pool *workers = thread_pool_new(threads ? threads : processors());
    seed_world(&world, workers);
    enum backend backend = threads ? CPU : CUDA;
    struct stepper *stepper = warm_up(&world, backend, workers, warm);
    double rate[MAX_ROUNDS] = {0}, reads[MAX_ROUNDS] = {0}, copies[MAX_ROUNDS] = {0},
           share[MAX_ROUNDS] = {0};
    for (int r = 0; r < rounds; r++) {
        reads[r] = threads ? bandwidth(workers, read_block, &memory, 1) : device_copy_rate();
        copies[r] = threads ? bandwidth(workers, copy_block, &memory, 2) : reads[r];
        double start = now();
        for (int g = 0; g < generations; g++)
            step(stepper, &world);
        stepper_fetch(stepper, &world, STATE);
        rate[r] = (double)world.cells * generations / (now() - start);
        share[r] = rate[r] * 176 / reads[r];
    }
    stepper_fetch(stepper, &world, ALL_SECTIONS);
    size_t living = 0, genomes = 0;
    uint8_t *seen = allocate((size_t)world.pool.capacity + 1, 1, "slots");
    for (size_t i = 0; i < world.cells; i++) {
        living += world.ages[i] > 0;
        genomes += world.slots[i] && !seen[world.slots[i]];
        seen[world.slots[i]] = 1;
    }
    double updates = median(rate, rounds);
    printf("| %ux%u | %u | %.1f | %.1f | %.1f | %.1f | %.1f | %.0f%% | %.0f%% | %zu |\n",
           world.model.width, world.model.height, threads, updates / 1e6, 1e9 / updates,
           median(reads, rounds) / 1e9, median(copies, rounds) / 1e9, updates * 176 / 1e9,
           100 * median(share, rounds), 100 * (double)living / (double)world.cells, genomes);
    free(seen);
    stepper_free(stepper);
    world_free(&world);
    thread_pool_free(workers);
    free(memory.from);
    free(memory.to);
    return 0;
}
