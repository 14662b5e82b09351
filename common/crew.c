#include "crew.h"

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

struct crew {
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
        struct crew *crew;
        pthread_t thread;
    } member[];
};

static void look_again(void) {
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

static bool idle(struct crew *crew) {
    uint64_t job = atomic_load(&crew->job);
    return (job & 0xffff) >= (job >> 16 & 0xffff) && !atomic_load(&crew->tasks) &&
           !atomic_load(&crew->over);
}

/* Takes parts of the job in hand until none is left. */
static void take_part(struct crew *crew, unsigned member) {
    uint64_t job = atomic_load(&crew->job);
    while ((job & 0xffff) < (job >> 16 & 0xffff)) {
        if (!atomic_compare_exchange_weak(&crew->job, &job, job + 1))
            continue;
        unsigned parts = job >> 16 & 0xffff; /* the job cannot end before this part does */
        crew->work(crew->context, job & 0xffff, member);
        if (atomic_fetch_add(&crew->finished, 1) + 1 == parts && atomic_load(&crew->waiting)) {
            pthread_mutex_lock(&crew->mutex);
            pthread_cond_signal(&crew->ended);
            pthread_mutex_unlock(&crew->mutex);
        }
        job = atomic_load(&crew->job);
    }
}

bool crew_help(struct crew *crew) {
    unsigned tasks = atomic_load(&crew->tasks);
    while (tasks)
        if (atomic_compare_exchange_weak(&crew->tasks, &tasks, tasks - 1)) {
            crew->task(crew->task_context);
            return true;
        }
    return false;
}

static void *serve(void *argument) {
    struct member *self = argument;
    struct crew *crew = self->crew;
    while (!atomic_load(&crew->over)) {
        take_part(crew, (unsigned)(self - crew->member));
        if (crew_help(crew))
            continue;
        for (int i = 0; i < LOOKS && idle(crew); i++)
            look_again();
        if (!idle(crew))
            continue;
        pthread_mutex_lock(&crew->mutex);
        atomic_fetch_add(&crew->sleepers, 1);
        while (idle(crew))
            pthread_cond_wait(&crew->begun, &crew->mutex);
        atomic_fetch_sub(&crew->sleepers, 1);
        pthread_mutex_unlock(&crew->mutex);
    }
    return NULL;
}

static void wake(struct crew *crew) {
    if (!atomic_load(&crew->sleepers))
        return;
    pthread_mutex_lock(&crew->mutex);
    pthread_cond_broadcast(&crew->begun);
    pthread_mutex_unlock(&crew->mutex);
}

struct crew *crew_new(unsigned threads) {
    struct crew *crew = allocate(1, sizeof *crew + threads * sizeof *crew->member, "threads");
    crew->threads = threads;
    pthread_mutex_init(&crew->mutex, NULL);
    pthread_cond_init(&crew->begun, NULL);
    pthread_cond_init(&crew->ended, NULL);
    sigset_t others, before;
    sigfillset(&others); /* signals are for the caller's thread, but for one of who writes */
    sigdelset(&others, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    for (unsigned m = 1; m < threads; m++) {
        crew->member[m].crew = crew;
        if ((errno = pthread_create(&crew->member[m].thread, NULL, serve, &crew->member[m])))
            die(EXIT_FAILED, "threads:");
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return crew;
}

unsigned crew_threads(const struct crew *crew) {
    return crew ? crew->threads : 1;
}

void crew_tasks(struct crew *crew, void (*task)(void *), void *context) {
    crew->task = task;
    crew->task_context = context;
}

void crew_offer(struct crew *crew) {
    atomic_fetch_add(&crew->tasks, 1);
    wake(crew);
}

void crew_run(struct crew *crew, void (*work)(void *, unsigned, unsigned), void *context,
              unsigned parts) {
    if (crew_threads(crew) == 1) {
        for (unsigned part = 0; part < parts; part++)
            work(context, part, 0);
        return;
    }
    crew->work = work;
    crew->context = context;
    atomic_store(&crew->finished, 0);
    uint64_t number = (atomic_load(&crew->job) >> 32) + 1;
    atomic_store(&crew->job, number << 32 | (uint64_t)parts << 16);
    wake(crew);
    take_part(crew, 0);
    for (int i = 0; i < LOOKS && atomic_load(&crew->finished) != parts; i++)
        look_again();
    if (atomic_load(&crew->finished) == parts)
        return;
    pthread_mutex_lock(&crew->mutex);
    atomic_store(&crew->waiting, true);
    while (atomic_load(&crew->finished) != parts)
        pthread_cond_wait(&crew->ended, &crew->mutex);
    atomic_store(&crew->waiting, false);
    pthread_mutex_unlock(&crew->mutex);
}

void crew_free(struct crew *crew) {
    if (!crew)
        return;
    atomic_store(&crew->over, true);
    wake(crew);
    for (unsigned m = 1; m < crew->threads; m++)
        pthread_join(crew->member[m].thread, NULL);
    pthread_mutex_destroy(&crew->mutex);
    pthread_cond_destroy(&crew->begun);
    pthread_cond_destroy(&crew->ended);
    free(crew);
}

unsigned crew_processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > MOST_THREADS ? MOST_THREADS : (unsigned)n;
}
