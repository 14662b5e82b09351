/* Compressing and writing records. */
#include "format/press.h"

#include "common/err.h"
#include "format/codec.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

enum { MOST_WAITING = 1 << 24, JOBS = 8 }; /* bytes; and payloads, with two for each thread */

struct job {
    struct payload payload; /* first, so that a payload is its job */
    size_t room, counted;   /* bytes allocated; bytes counted among those that wait */
    enum { WRITE, HOLD, WRITE_HELD, FORGET_HELD } what;
    enum tag tag;
    uint64_t generation, number;
    struct job *next;
};

/* What one thread works with. */
struct worker {
    struct press *press;
    pthread_t thread;
    ZSTD_CCtx *zstd;
    XXH64_state_t *hash;
    uint8_t *record; /* record head and frame */
    size_t room, size;
};

struct press {
    int file;
    struct worker *worker;
    struct job *job;
    unsigned workers, jobs, threads; /* no thread: the caller is the worker */
    uint8_t *held;                   /* records */
    size_t held_bytes, held_room;
    pthread_mutex_t mutex; /* the rest is for who holds it */
    pthread_cond_t begun, done;
    struct job *idle, *first, *last;
    size_t waiting;           /* bytes */
    uint64_t given, finished; /* jobs; number finished is the next to be delivered */
    int error;
    bool over;
};

