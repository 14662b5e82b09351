/* SPDX-License-Identifier: MIT */
/* Thread pool: parallel loops, and background tasks for idle workers. */
#ifndef NCA_THREAD_POOL_H
#define NCA_THREAD_POOL_H

#include <stdbool.h>

enum { MAX_THREADS = 1024, MAX_CHUNKS = 65535 };

struct thread_pool;

/* A pool of so many workers (1 .. MAX_THREADS): the caller's thread is worker 0, each other has a
   thread of its own. thread_pool_free() ends these threads; it takes NULL. */
struct thread_pool *thread_pool_new(unsigned threads);
void thread_pool_free(struct thread_pool *pool);

/* The number of workers. Here and in thread_pool_run(), NULL is a pool of the caller alone. */
unsigned thread_pool_threads(const struct thread_pool *pool);

/* A parallel loop: calls work(context, chunk, worker) once for each chunk 0 .. chunks - 1 (at most
   MAX_CHUNKS), in any order, and returns when all calls have returned. worker is the number of the
   worker that makes the call, 0 .. threads - 1: no two calls at a time have the same. */
void thread_pool_run(struct thread_pool *pool,
                     void (*work)(void *context, unsigned chunk, unsigned worker), void *context,
                     unsigned chunks);

/* Background tasks: from now on each thread_pool_add_task() makes some worker but the caller call
   task(context) once, as soon as that worker is idle; several may run at a time. The pool does not
   say when a task is done: task() has to. All tasks added before must be done when another is
   set. */
void thread_pool_set_task(struct thread_pool *pool, void (*task)(void *context), void *context);
void thread_pool_add_task(struct thread_pool *pool);

/* Runs one task that no worker has begun, in the caller's thread; false: there is none. */
bool thread_pool_run_task(struct thread_pool *pool);

/* The number of processors of this machine, at most MAX_THREADS. */
unsigned processors(void);

#endif
