/* A workers of threads that shares out work in numbered parts, and has tasks for between times. */
#ifndef NCA_THREAD_POOL_H
#define NCA_THREAD_POOL_H

#include <stdbool.h>

enum { MAX_THREADS = 1024 };

struct thread_pool;

/* threads in all, 1 to MAX_THREADS, the caller's own among them. thread_pool_free() ends the
   others; NULL is none to end. */
struct thread_pool *thread_pool_new(unsigned threads);
void thread_pool_free(struct thread_pool *workers);

/* How many threads they are; NULL is a workers of one, the caller, here and in thread_pool_run().
 */
unsigned thread_pool_threads(const struct thread_pool *workers);

/* Calls work(context, part, member) for parts 0 .. parts - 1 (at most 65535), each once, in any
   order, and returns when all are done; no two at a time with the same member, 0 .. threads - 1. */
void thread_pool_run(struct thread_pool *workers,
                     void (*work)(void *context, unsigned part, unsigned member), void *context,
                     unsigned parts);

/* What else there may be to do: from now on task(context), once for each thread_pool_offer(), by
   whichever of the other threads has no part to work on, and several at a time. To be called when
   all tasks offered before are done, of which it is the task's to tell. */
void thread_pool_background(struct thread_pool *workers, void (*task)(void *context),
                            void *context);
void thread_pool_offer(struct thread_pool *workers);

/* Does one of the tasks that no thread has begun; false: there is none. */
bool thread_pool_help(struct thread_pool *workers);

/* The processors that there are to run on. */
unsigned processors(void);

#endif
