/* SPDX-License-Identifier: MIT */
/* One generation of worlds on a CUDA device: the same bits as kernels/step/plain.c. This page says
   how; the kernels are in kernels/step/cuda-kernels.h.

   All worlds have the same geometry and generation. Each launch is for all of them: a row of blocks
   each. Each generation has two halves. begin() reads generation t and launches all that does not
   change it, with a thread for each cell, or a warp for each newborn:
   - sweep: steps 1 to 8 of the rule but for genomes: perceive, forward, activate; ages, budgets,
     culling; who inherits from whom. Cells that receive a first genome go to a list;
   - find_mutants: which of these differ from their parents;
   - compact(): the mutants in cell order, and the free slots in ascending order (CUB).
   finish() makes generation t + 1 of it:
   - assign_slots: mutants get free slots;
   - make_mutants: their genomes: the parent's, perturbed;
   - inherit: the slots of all cells.
   So while the first half of one generation runs, all of the generation before it is still there
   to be copied to the host, which is done on a stream of its own. Nothing waits for the host within
   a generation, and no result depends on the order in which threads run: lists filled by atomics
   are read as sets, and what several threads write is the same.

   Chains. In the raster schedule a parent with a smaller index hands over what it has just got
   itself. Here cells are not visited in order: each cell follows the chain of its parents to its
   end (climb()), and each mutant adds the perturbations of the mutants on its chain again.

   Memory. All arrays are allocated at once, N cells and N + 1 slots a world; state, ages and slots
   twice, for generations t and t + 1. Nothing is allocated while generations are made. */
#include "kernels/step/cuda.h"

#include "common/err.h"
#include "kernels/step/cuda-kernels.h"
#include "kernels/step/step.h"

#include <cub/device/device_select.cuh>
#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrust/iterator/counting_iterator.h>
#include <time.h>
#include <utility>

/* Threads of a block that handles a birth; the largest number of such blocks, each of which handles
   several births in turn; bytes of genomes that are copied to the host at a time. */
constexpr size_t WARP = 32, MAX_BLOCKS = 8192, PACKED = 4 << 20;

/* Of a world: state, ages and slots. */
constexpr int PLANES = 3;

/* Bytes, and repetitions, of the copy that device_copy_rate() measures. */
constexpr size_t COPIED = 512 << 20, COPIES = 20;

struct device {
    struct planes planes;
    struct world *const *world; /* [planes.worlds] */
    struct landscape *land;
    char *memory, *pinned; /* all arrays on the device; the last four of this struct */
    size_t scratch_bytes;
    void *scratch;
    cudaStream_t work, copies;
    cudaEvent_t done;
    uint64_t begun;                /* the generation whose first half has been launched */
    uint64_t pooled;               /* the generation whose genomes are all in the pools */
    void **registered;             /* [worlds][PLANES] those that are pinned */
    uint32_t max_packed;           /* genomes at a time */
    struct tally *tally;           /* [worlds] of the generation done */
    uint32_t *child, *parent_slot; /* [max_packed] */
    float *packed;                 /* [max_packed][P] */
};

static void check(cudaError_t error) {
    if (error != cudaSuccess)
        die(EXIT_FAILED, "CUDA: %s", cudaGetErrorString(error));
}

template <typename... Expected, typename... Actual>
static void launch(cudaStream_t stream, dim3 blocks, size_t threads, void (*kernel)(Expected...),
                   Actual... arguments) {
    cudaLaunchConfig_t config = {};
    config.gridDim = blocks;
    config.blockDim = dim3((unsigned)threads);
    config.stream = stream;
    check(cudaLaunchKernelEx(&config, kernel, arguments...));
}

/* Blocks for as many threads of each world; blocks of a warp for as many births, of each. */
static dim3 blocks(size_t threads, uint32_t worlds) {
    return dim3((unsigned)((threads + BLOCK - 1) / BLOCK), worlds);
}

