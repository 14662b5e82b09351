/* SPDX-License-Identifier: MIT */
/* As much of the CUDA runtime, CUB and Thrust as kernels/step/cuda.cu uses, on the CPU, so that its
   source can be tested where there is no device. Kernels run one thread after the other, and
   streams one operation at a time; in which order, EMULATION in the environment says: 0 at once,
   threads ascending; 1 as late as the host allows, threads descending; any other number is the seed
   of a random order of both. Kernels must not synchronise their threads: this cannot do it. */
#ifndef NCA_EMULATION_H
#define NCA_EMULATION_H

#include <deque>
#include <functional>
#include <memory>
#include <numeric>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <string>

#define __global__
#define __device__
#define __launch_bounds__(threads)

struct dim3 {
    unsigned x, y;
    dim3(unsigned columns = 1, unsigned rows = 1) : x(columns), y(rows) {
    }
};
struct alignas(16) float4 {
    float x, y, z, w;
};
static dim3 gridDim, blockDim, blockIdx, threadIdx;

static inline uint32_t atomicAdd(uint32_t *to, uint32_t n) {
    uint32_t before = *to;
    *to += n;
    return before;
}

/* Errors: one, for EMULATED_BYTES of device memory. Each allocation is logged in the file
 * EMULATED_LOG. */
enum cudaError_t { cudaSuccess, cudaErrorMemoryAllocation };

static inline const char *cudaGetErrorString(cudaError_t error) {
    return error ? "out of memory" : "no error";
}

static inline cudaError_t cudaGetLastError() {
    return cudaSuccess;
}

/* Streams and events. */
namespace emulation {

struct stream {
    std::deque<std::function<void()>> waiting;
    uint64_t finished = 0;

    void one() {
        waiting.front()();
        waiting.pop_front();
        finished++;
    }
};

struct event {
    stream *of = nullptr;
    uint64_t after = 0;
};

static std::deque<std::unique_ptr<stream>> streams;

static uint64_t seed() {
    static const uint64_t seed =
        strtoull(getenv("EMULATION") ? getenv("EMULATION") : "0", NULL, 10);
    return seed;
}

static uint64_t below(uint64_t n) {
    static uint64_t state = seed();
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % n;
}

/* The device gets on with its work, or not. */
static void pass_time() {
    if (seed() == 1)
        return;
    for (auto &stream : streams)
        while (!stream->waiting.empty() && (seed() == 0 || below(4)))
            stream->one();
}

template <typename Operation> static cudaError_t submit(stream *to, Operation operation) {
    to->waiting.push_back(operation);
    pass_time();
    return cudaSuccess;
}

static cudaError_t wait_for(stream *of, uint64_t finished) {
    while (of->finished < finished)
        of->one();
    pass_time();
    return cudaSuccess;
}

} // namespace emulation

typedef emulation::stream *cudaStream_t;
typedef emulation::event *cudaEvent_t;
enum { cudaStreamNonBlocking, cudaEventDisableTiming };

static inline cudaError_t cudaDeviceGetStreamPriorityRange(int *least, int *greatest) {
    *least = *greatest = 0;
    return cudaSuccess;
}

static inline cudaError_t cudaStreamCreateWithPriority(cudaStream_t *made, unsigned, int) {
    emulation::streams.emplace_back(*made = new emulation::stream);
    return cudaSuccess;
}

static inline cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
    return emulation::wait_for(stream, stream->finished + stream->waiting.size());
}

static inline cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    return cudaStreamSynchronize(stream);
}

static inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t *made, unsigned) {
    *made = new emulation::event;
    return cudaSuccess;
}

static inline cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
    *event = {stream, stream->finished + stream->waiting.size()};
    return cudaSuccess;
}

static inline cudaError_t cudaEventSynchronize(cudaEvent_t event) {
    return event->of ? emulation::wait_for(event->of, event->after) : cudaSuccess;
}

static inline cudaError_t cudaEventDestroy(cudaEvent_t event) {
    delete event;
    return cudaSuccess;
}

/* Memory. What was never written is not 0. */
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };

