#include "common/thread_pool.h"

#include "common/err.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

/* How often to look again before sleeping: some 50 microseconds, about what waking costs. */
enum { LOOKS = 4000 };

struct thread_pool {
    unsigned threads;
    void (*work)(void *, unsigned, unsigned);
    void *context;
    /* Job number, its parts and the next one to be taken: 32, 16 and 16 bits of one word, so that
       who comes late to a job cannot take a part of the one after. */
    _Atomic uint64_t job;
    _Atomic unsigned finished; /* parts of this job */
    _Atomic unsigned sleepers; /* members in wait for work, */
    _Atomic bool waiting;      /* and whether the caller is, for them */
    _Atomic bool over;
    void (*task)(void *);
    void *task_context;
    _Atomic unsigned tasks; /* offered, and begun by nobody */
    pthread_mutex_t mutex;
    pthread_cond_t begun, ended;
    struct member {
        struct thread_pool *workers;
        pthread_t thread;
    } member[];
};

static void look_again(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

static bool idle(struct thread_pool *workers) {
    uint64_t job = atomic_load(&workers->job);
    return (job & 0xffff) >= (job >> 16 & 0xffff) && !atomic_load(&workers->tasks) &&
           !atomic_load(&workers->over);
}

/* Takes parts of the job in hand until none is left. */
static void take_part(struct thread_pool *workers, unsigned member) {
    uint64_t job = atomic_load(&workers->job);
    while ((job & 0xffff) < (job >> 16 & 0xffff)) {
        if (!atomic_compare_exchange_weak(&workers->job, &job, job + 1))
            continue;
        unsigned parts = job >> 16 & 0xffff; /* the job cannot end before this part does */
        workers->work(workers->context, job & 0xffff, member);
        if (atomic_fetch_add(&workers->finished, 1) + 1 == parts &&
            atomic_load(&workers->waiting)) {
            pthread_mutex_lock(&workers->mutex);
            pthread_cond_signal(&workers->ended);
            pthread_mutex_unlock(&workers->mutex);
        }
        job = atomic_load(&workers->job);
    }
}

bool thread_pool_help(struct thread_pool *workers) {
    unsigned tasks = atomic_load(&workers->tasks);
    while (tasks)
        if (atomic_compare_exchange_weak(&workers->tasks, &tasks, tasks - 1)) {
            workers->task(workers->task_context);
            return true;
        }
    return false;
}

static void *serve(void *argument) {
    struct member *self = argument;
    struct thread_pool *workers = self->workers;
    while (!atomic_load(&workers->over)) {
        take_part(workers, (unsigned)(self - workers->member));
        if (thread_pool_help(workers))
            continue;
        for (int i = 0; i < LOOKS && idle(workers); i++)
            look_again();
        if (!idle(workers))
            continue;
        pthread_mutex_lock(&workers->mutex);
        atomic_fetch_add(&workers->sleepers, 1);
        while (idle(workers))
            pthread_cond_wait(&workers->begun, &workers->mutex);
        atomic_fetch_sub(&workers->sleepers, 1);
        pthread_mutex_unlock(&workers->mutex);
    }
    return NULL;
}

static void wake(struct thread_pool *workers) {
    if (!atomic_load(&workers->sleepers))
        return;
    pthread_mutex_lock(&workers->mutex);
    pthread_cond_broadcast(&workers->begun);
    pthread_mutex_unlock(&workers->mutex);
}

struct thread_pool *thread_pool_new(unsigned threads) {
    struct thread_pool *workers =
        allocate(1, sizeof *workers + threads * sizeof *workers->member, "threads");
    workers->threads = threads;
    pthread_mutex_init(&workers->mutex, NULL);
    pthread_cond_init(&workers->begun, NULL);
    pthread_cond_init(&workers->ended, NULL);
    sigset_t others, before;
    sigfillset(&others); /* signals are for the caller's thread, but for one of who writes */
    sigdelset(&others, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    for (unsigned m = 1; m < threads; m++) {
        workers->member[m].workers = workers;
        if ((errno = pthread_create(&workers->member[m].thread, NULL, serve, &workers->member[m])))
            die(EXIT_FAILED, "threads:");
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return workers;
}

unsigned thread_pool_threads(const struct thread_pool *workers) {
    return workers ? workers->threads : 1;
}

void thread_pool_background(struct thread_pool *workers, void (*task)(void *), void *context) {
    workers->task = task;
    workers->task_context = context;
}

void thread_pool_offer(struct thread_pool *workers) {
    atomic_fetch_add(&workers->tasks, 1);
    wake(workers);
}

void thread_pool_run(struct thread_pool *workers, void (*work)(void *, unsigned, unsigned),
                     void *context, unsigned parts) {
    if (thread_pool_threads(workers) == 1) {
        for (unsigned part = 0; part < parts; part++)
            work(context, part, 0);
        return;
    }
    workers->work = work;
    workers->context = context;
    atomic_store(&workers->finished, 0);
    uint64_t number = (atomic_load(&workers->job) >> 32) + 1;
    atomic_store(&workers->job, number << 32 | (uint64_t)parts << 16);
    wake(workers);
    take_part(workers, 0);
    for (int i = 0; i < LOOKS && atomic_load(&workers->finished) != parts; i++)
        look_again();
    if (atomic_load(&workers->finished) == parts)
        return;
    pthread_mutex_lock(&workers->mutex);
    atomic_store(&workers->waiting, true);
    while (atomic_load(&workers->finished) != parts)
        pthread_cond_wait(&workers->ended, &workers->mutex);
    atomic_store(&workers->waiting, false);
    pthread_mutex_unlock(&workers->mutex);
}

void thread_pool_free(struct thread_pool *workers) {
    if (!workers)
        return;
    atomic_store(&workers->over, true);
    wake(workers);
    for (unsigned m = 1; m < workers->threads; m++)
        pthread_join(workers->member[m].thread, NULL);
    pthread_mutex_destroy(&workers->mutex);
    pthread_cond_destroy(&workers->begun);
    pthread_cond_destroy(&workers->ended);
    free(workers);
}

unsigned processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (unsigned)n;
}
