/* SPDX-License-Identifier: MIT */
/* One generation on a CUDA device: the same bits as kernels/step/plain.c. This page says how; the
   kernels are in kernels/step/cuda-kernels.h.

   Each generation has two halves. begin() reads generation t and launches all that does not change
   it, with a thread for each cell, or a warp for each newborn:
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

   Memory. All arrays are allocated at once, N cells and N + 1 slots; state, ages and slots twice,
   for generations t and t + 1. Nothing is allocated while generations are made. */
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

/* Bytes, and repetitions, of the copy that device_copy_rate() measures. */
constexpr size_t COPIED = 512 << 20, COPIES = 20;

struct device {
    struct model model;
    struct planes planes;
    struct landscape *land;
    char *memory, *pinned; /* all arrays on the device; the last four of this struct */
    size_t scratch_bytes;
    void *scratch;
    cudaStream_t work, copies;
    cudaEvent_t done;
    uint64_t begun;                     /* the generation whose first half has been launched */
    uint64_t pooled;                    /* the generation whose genomes are all in world->pool */
    void *registered[3];                /* planes of the world that are pinned */
    uint32_t max_packed;                /* genomes at a time */
    struct tally *tally;                /* of the generation done */
    uint32_t *child_slot, *parent_slot; /* [max_packed] */
    float *packed;                      /* [max_packed][P] */
};

static void check(cudaError_t error) {
    if (error != cudaSuccess)
        die(EXIT_FAILED, "CUDA: %s", cudaGetErrorString(error));
}

template <typename... Expected, typename... Actual>
static void launch(cudaStream_t stream, size_t blocks, size_t threads, void (*kernel)(Expected...),
                   Actual... arguments) {
    cudaLaunchConfig_t config = {};
    config.gridDim = dim3((unsigned)blocks);
    config.blockDim = dim3((unsigned)threads);
    config.stream = stream;
    check(cudaLaunchKernelEx(&config, kernel, arguments...));
}

/* Blocks for as many threads; blocks of a warp for as many births. */
static size_t blocks(size_t threads) {
    return (threads + BLOCK - 1) / BLOCK;
}

static size_t at_most(size_t births) {
    return births < MAX_BLOCKS ? births : MAX_BLOCKS;
}

/* Lists the mutants in cell order, and the free slots in ascending order. With scratch NULL, only
   sets bytes to the size of scratch that it needs. */
