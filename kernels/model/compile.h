/* One source for gcc, clang and nvcc: how functions of the rule are declared. */
#ifndef NCA_COMPILE_H
#define NCA_COMPILE_H

#ifdef __CUDACC__
#define FUNCTION __host__ __device__ static inline
#else
#define FUNCTION static inline __attribute__((always_inline, unused))
#endif

#endif