static size_t at_most(size_t births, uint32_t worlds) {
    size_t most = (MAX_BLOCKS + worlds - 1) / worlds;
    return births < most ? births : most;
}

static dim3 warps(size_t births, uint32_t worlds) {
    return dim3((unsigned)at_most(births, worlds), worlds);
}

/* Lists the mutants in cell order, and the free slots in ascending order. With scratch NULL, only
   sets bytes to the size of scratch that it needs. */
static cudaError_t compact(const planes &p, void *scratch, size_t *bytes, cudaStream_t stream) {
    thrust::counting_iterator<uint32_t> places(0);
    const uint32_t cells = p.worlds * p.cells, slots = cells + p.worlds;
    size_t first = *bytes, second = *bytes;
    cudaError_t error = cub::DeviceSelect::If(scratch, first, places, p.mutant, p.mutants, cells,
                                              is_mutant{p.fate}, stream);
    if (error == cudaSuccess)
        error = cub::DeviceSelect::If(scratch, second, places, p.free, p.unused, slots,
                                      is_free{p.carried}, stream);
    *bytes = first > second ? first : second;
    return error;
}

/* The values of a landscape, 4 bytes each. */
static void *varied(const struct landscape &land) {
    for (float *numbers : {land.alpha, land.ip, land.ppp})
        if (numbers)
            return numbers;
    return land.budget;
}

static void begin(struct device *device, uint64_t generation) {
    const planes &p = device->planes;
    if (device->land) {
        landscape_at(device->land, &device->world[0]->model, generation);
        check(cudaMemcpyAsync(varied(p.land), varied(*device->land), p.cells * sizeof(float),
                              cudaMemcpyHostToDevice, device->work));
    }
    check(cudaMemsetAsync(p.carried, 0, (size_t)p.worlds * (p.cells + 1), device->work));
    void (*const sweeps[])(planes, uint64_t) = {sweep<0>, sweep<1>, sweep<2>, sweep<3>};
    launch(device->work, blocks(p.cells, p.worlds), BLOCK, sweeps[p.L < 4 ? p.L : 0], p,
           generation);
    launch(device->work, warps(p.cells, p.worlds), WARP, find_mutants, p, generation);
    check(compact(p, device->scratch, &device->scratch_bytes, device->work));
    device->begun = generation;
}

static void finish(struct device *device) {
    planes &p = device->planes;
    launch(device->work, blocks(at_most(p.cells, p.worlds), p.worlds), BLOCK, assign_slots, p);
    launch(device->work, warps(p.cells, p.worlds), WARP, make_mutants, p, device->begun);
    launch(device->work, blocks(p.cells, p.worlds), BLOCK, inherit, p);
    check(cudaMemcpyAsync(device->tally, p.tally, p.worlds * sizeof *p.tally,
                          cudaMemcpyDeviceToHost, device->work));
    check(cudaEventRecord(device->done, device->work));
    std::swap(p.state, p.next);
    std::swap(p.ages, p.next_ages);
    std::swap(p.slots, p.next_slots);
}

/* Sets array to *at, and advances *at by count elements, aligned to 256 bytes. */
template <typename T> static void place(uintptr_t *at, T *&array, size_t count) {
    array = reinterpret_cast<T *>(*at);
    *at += (count * sizeof(T) + 255) / 256 * 256;
}

/* Lays out the device's memory, and the pinned memory, from these addresses on; returns where they
   end. */
