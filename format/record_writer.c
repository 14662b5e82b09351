/* SPDX-License-Identifier: MIT */
/* Compressing and writing records. */
#include "format/record_writer.h"

#include "common/err.h"
#include "common/output.h"
#include "format/pack.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

/* Matches in byte planes are short-range: at the fast levels a hash table of 2 KB compresses almost
   as well as one of 64 KB, and leaves the caches to the other threads (tests/bench/README.md). Not
   so in a POOL, where similar genomes may be far apart. */
enum { FAST = 1, HASH_LOG = 9 };

enum { MAX_WAITING = 1 << 24, JOBS = 8 }; /* bytes; and payloads, with two for each thread */
enum { MAX_UNSTORED = 1 << 23 };          /* bytes */

struct job {
    struct payload payload;   /* first, so that a payload is its job; when done, the record */
    size_t capacity, counted; /* bytes allocated; bytes counted in waiting */
    size_t size;              /* of the record */
    enum { WRITE, HOLD, WRITE_HELD, FORGET_HELD } what;
    enum tag tag;
    bool done;
    uint64_t generation;
    struct job *next;
};

/* What one thread works with. */
struct worker {
    ZSTD_CCtx *zstd;
    XXH64_state_t *hash;
    uint8_t *record; /* memory for a record head and frame */
    size_t capacity;
    struct worker *next;
};

struct record_writer {
    int file, level;
    struct thread_pool *pool;
    struct worker *worker;
    struct job *job;
    unsigned workers, jobs;
    uint8_t *held; /* records */
    size_t held_bytes, held_capacity;
    size_t unstored;        /* bytes written since the system was asked to store them */
    pthread_mutex_t mutex;  /* guards the rest */
    pthread_cond_t written; /* signalled when a job becomes idle */
    struct worker *resting;
    struct job *idle;                 /* free for new payloads */
    struct job *first, *begin, *last; /* the queue: oldest, next to compress, newest */
    size_t waiting;                   /* bytes in the queue */
    bool delivering;                  /* a thread is in deliver_done() */
    int error;
};

/* Writes bytes, and starts their way to the disk while more are being made. */
static bool write_on(struct record_writer *out, const uint8_t *bytes, size_t count) {
    if (!write_all(out->file, bytes, count))
        return false;
    out->unstored += count;
    if (out->unstored >= MAX_UNSTORED) {
        write_behind(out->file);
        out->unstored = 0;
    }
    return true;
}

/* Makes a worker's contexts, which most workers never need, and sets them for a record. */
static void equip(struct worker *w, int level, enum tag tag) {
    if (!w->zstd) {
        w->zstd = ZSTD_createCCtx();
        w->hash = XXH64_createState();
        if (!w->zstd || !w->hash)
            die(EXIT_FAILED, "writer: out of memory");
        ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
    }
    int log = level <= FAST && tag != TAG_POOL ? HASH_LOG : 0; /* 0: the level's */
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_hashLog, log);
}

