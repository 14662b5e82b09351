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

/* In planes of bytes, what is alike stands near or nowhere: at the fast levels a table of 2 KB
   finds it as well as one of 64, which leaves the caches to others (tests/bench/README.md). The
   genomes of a pool are alike from afar. */
enum { FAST = 1, HASH_LOG = 9 };

enum { MAX_WAITING = 1 << 24, JOBS = 8 }; /* bytes; and payloads, with two for each thread */
enum { MAX_UNSTORED = 1 << 23 };          /* bytes */

struct job {
    struct payload payload;   /* first, so that a payload is its job; when done, the record */
    size_t capacity, counted; /* bytes allocated; bytes counted among those that wait */
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
    pthread_mutex_t mutex;  /* the rest is for who holds it */
    pthread_cond_t written; /* a job, and so is idle */
    struct worker *resting;
    struct job *idle, *first, *begin, *last; /* from the oldest on; the next to begin with */
    size_t waiting;                          /* bytes */
    bool delivering;                         /* some thread is */
    int error;
};

/* Writes bytes, and has what was written stored while more is being made. */
static bool write_on(struct record_writer *press, const uint8_t *bytes, size_t count) {
    if (!write_all(press->file, bytes, count))
        return false;
    press->unstored += count;
    if (press->unstored >= MAX_UNSTORED) {
        write_behind(press->file);
        press->unstored = 0;
    }
    return true;
}

/* A worker's tools, which most of them never need, set for a record. */
static void equip(struct worker *w, int level, enum tag tag) {
    if (!w->zstd) {
        w->zstd = ZSTD_createCCtx();
        w->hash = XXH64_createState();
        if (!w->zstd || !w->hash)
            die(EXIT_FAILED, "writer: no memory");
        ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
    }
    int log = level <= FAST && tag != TAG_POOL ? HASH_LOG : 0; /* 0: the level's */
    ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_hashLog, log);
}

/* Puts the record of a payload in its place. */
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
    if (left) /* the buffer has room for all, so only memory can be short */
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

/* What is to be done in the order of the jobs. False: see errno. */
static bool deliver(struct record_writer *press, const struct job *job) {
    bool good = true;
    if (job->what == WRITE)
        return write_on(press, job->payload.bytes, job->size);
    if (job->what == HOLD) {
        if (press->held_bytes + job->size > press->held_capacity) {
            press->held_capacity = press->held_bytes + press->held_bytes / 2 + job->size;
            press->held = reallocate(press->held, press->held_capacity, 1, "births");
        }
        memcpy(press->held + press->held_bytes, job->payload.bytes, job->size);
        press->held_bytes += job->size;
        return true;
    }
    if (job->what == WRITE_HELD)
        good = write_on(press, press->held, press->held_bytes);
    press->held_bytes = 0;
    return good;
}

/* Delivers what is done up to the first that is not. The mutex is held before and after. */
static void deliver_done(struct record_writer *press) {
    press->delivering = true;
    for (struct job *job = press->first; job && job->done; job = press->first) {
        if (!press->error) {
            pthread_mutex_unlock(&press->mutex);
            int error = deliver(press, job) ? 0 : errno;
            pthread_mutex_lock(&press->mutex);
            press->error = error;
        }
        press->waiting -= job->counted;
        press->first = job->next;
        job->next = press->idle;
        press->idle = job;
        pthread_cond_broadcast(&press->written);
    }
    press->delivering = false;
}

/* Does the job whose turn it is, and delivers unless another thread does. */
static void do_job(void *context) {
    struct record_writer *press = context;
    pthread_mutex_lock(&press->mutex);
    struct job *job = press->begin;
    struct worker *w = press->resting;
    press->begin = job->next;
    press->resting = w->next;
    if (!press->error && (job->what == WRITE || job->what == HOLD)) {
        pthread_mutex_unlock(&press->mutex);
        equip(w, press->level, job->tag);
        compress(w, job);
        pthread_mutex_lock(&press->mutex);
    }
    w->next = press->resting;
    press->resting = w;
    job->done = true;
    if (!press->delivering)
        deliver_done(press);
    pthread_mutex_unlock(&press->mutex);
}