template <typename T> static cudaError_t cudaMalloc(T **memory, size_t bytes) {
    const char *most = getenv("EMULATED_BYTES");
    if (most && bytes > strtoull(most, NULL, 10))
        return cudaErrorMemoryAllocation;
    const char *log = getenv("EMULATED_LOG");
    FILE *file = log ? fopen(log, "a") : NULL;
    if (file) {
        fprintf(file, "%zu\n", bytes);
        fclose(file);
    }
    *memory = static_cast<T *>(aligned_alloc(256, (bytes + 255) / 256 * 256));
    memset(*memory, 0xff, bytes);
    return cudaSuccess;
}

template <typename T> static cudaError_t cudaMallocHost(T **memory, size_t bytes) {
    return cudaMalloc(memory, bytes);
}

static inline cudaError_t cudaFree(void *memory) {
    free(memory);
    return cudaSuccess;
}

static inline cudaError_t cudaFreeHost(void *memory) {
    return cudaFree(memory);
}

static inline cudaError_t cudaHostRegister(void *, size_t, unsigned) {
    return cudaSuccess;
}

/* Only memory that still exists may be unregistered: a sanitizer sees that. */
static inline cudaError_t cudaHostUnregister(void *memory) {
    (void)*static_cast<volatile char *>(memory);
    return cudaSuccess;
}

/* From memory that is not pinned the bytes are taken at once. */
static inline cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes,
                                          cudaMemcpyKind kind, cudaStream_t stream) {
    if (kind == cudaMemcpyHostToDevice) {
        std::string taken(static_cast<const char *>(from), bytes);
        return emulation::submit(stream, [=] { memcpy(to, taken.data(), bytes); });
    }
    return emulation::submit(stream, [=] { memcpy(to, from, bytes); });
}

static inline cudaError_t cudaMemsetAsync(void *to, int value, size_t bytes, cudaStream_t stream) {
    return emulation::submit(stream, [=] { memset(to, value, bytes); });
}

/* Kernels. */
struct cudaFuncAttributes {};
struct cudaLaunchConfig_t {
    dim3 gridDim, blockDim;
    cudaStream_t stream;
};

static inline cudaError_t cudaGetDeviceCount(int *count) {
    *count = 1;
    return cudaSuccess;
}

template <typename Kernel> static cudaError_t cudaFuncGetAttributes(cudaFuncAttributes *, Kernel) {
    return cudaSuccess;
}

template <typename... Expected, typename... Actual>
static cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t *config, void (*kernel)(Expected...),
                                      Actual... arguments) {
    cudaLaunchConfig_t launch = *config;
    return emulation::submit(config->stream, [=] {
        gridDim = launch.gridDim;
        blockDim = launch.blockDim;
        const uint64_t row = (uint64_t)gridDim.x * blockDim.x, threads = row * gridDim.y,
                       seed = emulation::seed();
        uint64_t stride = seed ? threads - 1 : 1;
        while (seed > 1 && std::gcd(stride = emulation::below(threads) + 1, threads) != 1)
            ;
        for (uint64_t k = 0, thread = seed ? threads - 1 : 0; k < threads; k++) {
            blockIdx.y = (unsigned)(thread / row);
            blockIdx.x = (unsigned)(thread % row / blockDim.x);
            threadIdx.x = (unsigned)(thread % blockDim.x);
            kernel(arguments...);
            thread = (thread + stride) % threads;
        }
    });
}

namespace thrust {
template <typename T> struct counting_iterator {
    T first;
    explicit counting_iterator(T from) : first(from) {
    }
};
} // namespace thrust

namespace cub {
struct DeviceSelect {
    template <typename T, typename Wanted>
    static cudaError_t If(void *scratch, size_t &bytes, thrust::counting_iterator<T> from, T *to,
                          T *count, uint64_t among, Wanted wanted, cudaStream_t stream) {
        bytes = 1;
        if (!scratch)
            return cudaSuccess;
        return emulation::submit(stream, [=] {
            *count = 0;
            for (uint64_t k = 0; k < among; k++)
                if (wanted((T)(from.first + k)))
                    to[(*count)++] = (T)(from.first + k);
        });
    }
};
} // namespace cub

#endif