/* Replaces a payload by its record. */
static void compress(struct worker *w, struct job *job) {
    struct payload *payload = &job->payload;
    size_t size = (size_t)(payload->at - payload->bytes),
           most = RECORD_HEAD + ZSTD_compressBound(size) + 3 * (size_t)payload->cuts;
    if (most > w->capacity)
        w->record = reallocate(w->record, w->capacity = most, 1, "record");
    ZSTD_outBuffer out = {w->record + RECORD_HEAD, w->capacity - RECORD_HEAD, 0};
    size_t left = ZSTD_CCtx_setPledgedSrcSize(w->zstd, size);
    for (size_t from = 0, i = 0; !ZSTD_isError(left); i++) {
        bool last = i == (size_t)payload->cuts || payload->cut[i] == size;
        ZSTD_inBuffer in = {payload->bytes + from, (last ? size : payload->cut[i]) - from, 0};
        from += in.size;
        left = ZSTD_compressStream2(w->zstd, &out, &in, last ? ZSTD_e_end : ZSTD_e_flush);
        if (last)
            break;
    }
    if (left) /* out is large enough, so only memory can have run out */
        die(EXIT_FAILED, "zstd: %s", ZSTD_getErrorName(left));

    uint8_t *head = w->record;
    memcpy(head, record_magic, RECORD_MAGIC);
    memcpy(head + 12, tag_names[job->tag], 4);
    put64(head + 16, job->generation);
    put64(head + 24, size);
    put64(head + 32, out.pos);
    XXH64_reset(w->hash, 0);
    XXH64_update(w->hash, head + 8, 32);
    XXH64_update(w->hash, head + RECORD_HEAD, out.pos);
    put64(head + 40, XXH64_digest(w->hash));
    job->size = RECORD_HEAD + out.pos;
    size_t capacity = job->capacity;
    w->record = payload->bytes;
    payload->bytes = head;
    job->capacity = w->capacity;
    w->capacity = capacity;
}

/* The part of a job that must be done in order. False: see errno. */
static bool deliver(struct record_writer *out, const struct job *job) {
    bool good = true;
    if (job->what == WRITE)
        return write_on(out, job->payload.bytes, job->size);
    if (job->what == HOLD) {
        out->held = grow(out->held, &out->held_capacity, out->held_bytes + job->size, 1, "births");
        memcpy(out->held + out->held_bytes, job->payload.bytes, job->size);
        out->held_bytes += job->size;
        return true;
    }
    if (job->what == WRITE_HELD)
        good = write_on(out, out->held, out->held_bytes);
    out->held_bytes = 0;
    return good;
}

/* Delivers the oldest jobs, up to the first that is not done. The mutex is held before and after.
 */
static void deliver_done(struct record_writer *out) {
    out->delivering = true;
    for (struct job *job = out->first; job && job->done; job = out->first) {
        if (!out->error) {
            pthread_mutex_unlock(&out->mutex);
            int error = deliver(out, job) ? 0 : errno;
            pthread_mutex_lock(&out->mutex);
            out->error = error;
        }
        out->waiting -= job->counted;
        out->first = job->next;
        job->next = out->idle;
        out->idle = job;
        pthread_cond_broadcast(&out->written);
    }
    out->delivering = false;
}

/* Does the next job, and delivers unless another thread does. */
static void do_job(void *context) {
    struct record_writer *out = context;
    pthread_mutex_lock(&out->mutex);
    struct job *job = out->begin;
    struct worker *w = out->resting;
    out->begin = job->next;
    out->resting = w->next;
    if (!out->error && (job->what == WRITE || job->what == HOLD)) {
        pthread_mutex_unlock(&out->mutex);
        equip(w, out->level, job->tag);
        compress(w, job);
        pthread_mutex_lock(&out->mutex);
    }
    w->next = out->resting;
    out->resting = w;
    job->done = true;
    if (!out->delivering)
        deliver_done(out);
    pthread_mutex_unlock(&out->mutex);
}

struct record_writer *record_writer_new(int file, int level, struct thread_pool *pool) {
    struct record_writer *out = allocate(1, sizeof *out, "writer");
    unsigned threads = thread_pool_threads(pool), jobs = threads > 1 ? JOBS + 2 * threads : 1;
    out->file = file;
    out->level = level;
    out->workers = threads;
    out->worker = allocate(threads, sizeof *out->worker, "threads");
    out->job = allocate(jobs, sizeof *out->job, "writer");
    out->jobs = jobs;
    for (unsigned k = 0; k < jobs; k++) {
        out->job[k].next = out->idle;
        out->idle = &out->job[k];
    }
    for (unsigned k = 0; k < threads; k++) {
        out->worker[k].next = out->resting;
        out->resting = &out->worker[k];
    }
    pthread_mutex_init(&out->mutex, NULL);
    pthread_cond_init(&out->written, NULL);
    if (threads > 1)
        thread_pool_set_task(out->pool = pool, do_job, out);
    return out;
}

