/* One generation on a CUDA device: the same bits as kernels/plain.c. In two halves, begin() and
   finish(). The first reads the state of generation t and makes the next one: perceive, think,
   squash, age, budget, reap, cull; who inherits from whom; which newborn differ from their parents,
   and the slots that are free for them. The second hands over slots and makes the genomes of the
   newborn. So while the first half of one generation runs, all of the generation before it is still
   there to be copied to the host. Nothing waits for the host within a generation, and no result
   depends on the order in which threads run. */
#include "kernels/cuda.h"

#include "common/err.h"
#include "kernels/rule.h"
#include "kernels/step.h"

#include <cub/device/device_select.cuh>
#include <cuda_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrust/iterator/counting_iterator.h>
#include <time.h>
#include <utility>

/* Threads of a block; most blocks where each takes several births in turn; bytes of the genomes
   that go to the host at a time. */
constexpr size_t BLOCK = 256, WARP = 32, MOST_BLOCKS = 8192, PACKED = 4 << 20;

/* What is copied to learn how fast that goes: bytes, and times. */
constexpr size_t COPIED = 512 << 20, COPIES = 20;

/* What a generation comes to. */
struct tally {
    uint32_t conceived, mutants, free;
    uint32_t last; /* no slot beyond it ever held a genome */
    uint64_t next_serial;
};

/* A cell's fate: bits. */
enum { EMPTIES = 1, MUTANT = 2 }; /* has no genome in the end; its newborn genome is a new one */

/* What is in the device's memory. N cells, genomes of P parameters. */
struct planes {
    uint32_t rows, cols, cells;
    size_t P;
    bool raster;
    struct landscape land;              /* [N] at most one of its numbers */
    float *state, *next;                /* [L][N] of generation t, and the next one */
    uint32_t *ages, *next_ages;         /* [N] likewise */
    uint32_t *slots, *next_slots;       /* [N] likewise */
    uint32_t *source;                   /* [N] cell whose genome it takes, or the cell */
    uint8_t *fate;                      /* [N] */
    uint8_t *carried;                   /* [N + 1] whether a cell had the slot at t */
    uint32_t *conceived;                /* [N] cells that receive a first genome, any order */
    uint32_t *mutant, *free;            /* [N] mutants' cells; free slots; both ascending */
    uint32_t *given;                    /* [N] a mutant's slot */
    uint32_t *child_slot, *parent_slot; /* [N] of the births */
    float *parameters;                  /* [N + 1][P] the pool */
    uint64_t *serial, *parent;          /* [N + 1] */
    float *packed;                      /* [most_packed][P] genomes on their way to the host */
    struct tally *tally;
};