static void lay_out(struct device *device, uintptr_t *memory, uintptr_t *pinned) {
    planes &p = device->planes;
    const size_t cells = (size_t)p.worlds * p.cells, slots = cells + p.worlds;
    place(memory, p.state, cells * p.L);
    place(memory, p.next, cells * p.L);
    for (uint32_t **plane : {&p.ages, &p.next_ages, &p.slots, &p.next_slots, &p.source, &p.given,
                             &p.newborn, &p.mutant, &p.child, &p.parent_slot})
        place(memory, *plane, cells);
    place(memory, p.free, slots);
    if (device->land) {
        const struct landscape &land = *device->land;
        uint32_t *numbers;
        place(memory, numbers, cells);
        float *reals = reinterpret_cast<float *>(numbers);
        p.land = {land.alpha ? reals : NULL, land.ip ? reals : NULL, land.ppp ? reals : NULL,
                  land.budget ? numbers : NULL, NULL};
    }
    place(memory, p.fate, cells);
    place(memory, p.carried, slots);
    place(memory, p.parameters, slots * p.P);
    place(memory, p.serial, slots);
    place(memory, p.parent, slots);
    place(memory, p.packed, device->max_packed * p.P);
    place(memory, p.tally, p.worlds);
    place(memory, p.model, p.worlds);
    place(memory, p.mutants, 1);
    place(memory, p.unused, 1);
    char *scratch;
    place(memory, scratch, device->scratch_bytes);
    device->scratch = scratch;
    place(pinned, device->tally, p.worlds);
    place(pinned, device->child, device->max_packed);
    place(pinned, device->parent_slot, device->max_packed);
    place(pinned, device->packed, device->max_packed * p.P);
}

#define TRY(call)                                                                                  \
    do {                                                                                           \
        cudaError_t error = (call);                                                                \
        if (error != cudaSuccess)                                                                  \
            return error;                                                                          \
    } while (0)

/* Copies world w to the device. */
static cudaError_t upload(struct device *device, size_t w) {
    const planes &p = device->planes;
    const struct world *world = device->world[w];
    const struct pool *pool = &world->pool;
    const size_t N = p.cells, last = pool->capacity < N ? pool->capacity : N, cells = w * N,
                 slots = cells + w;
    device->tally[w] = {0, 0, (uint32_t)last, 0, pool->next_serial};
    const struct {
        const void *to, *from;
        size_t bytes;
    } copies[] = {
        {p.state + cells * p.L, world->state, p.L * N * sizeof *p.state},
        {p.ages + cells, world->ages, N * sizeof *p.ages},
        {p.slots + cells, world->slots, N * sizeof *p.slots},
        {p.parameters + slots * p.P, pool->parameters, (last + 1) * p.P * sizeof *p.parameters},
        {p.serial + slots, pool->serial, (last + 1) * sizeof *p.serial},
        {p.parent + slots, pool->parent, (last + 1) * sizeof *p.parent},
        {p.tally + w, &device->tally[w], sizeof *p.tally},
        {p.model + w, &world->model, sizeof *p.model}};
    for (const auto &copy : copies)
        TRY(cudaMemcpyAsync(const_cast<void *>(copy.to), copy.from, copy.bytes,
                            cudaMemcpyHostToDevice, device->work));
    return cudaSuccess;
}

static cudaError_t usable() {
    int devices;
    cudaFuncAttributes attributes;
    TRY(cudaGetDeviceCount(&devices));
    return cudaFuncGetAttributes(&attributes, inherit); /* fails if compiled for other devices */
}

bool device_usable(char why[256]) {
    cudaError_t error = usable();
    snprintf(why, 256, "no usable GPU: %s", cudaGetErrorString(error));
    return error == cudaSuccess;
}

static cudaError_t set_up(struct device *device) {
    int low, high;
    TRY(usable());
    TRY(compact(device->planes, NULL, &device->scratch_bytes, NULL));
    uintptr_t memory = 0, pinned = 0;
    lay_out(device, &memory, &pinned);
    TRY(cudaMalloc(&device->memory, memory));
    TRY(cudaMallocHost(&device->pinned, pinned));
    memory = reinterpret_cast<uintptr_t>(device->memory);
    pinned = reinterpret_cast<uintptr_t>(device->pinned);
    lay_out(device, &memory, &pinned);
    TRY(cudaDeviceGetStreamPriorityRange(&low, &high)); /* pack() goes before sweep() */
    TRY(cudaStreamCreateWithPriority(&device->work, cudaStreamNonBlocking, low));
    TRY(cudaStreamCreateWithPriority(&device->copies, cudaStreamNonBlocking, high));
    TRY(cudaEventCreateWithFlags(&device->done, cudaEventDisableTiming));
    for (size_t w = 0; w < device->planes.worlds; w++)
        TRY(upload(device, w));
    return cudaStreamSynchronize(device->work);
}