static bool write_all(int file, const uint8_t *bytes, size_t count) {
    while (count) {
        ssize_t n = write(file, bytes, count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        count -= (size_t)n;
    }
    return true;
}

/* Makes the record of a payload in worker->record. */
static void compress(struct worker *w, const struct job *job) {
    const struct payload *payload = &job->payload;
    size_t size = (size_t)(payload->at - payload->bytes),
           most = RECORD_HEAD + ZSTD_compressBound(size) + 3 * (size_t)payload->cuts;
    if (most > w->room)
        w->record = reallocate(w->record, w->room = most, 1, "record");
    ZSTD_outBuffer out = {w->record + RECORD_HEAD, w->room - RECORD_HEAD, 0};
    size_t left = ZSTD_CCtx_setPledgedSrcSize(w->zstd, size);
    for (size_t from = 0, i = 0; !ZSTD_isError(left); i++) {
        bool last = i == (size_t)payload->cuts || payload->cut[i] == size;
        ZSTD_inBuffer in = {payload->bytes + from, (last ? size : payload->cut[i]) - from, 0};
        from += in.size;
        left = ZSTD_compressStream2(w->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_flush);
        if (last)
            break;
    }
    if (left) /* the buffer has room for all, so only memory can be short */
        die(EXIT_FAILED, "zstd: %s", ZSTD_getErrorName(left));

    uint8_t *head = w->record;
    put64(head, 0x184D2A5Cu | (uint64_t)40 << 32); /* a skippable frame of 40 bytes */
    memcpy(head + 8, "NCA1", 4);
    memcpy(head + 12, tag_names[job->tag], 4);
    put64(head + 16, job->generation);
    put64(head + 24, size);
    put64(head + 32, out.pos);
    XXH64_reset(w->hash, 0);
    XXH64_update(w->hash, head + 8, 32);
    XXH64_update(w->hash, head + RECORD_HEAD, out.pos);
    put64(head + 40, XXH64_digest(w->hash));
    w->size = RECORD_HEAD + out.pos;
}

/* What is to be done in the order of the jobs. False: see errno. */
static bool deliver(struct worker *w, const struct job *job) {
    struct press *press = w->press;
    bool good = true;
    if (job->what == WRITE)
        return write_all(press->file, w->record, w->size);
    if (job->what == HOLD) {
        if (press->held_bytes + w->size > press->held_room) {
            press->held_room = press->held_bytes + press->held_bytes / 2 + w->size;
            press->held = reallocate(press->held, press->held_room, 1, "births");
        }
        memcpy(press->held + press->held_bytes, w->record, w->size);
        press->held_bytes += w->size;
        return true;
    }
    if (job->what == WRITE_HELD)
        good = write_all(press->file, press->held, press->held_bytes);
    press->held_bytes = 0;
    return good;
}

/* Does a job, when those before are done. The mutex is held before and after. */
static void do_job(struct worker *w, struct job *job) {
    struct press *press = w->press;
    if (!press->error) {
        pthread_mutex_unlock(&press->mutex);
        if (job->what == WRITE || job->what == HOLD)
            compress(w, job);
        pthread_mutex_lock(&press->mutex);
    }
    while (press->finished != job->number)
        pthread_cond_wait(&press->done, &press->mutex);
    if (!press->error) {
        pthread_mutex_unlock(&press->mutex);
        int error = deliver(w, job) ? 0 : errno;
        pthread_mutex_lock(&press->mutex);
        press->error = error;
    }
    press->finished++;
    press->waiting -= job->counted;
    job->next = press->idle;
    press->idle = job;
    pthread_cond_broadcast(&press->done);
}

static void *serve(void *argument) {
    struct worker *w = argument;
    struct press *press = w->press;
    pthread_mutex_lock(&press->mutex);
    for (;;) {
        while (!press->first && !press->over)
            pthread_cond_wait(&press->begun, &press->mutex);
        struct job *job = press->first;
        if (!job)
            break;
        press->first = job->next;
        do_job(w, job);
    }
    pthread_mutex_unlock(&press->mutex);
    return NULL;
}

struct press *press_new(int file, int level, unsigned threads) {
    struct press *press = allocate(1, sizeof *press, "writer");
    unsigned jobs = threads ? JOBS + 2 * threads : 1;
    press->file = file;
    press->threads = threads;
    press->workers = threads ? threads : 1;
    press->worker = allocate(press->workers, sizeof *press->worker, "threads");
    press->job = allocate(jobs, sizeof *press->job, "writer");
    press->jobs = jobs;
    for (unsigned k = 0; k < jobs; k++) {
        press->job[k].next = press->idle;
        press->idle = &press->job[k];
    }
    pthread_mutex_init(&press->mutex, NULL);
    pthread_cond_init(&press->begun, NULL);
    pthread_cond_init(&press->done, NULL);
    sigset_t others, before;
    sigfillset(&others); /* signals are for the caller's thread, but for one of who writes */
    sigdelset(&others, SIGPIPE);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    for (unsigned k = 0; k < press->workers; k++) {
        struct worker *w = &press->worker[k];
        w->press = press;
        w->zstd = ZSTD_createCCtx();
        w->hash = XXH64_createState();
        if (!w->zstd || !w->hash)
            die(EXIT_FAILED, "writer: no memory");
        ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
        if (threads && (errno = pthread_create(&w->thread, NULL, serve, w)))
            die(EXIT_FAILED, "threads:");
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return press;
}

/* The idle job whose memory fits best. */
static struct job **best_job(struct press *press, size_t most) {
    struct job **best = NULL;
    for (struct job **at = &press->idle; *at; at = &(*at)->next) {
        bool fits = (*at)->room >= most;
        if (!best ||
            (fits != ((*best)->room >= most) ? fits : fits == ((*at)->room < (*best)->room)))
            best = at;
    }
    return best;
}

static struct job *take_job(struct press *press, size_t most) {
    pthread_mutex_lock(&press->mutex);
    while (!press->idle || (press->waiting && press->waiting + most > MOST_WAITING))
        pthread_cond_wait(&press->done, &press->mutex);
    struct job **best = best_job(press, most), *job = *best;
    *best = job->next;
    job->counted = most;
    press->waiting += most;
    pthread_mutex_unlock(&press->mutex);
    return job;
}

static bool give_job(struct press *press, struct job *job) {
    job->next = NULL;
    pthread_mutex_lock(&press->mutex);
    job->number = press->given++;
    if (!press->threads)
        do_job(press->worker, job);
    else {
        *(press->first ? &press->last->next : &press->first) = job;
        press->last = job;
        pthread_cond_signal(&press->begun);
    }
    int error = press->error;
    pthread_mutex_unlock(&press->mutex);
    errno = error;
    return !error;
}

struct payload *press_payload(struct press *press, size_t most) {
    struct job *job = take_job(press, most);
    if (most > job->room) {
        free(job->payload.bytes); /* what it held is done with */
        job->payload.bytes = allocate(job->room = most, 1, "payload");
    }
    job->payload.at = job->payload.bytes;
    job->payload.cuts = 0;
    return &job->payload;
}

bool press_record(struct press *press, struct payload *payload, enum tag tag, uint64_t generation,
                  bool hold) {
    struct job *job = (struct job *)payload;
    job->what = hold ? HOLD : WRITE;
    job->tag = tag;
    job->generation = generation;
    return give_job(press, job);
}

bool press_held(struct press *press, bool write) {
    struct job *job = take_job(press, 0);
    job->what = write ? WRITE_HELD : FORGET_HELD;
    return give_job(press, job);
}

bool press_wait(struct press *press) {
    pthread_mutex_lock(&press->mutex);
    while (press->finished != press->given)
        pthread_cond_wait(&press->done, &press->mutex);
    int error = press->error;
    pthread_mutex_unlock(&press->mutex);
    errno = error;
    return !error;
}

bool press_free(struct press *press) {
    pthread_mutex_lock(&press->mutex);
    press->over = true;
    pthread_cond_broadcast(&press->begun);
    pthread_mutex_unlock(&press->mutex);
    for (unsigned k = 0; k < press->workers; k++) {
        struct worker *w = &press->worker[k];
        if (press->threads)
            pthread_join(w->thread, NULL);
        ZSTD_freeCCtx(w->zstd);
        XXH64_freeState(w->hash);
        free(w->record);
    }
    int error = press->error;
    for (unsigned k = 0; k < press->jobs; k++)
        free(press->job[k].payload.bytes);
    pthread_mutex_destroy(&press->mutex);
    pthread_cond_destroy(&press->begun);
    pthread_cond_destroy(&press->done);
    free(press->held);
    free(press->job);
    free(press->worker);
    free(press);
    errno = error;
    return !error;
}