/* The idle job whose memory fits best: the smallest that is large enough, else the largest. */
static struct job **best_job(struct record_writer *out, size_t most) {
    struct job **best = NULL;
    for (struct job **at = &out->idle; *at; at = &(*at)->next) {
        bool fits = (*at)->capacity >= most;
        if (!best ||
            (fits != ((*best)->capacity >= most) ? fits
                                                 : fits == ((*at)->capacity < (*best)->capacity)))
            best = at;
    }
    return best;
}

/* Does a job, or waits until another thread has done one. The mutex is held before and after. */
static void help(struct record_writer *out) {
    pthread_mutex_unlock(&out->mutex);
    bool helped = thread_pool_run_task(out->pool);
    pthread_mutex_lock(&out->mutex);
    if (!helped && out->first) /* all are begun, as only this thread gives any */
        pthread_cond_wait(&out->written, &out->mutex);
}

static struct job *take_job(struct record_writer *out, size_t most) {
    pthread_mutex_lock(&out->mutex);
    while (!out->idle || (out->waiting && out->waiting + most > MAX_WAITING))
        help(out);
    struct job **best = best_job(out, most), *job = *best;
    *best = job->next;
    job->counted = most;
    out->waiting += most;
    pthread_mutex_unlock(&out->mutex);
    return job;
}

/* Whether all has been written so far; else errno says why not. */
static bool succeeded(struct record_writer *out) {
    pthread_mutex_lock(&out->mutex);
    int error = out->error;
    pthread_mutex_unlock(&out->mutex);
    errno = error;
    return !error;
}

static bool give_job(struct record_writer *out, struct job *job) {
    job->next = NULL;
    job->done = false;
    pthread_mutex_lock(&out->mutex);
    if (out->first)
        out->last->next = job;
    else
        out->first = job;
    out->last = job;
    if (!out->begin)
        out->begin = job;
    pthread_mutex_unlock(&out->mutex);
    if (out->pool)
        thread_pool_add_task(out->pool);
    else
        do_job(out);
    return succeeded(out);
}

struct payload *record_writer_payload(struct record_writer *out, size_t most) {
    struct job *job = take_job(out, most);
    if (most > job->capacity) {
        free(job->payload.bytes);
        job->payload.bytes = allocate(job->capacity = most, 1, "payload");
    }
    job->payload.at = job->payload.bytes;
    job->payload.cuts = 0;
    return &job->payload;
}

bool record_writer_add(struct record_writer *out, struct payload *payload, enum tag tag,
                       uint64_t generation, bool hold) {
    struct job *job = (struct job *)payload;
    job->what = hold ? HOLD : WRITE;
    job->tag = tag;
    job->generation = generation;
    return give_job(out, job);
}

bool record_writer_release(struct record_writer *out, bool write) {
    struct job *job = take_job(out, 0);
    job->what = write ? WRITE_HELD : FORGET_HELD;
    return give_job(out, job);
}

bool record_writer_wait(struct record_writer *out) {
    pthread_mutex_lock(&out->mutex);
    while (out->first)
        help(out);
    pthread_mutex_unlock(&out->mutex);
    return succeeded(out);
}

bool record_writer_free(struct record_writer *out) {
    bool good = record_writer_wait(out);
    int error = errno;
    for (unsigned k = 0; k < out->workers; k++) {
        ZSTD_freeCCtx(out->worker[k].zstd);
        XXH64_freeState(out->worker[k].hash);
        free(out->worker[k].record);
    }
    for (unsigned k = 0; k < out->jobs; k++)
        free(out->job[k].payload.bytes);
    pthread_mutex_destroy(&out->mutex);
    pthread_cond_destroy(&out->written);
    free(out->held);
    free(out->job);
    free(out->worker);
    free(out);
    errno = error;
    return good;
}