/* Pins the planes of the worlds: copies to these are faster and run in parallel. A failure does no
   harm. */
static void pin(struct device *device) {
    const planes &p = device->planes;
    const size_t plane = p.cells * sizeof(uint32_t);
    for (size_t w = 0; w < p.worlds; w++) {
        const struct world *world = device->world[w];
        void *const arrays[PLANES] = {world->state, world->ages, world->slots};
        for (int a = 0; a < PLANES; a++)
            if (cudaHostRegister(arrays[a], (a ? 1 : p.L) * plane, 0) == cudaSuccess)
                device->registered[w * PLANES + a] = arrays[a];
    }
    (void)cudaGetLastError();
}

struct device *device_new(struct world *const *worlds, uint32_t count, struct landscape *land,
                          char why[256]) {
    struct device *device = static_cast<struct device *>(allocate(1, sizeof *device, "step"));
    planes &p = device->planes;
    const model &model = worlds[0]->model;
    device->world = worlds;
    device->land = land;
    device->pooled = worlds[0]->generation;
    device->registered = static_cast<void **>(allocate(count, PLANES * sizeof(void *), "step"));
    p.rows = model.height;
    p.cols = model.width;
    p.cells = (uint32_t)worlds[0]->cells;
    p.worlds = count;
    p.L = model.channels;
    p.P = worlds[0]->pool.genome;
    device->max_packed = (uint32_t)(PACKED / (p.P * sizeof(float)));
    cudaError_t error = set_up(device);
    if (error != cudaSuccess) {
        uintptr_t memory = 0, pinned = 0;
        lay_out(device, &memory, &pinned);
        snprintf(why, 256,
                 error == cudaErrorMemoryAllocation ? "no usable GPU: %s (%zu MiB needed)"
                                                    : "no usable GPU: %s",
                 cudaGetErrorString(error), (size_t)(memory >> 20) + 1);
        device_free(device);
        return NULL;
    }
    pin(device);
    return device;
}

void device_free(struct device *device) {
    if (device->done) {
        check(cudaStreamSynchronize(device->work));
        check(cudaEventDestroy(device->done));
    }
    for (size_t a = 0; a < (size_t)device->planes.worlds * PLANES; a++)
        if (device->registered[a])
            check(cudaHostUnregister(device->registered[a]));
    for (cudaStream_t stream : {device->work, device->copies})
        if (stream)
            check(cudaStreamDestroy(stream));
    if (device->pinned)
        check(cudaFreeHost(device->pinned));
    if (device->memory)
        check(cudaFree(device->memory));
    free(device->registered);
    free(device);
}

void device_step(struct device *device) {
    if (!device->begun)
        begin(device, device->world[0]->generation + 1);
    finish(device);
    begin(device, device->begun + 1);
    check(cudaEventSynchronize(device->done));
    for (size_t w = 0; w < device->planes.worlds; w++) {
        struct world *world = device->world[w];
        world->generation++;
        world->births.count = 0;
        world->pool.next_serial = device->tally[w].next_serial;
    }
}

static void fetch(struct device *device, void *to, const void *from, size_t bytes) {
    check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, device->copies));
}

/* Adds a birth, whose genome is given, to its world. */
static void add_birth(struct world *world, uint32_t child, uint32_t parent, const float *genome,
                      uint64_t serial) {
    struct pool *pool = &world->pool;
    pool_reserve(pool, child);
    memcpy(pool_genome(pool, child), genome, pool->genome * sizeof *genome);
    pool->serial[child] = serial;
    pool->parent[child] = pool->serial[parent];
    births_add(&world->births, child, parent);
}

