/* SPDX-License-Identifier: MIT */
/* One source for gcc, clang and nvcc: declares inline functions of headers. */
#ifndef NCA_COMPILE_H
#define NCA_COMPILE_H

#ifdef __CUDACC__
#define FUNCTION __host__ __device__ static inline
#else
#define FUNCTION static inline __attribute__((always_inline, unused))
#endif

#endif
