/* SPDX-License-Identifier: MIT */
#include "common/thread_pool.h"

#include "common/err.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* Spin so often before sleeping: for some 50 microseconds, about the cost of waking up. Where that
   was in vain, since another process has the processor that this one waits for, spin a tenth of it
   the next time, then the next 3, 7, up to 31 times. */
enum { SPINS = 4000, FEW_SPINS = SPINS / 10, MAX_FAILURES = 5 };

struct patience {
    unsigned failures; /* in a row, at most MAX_FAILURES */
    unsigned few;      /* waits for which few spins must do */
};

struct thread_pool {
    unsigned threads;
    void (*work)(void *, unsigned, unsigned);
    void *context;
    /* The loop's number, its chunks and its next chunk: 32, 16 and 16 bits of one word, so that a
       worker that is late for a loop cannot take a chunk of the next one. */
    _Atomic uint64_t loop;
    _Atomic unsigned finished; /* chunks of this loop */
    _Atomic unsigned sleepers; /* workers that wait for work_added */
    _Atomic bool caller_waits; /* for loop_done */
    _Atomic bool ending;
    void (*task)(void *);
    void *task_context;
    _Atomic unsigned tasks; /* added and not begun */
    pthread_mutex_t mutex;
    pthread_cond_t work_added, loop_done;
    struct worker {
        struct thread_pool *pool;
        pthread_t thread;
        struct patience patience;
    } worker[];
};

static void spin(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

/* Spins as long as a condition holds, within patience; whether it still holds. */
static bool spin_while(bool (*condition)(struct thread_pool *), struct worker *worker) {
    struct patience *patience = &worker->patience;
    int most = patience->few ? FEW_SPINS : SPINS;
    bool holds = condition(worker->pool);
    for (int i = 0; i < most && holds; i++) {
        spin();
        holds = condition(worker->pool);
    }
    if (patience->few)
        patience->few--;
    else if (!holds)
        patience->failures = 0;
    else {
        patience->failures += patience->failures < MAX_FAILURES;
        patience->few = (1u << patience->failures) - 1;
    }
    return holds;
}

static bool idle(struct thread_pool *pool) {
    uint64_t loop = atomic_load(&pool->loop);
    return (loop & 0xffff) >= (loop >> 16 & 0xffff) && !atomic_load(&pool->tasks) &&
           !atomic_load(&pool->ending);
}

static bool unfinished(struct thread_pool *pool) {
    return atomic_load(&pool->finished) != (atomic_load(&pool->loop) >> 16 & 0xffff);
}

/* Runs chunks of the current loop until none is left. */
static void run_chunks(struct thread_pool *pool, unsigned worker) {
    uint64_t loop = atomic_load(&pool->loop);
    while ((loop & 0xffff) < (loop >> 16 & 0xffff)) {
        if (!atomic_compare_exchange_weak(&pool->loop, &loop, loop + 1))
            continue;
        unsigned chunks = loop >> 16 & 0xffff; /* the loop cannot end before this chunk does */
        pool->work(pool->context, loop & 0xffff, worker);
        if (atomic_fetch_add(&pool->finished, 1) + 1 == chunks &&
            atomic_load(&pool->caller_waits)) {
            pthread_mutex_lock(&pool->mutex);
            pthread_cond_signal(&pool->loop_done);
            pthread_mutex_unlock(&pool->mutex);
        }
        loop = atomic_load(&pool->loop);
    }
}

bool thread_pool_run_task(struct thread_pool *pool) {
    unsigned tasks = atomic_load(&pool->tasks);
    while (tasks)
        if (atomic_compare_exchange_weak(&pool->tasks, &tasks, tasks - 1)) {
            pool->task(pool->task_context);
            return true;
        }
    return false;
}

static void *run_worker(void *argument) {
    struct worker *worker = argument;
    struct thread_pool *pool = worker->pool;
    while (!atomic_load(&pool->ending)) {
        run_chunks(pool, (unsigned)(worker - pool->worker));
        if (thread_pool_run_task(pool))
            continue;
        if (!spin_while(idle, worker))
            continue;
        pthread_mutex_lock(&pool->mutex);
        atomic_fetch_add(&pool->sleepers, 1);
        while (idle(pool))
            pthread_cond_wait(&pool->work_added, &pool->mutex);
        atomic_fetch_sub(&pool->sleepers, 1);
        pthread_mutex_unlock(&pool->mutex);
    }
    return NULL;
}

static void wake(struct thread_pool *pool) {
    if (!atomic_load(&pool->sleepers))
        return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->work_added);
    pthread_mutex_unlock(&pool->mutex);
}

struct thread_pool *thread_pool_new(unsigned threads) {
    struct thread_pool *pool =
        allocate(1, sizeof *pool + threads * sizeof *pool->worker, "threads");
    pool->threads = threads;
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->work_added, NULL);
    pthread_cond_init(&pool->loop_done, NULL);
    sigset_t others, before;
    sigfillset(
        &others); /* the caller's thread handles signals; SIGPIPE goes to the thread that writes */
    sigdelset(&others, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    for (unsigned w = 0; w < threads; w++)
        pool->worker[w].pool = pool;
    for (unsigned w = 1; w < threads; w++) {
        if ((errno = pthread_create(&pool->worker[w].thread, NULL, run_worker, &pool->worker[w])))
            die(EXIT_FAILED, "threads:");
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pool;
}

unsigned thread_pool_threads(const struct thread_pool *pool) {
    return pool ? pool->threads : 1;
}

void thread_pool_set_task(struct thread_pool *pool, void (*task)(void *), void *context) {
    pool->task = task;
    pool->task_context = context;
}

void thread_pool_add_task(struct thread_pool *pool) {
    atomic_fetch_add(&pool->tasks, 1);
    wake(pool);
}

void thread_pool_run(struct thread_pool *pool, void (*work)(void *, unsigned, unsigned),
                     void *context, unsigned chunks) {
    if (thread_pool_threads(pool) == 1) {
        for (unsigned chunk = 0; chunk < chunks; chunk++)
            work(context, chunk, 0);
        return;
    }
    pool->work = work;
    pool->context = context;
    atomic_store(&pool->finished, 0);
    uint64_t number = (atomic_load(&pool->loop) >> 32) + 1;
    atomic_store(&pool->loop, number << 32 | (uint64_t)chunks << 16);
    wake(pool);
    run_chunks(pool, 0);
    if (!spin_while(unfinished, &pool->worker[0]))
        return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_waits, true);
    while (unfinished(pool))
        pthread_cond_wait(&pool->loop_done, &pool->mutex);
    atomic_store(&pool->caller_waits, false);
    pthread_mutex_unlock(&pool->mutex);
}

void thread_pool_free(struct thread_pool *pool) {
    if (!pool)
        return;
    atomic_store(&pool->ending, true);
    wake(pool);
    for (unsigned w = 1; w < pool->threads; w++)
        pthread_join(pool->worker[w].thread, NULL);
    pthread_mutex_destroy(&pool->mutex);
    pthread_cond_destroy(&pool->work_added);
    pthread_cond_destroy(&pool->loop_done);
    free(pool);
}

unsigned processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (unsigned)n;
}