/* Copies the births of the generation, and their genomes, to the worlds: as many at a time as fit,
   which come world after world. */
static void fetch_births(struct device *device) {
    const planes &p = device->planes;
    uint32_t total = 0, w = 0, k = 0;
    for (uint32_t v = 0; v < p.worlds; v++) {
        total += device->tally[v].mutants;
        device->world[v]->births.count = 0;
    }
    for (uint32_t first = 0; first < total; first += device->max_packed) {
        uint32_t n = total - first < device->max_packed ? total - first : device->max_packed;
        launch(device->copies, warps(n, 1), WARP, pack, p, first, n);
        fetch(device, device->packed, p.packed, n * p.P * sizeof *p.packed);
        fetch(device, device->child, p.child + first, n * sizeof *p.child);
        fetch(device, device->parent_slot, p.parent_slot + first, n * sizeof *p.parent_slot);
        check(cudaStreamSynchronize(device->copies));
        for (uint32_t i = 0; i < n; i++, k++) {
            for (; k == device->tally[w].mutants; w++)
                k = 0;
            const struct tally *tally = &device->tally[w];
            add_birth(device->world[w], device->child[i] - w * (p.cells + 1),
                      device->parent_slot[i], device->packed + i * p.P,
                      tally->next_serial - tally->mutants + k);
        }
    }
}

/* Copies all genomes to the worlds. */
static void fetch_pools(struct device *device) {
    const planes &p = device->planes;
    for (size_t w = 0; w < p.worlds; w++) {
        struct pool *pool = &device->world[w]->pool;
        const size_t slots = w * (p.cells + 1), rows = (size_t)device->tally[w].last + 1;
        pool_reserve(pool, device->tally[w].last);
        fetch(device, pool->parameters, p.parameters + slots * p.P,
              rows * p.P * sizeof *p.parameters);
        fetch(device, pool->serial, p.serial + slots, rows * sizeof *p.serial);
        fetch(device, pool->parent, p.parent + slots, rows * sizeof *p.parent);
    }
}

void device_fetch(struct device *device, unsigned parts) {
    const planes &p = device->planes;
    const size_t N = p.cells, plane = N * sizeof(uint32_t);
    for (size_t w = 0; w < p.worlds; w++) {
        struct world *world = device->world[w];
        if (parts & STATE)
            fetch(device, world->state, p.state + w * N * p.L, p.L * plane);
        if (parts & AGES)
            fetch(device, world->ages, p.ages + w * N, plane);
        if (parts & GENOMES)
            fetch(device, world->slots, p.slots + w * N, plane);
    }
    uint64_t generation = device->world[0]->generation;
    if (parts & (GENOMES | BIRTHS) && device->pooled != generation) {
        fetch_births(device);
        if (device->pooled != generation - 1) /* generations without births fetched */
            fetch_pools(device);
        device->pooled = generation;
    }
    check(cudaStreamSynchronize(device->copies));
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double device_copy_rate(void) {
    int devices;
    char *memory;
    cudaStream_t stream;
    if (cudaGetDeviceCount(&devices) != cudaSuccess)
        return 0;
    check(cudaMalloc(&memory, 2 * COPIED));
    check(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, 0));
    double start = 0;
    for (size_t n = 0; n <= COPIES; n++) {
        check(cudaMemcpyAsync(memory + COPIED, memory, COPIED, cudaMemcpyDeviceToDevice, stream));
        if (n == 0) { /* warms up */
            check(cudaStreamSynchronize(stream));
            start = now();
        }
    }
    check(cudaStreamSynchronize(stream));
    double seconds = now() - start;
    check(cudaStreamDestroy(stream));
    check(cudaFree(memory));
    return 2.0 * COPIED * COPIES / seconds;
}