struct device {
    struct model model;
    struct planes planes;
    struct landscape *land;
    char *memory, *pinned; /* all that there is on the device, and the last four here */
    size_t scratch_bytes;
    void *scratch;
    cudaStream_t work, copies;
    cudaEvent_t done;
    uint64_t begun;                     /* the generation whose first half has been launched */
    uint64_t pooled;                    /* the generation of which world->pool has all genomes */
    void *registered[3];                /* planes of the world that are pinned */
    uint32_t most_packed;               /* genomes at a time */
    struct tally *tally;                /* of the generation done */
    uint32_t *child_slot, *parent_slot; /* [most_packed] */
    float *packed;                      /* [most_packed][P] */
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

/* The cell at place m of the neighbourhood of one. */
__device__ static inline uint32_t neighbour(const planes &p, uint32_t row, uint32_t col, int m) {
    uint32_t r = m < 3 ? (row ? row : p.rows) - 1 : m < 6 ? row : row + 1 < p.rows ? row + 1 : 0;
    uint32_t c = m % 3 == 0   ? (col ? col : p.cols) - 1
                 : m % 3 == 1 ? col
                              : (col + 1 < p.cols ? col + 1 : 0);
    return r * p.cols + c;
}

/* rule_think() with the genome in slot, read at once where it fits the registers. */
template <uint32_t CHANNELS>
__device__ static inline void think(const planes &p, const model &model, uint32_t slot,
                                    const float *x, float *out) {
    const float *genome = p.parameters + slot * p.P;
    if constexpr (CHANNELS == 0)
        rule_think(model.channels, model.hidden, genome, x, out);
    else {
        constexpr uint32_t P = 2 * CHANNELS * (5 * CHANNELS + 1); /* always a multiple of 4 */
        float parameters[P];
        const float4 *from = reinterpret_cast<const float4 *>(genome);
        for (uint32_t q = 0; q < P / 4; q++) {
            float4 four = from[q];
            parameters[4 * q] = four.x;
            parameters[4 * q + 1] = four.y;
            parameters[4 * q + 2] = four.z;
            parameters[4 * q + 3] = four.w;
        }
        rule_think(CHANNELS, model.hidden, parameters, x, out);
    }
}

/* Steps 1 to 8 but for genomes; a thread for each cell. CHANNELS: L, or 0 for any. */
template <uint32_t CHANNELS>
__global__ void __launch_bounds__(BLOCK) sweep(planes p, model model, uint64_t generation) {
    constexpr uint32_t most = CHANNELS ? CHANNELS : MOST_CHANNELS;
    const uint32_t L = CHANNELS ? CHANNELS : model.channels;
    const size_t thread = (size_t)blockIdx.x * blockDim.x + threadIdx.x, N = p.cells;
    if (thread >= N)
        return;
    uint32_t i = (uint32_t)thread, row = i / p.cols, col = i % p.cols;
    float x[9 * most], alpha[9], out[most] = {0};
    for (int m = 0; m < 9; m++) {
        uint32_t from = neighbour(p, row, col, m);
        alpha[m] = alpha_at(&p.land, &model, from);
        for (uint32_t c = 0; c < L; c++)
            x[9 * c + m] = p.state[c * N + from];
    }
    uint32_t own = p.slots[i], source = i, fate = EMPTIES;
    if (own)
        p.carried[own] = 1;
    if (rule_live(L, x, alpha)) {
        fate = 0;
        if (own)
            think<CHANNELS>(p, model, own, x, out);
        int m = rule_parent(x, alpha, ip_at(&p.land, &model, i), model.seed, i, generation);
        if (m >= 0) {
            source = neighbour(p, row, col, m);
            if (!own)
                p.conceived[atomicAdd(&p.tally->conceived, 1u)] = i;
        }
    }
    rule_squash(L, model.activation, alpha[4], out);
    uint32_t age = rule_age(out[0], alpha[4], p.ages[i]);
    bool dies = age > budget_at(&p.land, &model, i) || rule_cull(&model, i, generation);
    if (dies || age == 0) {
        age = 0;
        for (uint32_t c = 0; c < L; c++)
            out[c] = 0.0f;
        if (dies || own)
            fate = EMPTIES;
    }
    for (uint32_t c = 0; c < L; c++)
        p.next[c * N + i] = out[c];
    p.next_ages[i] = age;
    p.source[i] = source;
    p.fate[i] = (uint8_t)fate;
}

/* Finds the mutants among the newborn; a warp for each of these. */
__global__ void conceive(planes p, model model, uint64_t generation) {
    uint32_t pairs = 5 * model.channels * model.channels, count = p.tally->conceived;
    for (uint32_t n = blockIdx.x; n < count; n += gridDim.x) {
        uint32_t cell = p.conceived[n];
        float ppp = ppp_at(&p.land, &model, cell), delta[2];
        for (uint32_t b = threadIdx.x; b < pairs; b += blockDim.x)
            if (rule_perturb(ppp, model.seed, cell, generation, b, delta))
                p.fate[cell] |= MUTANT; /* by whichever thread: all write the same */
    }
}

struct is_mutant {
    const uint8_t *fate;
    __device__ bool operator()(uint32_t cell) const {
        return fate[cell] & MUTANT;
    }
};

struct is_free {
    const uint8_t *carried;
    __device__ bool operator()(uint32_t slot) const {
        return !carried[slot];
    }
};

/* Mutants, in cell order, take free slots in ascending order. */
__global__ void allot(planes p) {
    uint32_t count = p.tally->mutants, stride = gridDim.x * blockDim.x;
    for (size_t n = blockIdx.x * blockDim.x + threadIdx.x; n < count; n += stride) {
        uint32_t slot = p.free[n];
        p.given[p.mutant[n]] = p.child_slot[n] = slot;
        p.serial[slot] = p.tally->next_serial + n;
        if (n == count - 1 && slot > p.tally->last)
            p.tally->last = slot;
    }
}

/* A parent with a smaller index hands over what it has itself just taken over, and so on, up a
   chain that ends at a mutant, or at a cell that hands over its slot of generation t. This goes up
   from a cell to the next mutant and returns true, or to the end, and slot is the one there.
   (Every cell of a chain lives and could have chosen itself as its parent, so that chains grow no
   longer than a few dozen cells on the largest grids.) */
__device__ static inline bool climb(const planes &p, uint32_t *cell, uint32_t *slot) {
    for (;;) {
        uint32_t from = p.source[*cell];
        if (from >= *cell || !p.raster) {
            *slot = p.slots[from];
            return false;
        }
        *cell = from;
        if (p.fate[from] & MUTANT) {
            *slot = p.given[from];
            return true;
        }
    }
}

/* The genomes of the mutants; a warp for each. The perturbations of a chain's mutants are added to
   the genome it starts from in order, the oldest first. */
__global__ void bear(planes p, model model, uint64_t generation) {
    uint32_t L = model.channels, pairs = 5 * L * L, count = p.tally->mutants;
    for (uint32_t n = blockIdx.x; n < count; n += gridDim.x) {
        uint32_t cell = p.mutant[n], child = p.child_slot[n], oldest = cell, slot, older = 0;
        if (climb(p, &oldest, &slot))
            older++;
        if (threadIdx.x == 0) {
            p.parent_slot[n] = slot;
            p.parent[child] = p.serial[slot];
        }
        for (bool more = older; more; older += more)
            more = climb(p, &oldest, &slot);
        const float *from = p.parameters + slot * p.P;
        float *to = p.parameters + child * p.P;
        for (uint32_t b = threadIdx.x; b < pairs; b += blockDim.x) {
            uint32_t w[2] = {rule_weight(L, 2 * b), rule_weight(L, 2 * b + 1)};
            float value[2] = {from[w[0]], from[w[1]]}, delta[2];
            for (uint32_t k = older + 1; k-- > 0;) {
                uint32_t at = cell, unused;
                for (uint32_t up = 0; up < k; up++)
                    climb(p, &at, &unused);
                float ppp = ppp_at(&p.land, &model, at);
                uint32_t hits = rule_perturb(ppp, model.seed, at, generation, b, delta);
                for (uint32_t half = 0; half < 2; half++)
                    if (hits >> half & 1)
                        value[half] += delta[half];
            }
            to[w[0]] = value[0];
            to[w[1]] = value[1];
        }
        for (uint32_t k = threadIdx.x; k < 2 * L; k += blockDim.x) { /* the biases */
            uint32_t b = k < L ? 9 * L * L + k : 10 * L * L + k;
            to[b] = from[b];
        }
    }
}

/* The slots of the next generation; a thread for each cell. */
__global__ void __launch_bounds__(BLOCK) inherit(planes p) {
    size_t thread = (size_t)blockIdx.x * blockDim.x + threadIdx.x;
    if (thread == 0)
        p.tally->next_serial += p.tally->mutants;
    if (thread >= p.cells)
        return;
    uint32_t i = (uint32_t)thread, fate = p.fate[i], slot = 0;
    if (!(fate & EMPTIES)) {
        uint32_t cell = i;
        if (fate & MUTANT)
            slot = p.given[i];
        else
            climb(p, &cell, &slot);
    }
    p.next_slots[i] = slot;
}

/* Genomes of count births from first on, one after the other. */
__global__ void pack(planes p, uint32_t first, uint32_t count) {
    for (uint32_t n = blockIdx.x; n < count; n += gridDim.x) {
        const float *from = p.parameters + p.child_slot[first + n] * p.P;
        for (size_t k = threadIdx.x; k < p.P; k += blockDim.x)
            p.packed[n * p.P + k] = from[k];
    }
}

/* Blocks for as many threads; blocks of a warp for as many births. */
static size_t blocks(size_t threads) {
    return (threads + BLOCK - 1) / BLOCK;
}

static size_t at_most(size_t births) {
    return births < MOST_BLOCKS ? births : MOST_BLOCKS;
}

/* In cell order the mutants, in ascending order the free slots. With scratch NULL, sets bytes to
   those it needs, and does no more. */
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

/* The numbers of a landscape, of whichever kind they are, 4 bytes each. */
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
    check(cudaMemsetAsync(&p.tally->conceived, 0, sizeof p.tally->conceived, device->work));
    void (*const sweeps[])(planes, struct model, uint64_t) = {sweep<0>, sweep<1>, sweep<2>,
                                                              sweep<3>};
    launch(device->work, blocks(p.cells), BLOCK, sweeps[model.channels < 4 ? model.channels : 0], p,
           model, generation);
    launch(device->work, at_most(p.cells), WARP, conceive, p, model, generation);
    check(compact(p, device->scratch, &device->scratch_bytes, device->work));
    device->begun = generation;
}