static cudaError_t compact(const planes &p, void *scratch, size_t *bytes, cudaStream_t stream) {
    thrust::counting_iterator<uint32_t> from0(0), from1(1);
    size_t first = *bytes, second = *bytes;
    cudaError_t error = cub::DeviceSelect::If(scratch, first, from0, p.mutant, &p.tally->mutants,
                                              p.cells, is_mutant{p.fate}, stream);
    if (error == cudaSuccess)
        error = cub::DeviceSelect::If(scratch, second, from1, p.free, &p.tally->free, p.cells,
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
    const model &model = device->model;
    if (device->land) {
        landscape_at(device->land, &model, generation);
        check(cudaMemcpyAsync(varied(p.land), varied(*device->land), p.cells * sizeof(float),
                              cudaMemcpyHostToDevice, device->work));
    }
    check(cudaMemsetAsync(p.carried, 0, (size_t)p.cells + 1, device->work));
    check(cudaMemsetAsync(&p.tally->newborn, 0, sizeof p.tally->newborn, device->work));
    void (*const sweeps[])(planes, struct model, uint64_t) = {sweep<0>, sweep<1>, sweep<2>,
                                                              sweep<3>};
    launch(device->work, blocks(p.cells), BLOCK, sweeps[model.channels < 4 ? model.channels : 0], p,
           model, generation);
    launch(device->work, at_most(p.cells), WARP, find_mutants, p, model, generation);
    check(compact(p, device->scratch, &device->scratch_bytes, device->work));
    device->begun = generation;
}

static void finish(struct device *device) {
    planes &p = device->planes;
    launch(device->work, blocks(at_most(p.cells)), BLOCK, assign_slots, p);
    launch(device->work, at_most(p.cells), WARP, make_mutants, p, device->model, device->begun);
    launch(device->work, blocks(p.cells), BLOCK, inherit, p);
    check(cudaMemcpyAsync(device->tally, p.tally, sizeof *p.tally, cudaMemcpyDeviceToHost,
                          device->work));
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
    size_t N = p.cells, L = device->model.channels;
    place(memory, p.state, L * N);
    place(memory, p.next, L * N);
    for (uint32_t **plane : {&p.ages, &p.next_ages, &p.slots, &p.next_slots, &p.source, &p.given,
                             &p.newborn, &p.mutant, &p.free, &p.child_slot, &p.parent_slot})
        place(memory, *plane, N);
    if (device->land) {
        const struct landscape &land = *device->land;
        uint32_t *numbers;
        place(memory, numbers, N);
        float *reals = reinterpret_cast<float *>(numbers);
        p.land = {land.alpha ? reals : NULL, land.ip ? reals : NULL, land.ppp ? reals : NULL,
                  land.budget ? numbers : NULL, NULL};
    }
    place(memory, p.fate, N);
    place(memory, p.carried, N + 1);
    place(memory, p.parameters, (N + 1) * p.P);
    place(memory, p.serial, N + 1);
    place(memory, p.parent, N + 1);
    place(memory, p.packed, device->max_packed * p.P);
    place(memory, p.tally, 1);
    char *scratch;
    place(memory, scratch, device->scratch_bytes);
    device->scratch = scratch;
    place(pinned, device->tally, 1);
    place(pinned, device->child_slot, device->max_packed);
    place(pinned, device->parent_slot, device->max_packed);
    place(pinned, device->packed, device->max_packed * p.P);
}

#define TRY(call)                                                                                  \
    do {                                                                                           \
        cudaError_t error = (call);                                                                \
        if (error != cudaSuccess)                                                                  \
            return error;                                                                          \
    } while (0)

static cudaError_t upload(struct device *device, const struct world *world) {
    const planes &p = device->planes;
    const struct pool *pool = &world->pool;
    size_t N = p.cells, last = pool->capacity < N ? pool->capacity : N;
    *device->tally = {0, 0, 0, (uint32_t)last, pool->next_serial};
    const struct {
        void *to;
        const void *from;
        size_t bytes;
    } copies[] = {{p.state, world->state, world->model.channels * N * sizeof *p.state},
                  {p.ages, world->ages, N * sizeof *p.ages},
                  {p.slots, world->slots, N * sizeof *p.slots},
                  {p.parameters, pool->parameters, (last + 1) * p.P * sizeof *p.parameters},
                  {p.serial, pool->serial, (last + 1) * sizeof *p.serial},
                  {p.parent, pool->parent, (last + 1) * sizeof *p.parent},
                  {p.tally, device->tally, sizeof *p.tally}};
    for (const auto &copy : copies)
        TRY(cudaMemcpyAsync(copy.to, copy.from, copy.bytes, cudaMemcpyHostToDevice, device->work));
    return cudaStreamSynchronize(device->work);
}

static cudaError_t set_up(struct device *device, const struct world *world) {
    int devices, low, high;
    cudaFuncAttributes attributes;
    TRY(cudaGetDeviceCount(&devices));
    TRY(cudaFuncGetAttributes(&attributes, inherit)); /* fails if compiled for other devices */
    struct tally none;
    device->planes.tally = &none; /* only for addresses in it */
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
    return upload(device, world);
}

struct device *device_new(struct world *world, struct landscape *land, char why[256]) {
    struct device *device = static_cast<struct device *>(allocate(1, sizeof *device, "step"));
    planes &p = device->planes;
    device->model = world->model;
    device->land = land;
    device->pooled = world->generation;
    p.rows = world->model.height;
    p.cols = world->model.width;
    p.cells = (uint32_t)world->cells;
    p.P = world->pool.genome;
    p.raster = world->model.schedule == RASTER;
    device->max_packed = (uint32_t)(PACKED / (p.P * sizeof(float)));
    cudaError_t error = set_up(device, world);
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
    /* Copies to pinned memory are faster and run in parallel; a failure to pin does no harm. */
    size_t plane = p.cells * sizeof(uint32_t);
    void *const arrays[] = {world->state, world->ages, world->slots};
    for (int a = 0; a < 3; a++)
        if (cudaHostRegister(arrays[a], (a ? 1 : world->model.channels) * plane, 0) == cudaSuccess)
            device->registered[a] = arrays[a];
    (void)cudaGetLastError();
    return device;
}

void device_free(struct device *device) {
    if (device->done) {
        check(cudaStreamSynchronize(device->work));
        check(cudaEventDestroy(device->done));
    }
    for (void *array : device->registered)
        if (array)
            check(cudaHostUnregister(array));
    for (cudaStream_t stream : {device->work, device->copies})
        if (stream)
            check(cudaStreamDestroy(stream));
    if (device->pinned)
        check(cudaFreeHost(device->pinned));
    if (device->memory)
        check(cudaFree(device->memory));
    free(device);
}

void device_step(struct device *device, struct world *world) {
    if (!device->begun)
        begin(device, world->generation + 1);
    finish(device);
    begin(device, device->begun + 1);
    check(cudaEventSynchronize(device->done));
    world->generation++;
    world->births.count = 0;
    world->pool.next_serial = device->tally->next_serial;
}

/* Copies the births of the generation, and their genomes, to world. */
static void fetch_births(struct device *device, struct world *world) {
    const planes &p = device->planes;
    struct pool *pool = &world->pool;
    uint32_t count = device->tally->mutants;
    size_t bytes = p.P * sizeof(float);
    world->births.count = 0;
    for (uint32_t first = 0; first < count; first += device->max_packed) {
        uint32_t n = count - first < device->max_packed ? count - first : device->max_packed;
        launch(device->copies, at_most(n), WARP, pack, p, first, n);
        check(cudaMemcpyAsync(device->packed, p.packed, n * bytes, cudaMemcpyDeviceToHost,
                              device->copies));
        check(cudaMemcpyAsync(device->child_slot, p.child_slot + first, n * sizeof *p.child_slot,
                              cudaMemcpyDeviceToHost, device->copies));
        check(cudaMemcpyAsync(device->parent_slot, p.parent_slot + first, n * sizeof *p.parent_slot,
                              cudaMemcpyDeviceToHost, device->copies));
        check(cudaStreamSynchronize(device->copies));
        for (uint32_t k = 0; k < n; k++) {
            uint32_t child = device->child_slot[k], parent = device->parent_slot[k];
            pool_reserve(pool, child);
            memcpy(pool_genome(pool, child), device->packed + k * p.P, bytes);
            pool->serial[child] = pool->next_serial - count + first + k;
            pool->parent[child] = pool->serial[parent];
            births_add(&world->births, child, parent);
        }
    }
}

/* Copies all genomes to world. */
static void fetch_pool(struct device *device, struct world *world) {
    const planes &p = device->planes;
    struct pool *pool = &world->pool;
    size_t rows = (size_t)device->tally->last + 1;
    pool_reserve(pool, device->tally->last);
    check(cudaMemcpyAsync(pool->parameters, p.parameters, rows * p.P * sizeof *p.parameters,
                          cudaMemcpyDeviceToHost, device->copies));
    check(cudaMemcpyAsync(pool->serial, p.serial, rows * sizeof *p.serial, cudaMemcpyDeviceToHost,
                          device->copies));
    check(cudaMemcpyAsync(pool->parent, p.parent, rows * sizeof *p.parent, cudaMemcpyDeviceToHost,
                          device->copies));
}

void device_fetch(struct device *device, struct world *world, unsigned parts) {
    const planes &p = device->planes;
    size_t plane = p.cells * sizeof(uint32_t);
    if (parts & STATE)
        check(cudaMemcpyAsync(world->state, p.state, device->model.channels * plane,
                              cudaMemcpyDeviceToHost, device->copies));
    if (parts & AGES)
        check(cudaMemcpyAsync(world->ages, p.ages, plane, cudaMemcpyDeviceToHost, device->copies));
    if (parts & GENOMES)
        check(
            cudaMemcpyAsync(world->slots, p.slots, plane, cudaMemcpyDeviceToHost, device->copies));
    if (parts & (GENOMES | BIRTHS) && device->pooled != world->generation) {
        fetch_births(device, world);
        if (device->pooled != world->generation - 1) /* generations without births fetched */
            fetch_pool(device, world);
        device->pooled = world->generation;
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