struct record_writer *record_writer_new(int file, int level, struct thread_pool *pool) {
    struct record_writer *press = allocate(1, sizeof *press, "writer");
    unsigned threads = thread_pool_threads(pool), jobs = threads > 1 ? JOBS + 2 * threads : 1;
    press->file = file;
    press->level = level;
    press->workers = threads;
    press->worker = allocate(threads, sizeof *press->worker, "threads");
    press->job = allocate(jobs, sizeof *press->job, "writer");
    press->jobs = jobs;
    for (unsigned k = 0; k < jobs; k++) {
        press->job[k].next = press->idle;
        press->idle = &press->job[k];
    }
    for (unsigned k = 0; k < threads; k++) {
        press->worker[k].next = press->resting;
        press->resting = &press->worker[k];
    }
    pthread_mutex_init(&press->mutex, NULL);
    pthread_cond_init(&press->written, NULL);
    if (threads > 1)
        thread_pool_background(press->pool = pool, do_job, press);
    return press;
}

/* The idle job whose memory fits best. */
static struct job **best_job(struct record_writer *press, size_t most) {
    struct job **best = NULL;
    for (struct job **at = &press->idle; *at; at = &(*at)->next) {
        bool fits = (*at)->capacity >= most;
        if (!best ||
            (fits != ((*best)->capacity >= most) ? fits
                                                 : fits == ((*at)->capacity < (*best)->capacity)))
            best = at;
    }
    return best;
}

/* Until what is waited for may be so: does a job, or waits for one that another thread does. The
   mutex is held before and after. */
static void help(struct record_writer *press) {
    pthread_mutex_unlock(&press->mutex);
    bool helped = thread_pool_help(press->pool);
    pthread_mutex_lock(&press->mutex);
    if (!helped && press->first) /* all are begun, as only this thread gives any */
        pthread_cond_wait(&press->written, &press->mutex);
}

static struct job *take_job(struct record_writer *press, size_t most) {
    pthread_mutex_lock(&press->mutex);
    while (!press->idle || (press->waiting && press->waiting + most > MAX_WAITING))
        help(press);
    struct job **best = best_job(press, most), *job = *best;
    *best = job->next;
    job->counted = most;
    press->waiting += most;
    pthread_mutex_unlock(&press->mutex);
    return job;
}

/* Whether all has been written so far; else errno says why not. */
static bool succeeded(struct record_writer *press) {
    pthread_mutex_lock(&press->mutex);
    int error = press->error;
    pthread_mutex_unlock(&press->mutex);
    errno = error;
    return !error;
}

static bool give_job(struct record_writer *press, struct job *job) {
    job->next = NULL;
    job->done = false;
    pthread_mutex_lock(&press->mutex);
    if (press->first)
        press->last->next = job;
    else
        press->first = job;
    press->last = job;
    if (!press->begin)
        press->begin = job;
    pthread_mutex_unlock(&press->mutex);
    if (press->pool)
        thread_pool_offer(press->pool);
    else
        do_job(press);
    return succeeded(press);
}

struct payload *record_writer_payload(struct record_writer *press, size_t most) {
    struct job *job = take_job(press, most);
    if (most > job->capacity) {
        free(job->payload.bytes); /* what it held is done with */
        job->payload.bytes = allocate(job->capacity = most, 1, "payload");
    }
    job->payload.at = job->payload.bytes;
    job->payload.cuts = 0;
    return &job->payload;
}

bool record_writer_add(struct record_writer *press, struct payload *payload, enum tag tag,
                       uint64_t generation, bool hold) {
    struct job *job = (struct job *)payload;
    job->what = hold ? HOLD : WRITE;
    job->tag = tag;
    job->generation = generation;
    return give_job(press, job);
}

bool record_writer_release(struct record_writer *press, bool write) {
    struct job *job = take_job(press, 0);
    job->what = write ? WRITE_HELD : FORGET_HELD;
    return give_job(press, job);
}

bool record_writer_wait(struct record_writer *press) {
    pthread_mutex_lock(&press->mutex);
    while (press->first)
        help(press);
    pthread_mutex_unlock(&press->mutex);
    return succeeded(press);
}

bool record_writer_free(struct record_writer *press) {
    bool good = record_writer_wait(press);
    int error = errno;
    for (unsigned k = 0; k < press->workers; k++) {
        ZSTD_freeCCtx(press->worker[k].zstd);
        XXH64_freeState(press->worker[k].hash);
        free(press->worker[k].record);
    }
    for (unsigned k = 0; k < press->jobs; k++)
        free(press->job[k].payload.bytes);
    pthread_mutex_destroy(&press->mutex);
    pthread_cond_destroy(&press->written);
    free(press->held);
    free(press->job);
    free(press->worker);
    free(press);
    errno = error;
    return good;
}