static void finish(struct device *device) {
    planes &p = device->planes;
    launch(device->work, blocks(at_most(p.cells)), BLOCK, allot, p);
    launch(device->work, at_most(p.cells), WARP, bear, p, device->model, device->begun);
    launch(device->work, blocks(p.cells), BLOCK, inherit, p);
    check(cudaMemcpyAsync(device->tally, p.tally, sizeof *p.tally, cudaMemcpyDeviceToHost,
                          device->work));
    check(cudaEventRecord(device->done, device->work));
    std::swap(p.state, p.next);
    std::swap(p.ages, p.next_ages);
    std::swap(p.slots, p.next_slots);
}

/* Sets array to where at is, with room for count elements, and moves at on. */
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
                             &p.conceived, &p.mutant, &p.free, &p.child_slot, &p.parent_slot})
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
    place(memory, p.packed, device->most_packed * p.P);
    place(memory, p.tally, 1);
    char *scratch;
    place(memory, scratch, device->scratch_bytes);
    device->scratch = scratch;
    place(pinned, device->tally, 1);
    place(pinned, device->child_slot, device->most_packed);
    place(pinned, device->parent_slot, device->most_packed);
    place(pinned, device->packed, device->most_packed * p.P);
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
    size_t N = p.cells, last = pool->room < N ? pool->room : N;
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
    TRY(cudaFuncGetAttributes(&attributes, inherit)); /* were they compiled for this device? */
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
    TRY(cudaDeviceGetStreamPriorityRange(&low, &high)); /* packing goes before the sweep */
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
    device->most_packed = (uint32_t)(PACKED / (p.P * sizeof(float)));
    cudaError_t error = set_up(device, world);
    if (error != cudaSuccess) {
        uintptr_t memory = 0, pinned = 0;
        lay_out(device, &memory, &pinned);
        snprintf(why, 256,
                 error == cudaErrorMemoryAllocation ? "no GPU that will do: %s (%zu MiB needed)"
                                                    : "no GPU that will do: %s",
                 cudaGetErrorString(error), (size_t)(memory >> 20) + 1);
        device_free(device);
        return NULL;
    }
    /* Copies to pinned memory run beside the work at full speed; it does without, too. */
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

/* The births of the generation, and their genomes, in world. */
static void fetch_births(struct device *device, struct world *world) {
    const planes &p = device->planes;
    struct pool *pool = &world->pool;
    uint32_t count = device->tally->mutants;
    size_t bytes = p.P * sizeof(float);
    world->births.count = 0;
    for (uint32_t first = 0; first < count; first += device->most_packed) {
        uint32_t n = count - first < device->most_packed ? count - first : device->most_packed;
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

/* Brings all genomes. */
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
