/* SPDX-License-Identifier: MIT */
#include "bin-src/measure.h"

#include "common/err.h"
#include "common/thread_pool.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static void *copy_plane(void *to, const void *from, size_t cells) {
    if (!from) {
        free(to);
        return NULL;
    }
    return memcpy(to ? to : allocate(cells, 4, "plane"), from, cells * 4);
}

/* Copies what measures look at: of the state just alpha, of the pool just what is new. */
static void copy_world(struct world *to, const struct world *from) {
    const struct pool *pool = &from->pool;
    to->model = from->model;
    to->generation = from->generation;
    to->cells = from->cells;
    to->state = copy_plane(to->state, from->state, from->cells);
    to->ages = copy_plane(to->ages, from->ages, from->cells);
    to->slots = copy_plane(to->slots, from->slots, from->cells);
    to->pool.genome = pool->genome;
    to->pool.next_serial = pool->next_serial;
    to->births.count = 0;
    for (uint32_t b = 0; b < from->births.count; b++)
        births_add(&to->births, from->births.slot[b], from->births.parent[b]);
    if (!from->slots)
        return;
    pool_reserve(&to->pool, pool->capacity);
    pool_follow(pool, &to->pool.run, to->pool.serial, (size_t)to->pool.capacity + 1);
    for (uint32_t slot = 0; slot <= pool->capacity; slot++)
        if (to->pool.serial[slot] != pool->serial[slot]) {
            to->pool.serial[slot] = pool->serial[slot];
            to->pool.parent[slot] = pool->parent[slot];
            memcpy(pool_genome(&to->pool, slot), pool_genome(pool, slot),
                   pool->genome * sizeof(float));
        }
}

/* Puts the columns of all measures side by side, late ones after all others. */
static void join_columns(struct measuring *m, size_t columns) {
    m->columns = allocate(columns, sizeof *m->columns, "columns");
    m->joined_row = allocate(columns, sizeof *m->joined_row, "columns");
    m->place = allocate(columns, sizeof *m->place, "columns");
    m->joined->columns = m->columns;
    m->joined->count = 0;
    for (int late = 0; late < 2; late++)
        for (size_t i = 0, place = 0; i < m->count; i++)
            for (int c = 0; c < m->table[i].count; c++, place++)
                if ((c >= m->table[i].count - m->measure[i]->late) == late) {
                    m->columns[m->joined->count] = m->table[i].columns[c];
                    m->place[m->joined->count++] = place;
                }
}

/* With several threads, two generations at a time for each, if there are jobs, and these take no
   more than MOST_BYTES. */
static void make_pending(struct measuring *m, size_t columns) {
    enum { MOST_BYTES = 1 << 28 };
    size_t most = 2 * (size_t)m->threads;
    m->depth = 1;
    for (size_t i = 0; i < m->count && m->threads > 1; i++)
        if (m->measure[i]->begin_job)
            m->depth = MOST_BYTES / m->measure[i]->job_bytes(&m->in->world);
    m->depth = m->depth < 1 ? 1 : m->depth > most ? most : m->depth;
    m->pending = allocate(m->depth, sizeof *m->pending, "rows");
    m->queue = allocate(m->depth * m->count, sizeof *m->queue, "rows");
    for (size_t p = 0; p < m->depth; p++)
        m->pending[p].row = allocate(columns, sizeof *m->pending[p].row, "rows");
}

void measuring_begin(struct measuring *m, struct reader *in) {
    size_t columns = 0;
    m->in = in;
    for (size_t i = 0; i < m->count; i++) {
        const struct measure *measure = m->measure[i];
        struct table *table = &m->table[i];
        table->name = measure->name;
        table->title = measure->title;
        table->ylabel = measure->ylabel;
        table->columns = measure->columns;
        table->count = measure->count;
        table->plot = measure->plot;
        table->height = measure->height;
        m->work[i] = measure->begin(table, &in->world, &m->choices);
        m->first[i] = columns;
        columns += (size_t)table->count;
    }
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->printed, NULL);
    make_pending(m, columns);
    if (m->joined)
        join_columns(m, columns);
}

static void print_row(struct measuring *m, const struct pending *p) {
    for (size_t i = 0; !m->joined && i < m->count; i++)
        table_row(&m->table[i], p->generation, p->row + m->first[i]);
    if (!m->joined)
        return;
    for (int c = 0; c < m->joined->count; c++)
        m->joined_row[c] = p->row[m->place[c]];
    table_row(m->joined, p->generation, m->joined_row);
}

/* One measure of a generation is done. Prints what can be printed, in order. */
static void finish(struct measuring *m, struct pending *p) {
    pthread_mutex_lock(&m->lock);
    p->left--;
    size_t before = m->oldest;
    for (; m->oldest < m->newest && !m->pending[m->oldest % m->depth].left; m->oldest++)
        print_row(m, &m->pending[m->oldest % m->depth]);
    if (m->oldest > before)
        pthread_cond_signal(&m->printed);
    pthread_mutex_unlock(&m->lock);
}

/* The generation at hand. */
static struct pending *current(const struct measuring *m) {
    return &m->pending[(m->newest - 1) % m->depth];
}

static void queue_job(struct measuring *m, size_t i) {
    struct pending *p = current(m);
    pthread_mutex_lock(&m->lock);
    m->queue[m->queued++ % (m->depth * m->count)] = (struct queued){p, i};
    pthread_mutex_unlock(&m->lock);
    thread_pool_add_task(m->workers);
}

static void take(struct measuring *m, size_t i) {
    const struct measure *measure = m->measure[i];
    if (m->left_out) {
        if (measure->left_out)
            measure->left_out(m->work[i], m->world);
        return;
    }
    struct pending *p = current(m);
    double *row = p->row + m->first[i];
    if (m->depth > 1 && measure->begin_job)
        p->job[i] = measure->begin_job(m->work[i], m->world, (m->newest - 1) % m->depth, row);
    else
        measure->take(m->work[i], m->world, row);
    if (p->job[i])
        queue_job(m, i);
    else
        finish(m, p);
}

/* Computes one measure, or reads the next generation. With several threads reading comes first, as
   it takes longest, and jobs last, if there is nothing to read yet; with one thread reading comes
   last. So a row is printed as soon as it can be. */
static void take_chunk(void *context, unsigned chunk, unsigned worker) {
    struct measuring *m = context;
    (void)worker;
    if (chunk == (m->threads > 1 ? 0 : m->count)) {
        m->got = program_next(m->in);
        m->reading = false;
    } else if (chunk > m->count)
        while (m->reading && thread_pool_run_task(m->workers))
            ;
    else
        take(m, m->threads > 1 ? m->count - chunk : chunk);
}

/* Does the next job that is waiting, in a thread that has nothing else to do. */
static void do_job(void *context) {
    struct measuring *m = context;
    pthread_mutex_lock(&m->lock);
    struct queued next = m->queue[m->begun++ % (m->depth * m->count)];
    pthread_mutex_unlock(&m->lock);
    m->measure[next.measure]->end_job(next.of->job[next.measure],
                                      next.of->row + m->first[next.measure]);
    finish(m, next.of);
}

/* Waits until at most so many generations are not printed; helps with their jobs. */
static void wait_for(struct measuring *m, size_t most) {
    for (bool more = true; more;) {
        pthread_mutex_lock(&m->lock);
        more = m->newest - m->oldest > most;
        pthread_mutex_unlock(&m->lock);
        if (!more || thread_pool_run_task(m->workers))
            continue;
        pthread_mutex_lock(&m->lock);
        while (m->newest - m->oldest > most)
            pthread_cond_wait(&m->printed, &m->lock);
        pthread_mutex_unlock(&m->lock);
    }
}

/* Measures the generation at hand, and reads the next one. */
static void measure_one(struct measuring *m) {
    m->left_out = m->got == READ_BIRTHS;
    if (!m->left_out) {
        wait_for(m, m->depth - 1);
        pthread_mutex_lock(&m->lock);
        m->newest++;
        current(m)->generation = m->world->generation;
        current(m)->left = m->count;
        pthread_mutex_unlock(&m->lock);
    }
    m->reading = true;
    thread_pool_run(m->workers, take_chunk, m, (unsigned)m->count + 1 + (m->depth > 1));
}

void measuring_run(struct measuring *m) {
    m->workers = thread_pool_new(m->threads);
    thread_pool_set_task(m->workers, do_job, m);
    for (size_t i = 0; i < (m->joined ? 1 : m->count); i++)
        table_begin(m->joined ? m->joined : &m->table[i]);
    m->world = m->threads > 1 ? &m->copy : &m->in->world;
    m->got = program_next(m->in);
    while (m->got > 0) {
        if (m->threads > 1)
            copy_world(&m->copy, &m->in->world);
        measure_one(m);
    }
    wait_for(m, 0);
    for (size_t i = 0; i < (m->joined ? 1 : m->count); i++)
        table_end(m->joined ? m->joined : &m->table[i]);
    thread_pool_free(m->workers);
}

void measuring_end(struct measuring *m) {
    for (size_t i = 0; i < m->count; i++)
        m->measure[i]->end(m->work[i]);
    for (size_t p = 0; p < m->depth; p++)
        free(m->pending[p].row);
    pthread_mutex_destroy(&m->lock);
    pthread_cond_destroy(&m->printed);
    world_free(&m->copy);
    free(m->pending);
    free(m->queue);
    free(m->joined_row);
    free(m->columns);
    free(m->place);
}

int measure_files(const struct measure *measure, const struct choices *choices,
                  const struct table *table, struct options *options, char **files) {
    struct measuring m = {.measure = {measure}, .count = 1, .choices = *choices, .threads = 1};
    if (measure->begin_job && !choices->track)
        m.threads = choices->threads ? choices->threads : processors();
    struct reader *in = program_input(files, measure->sections);
    m.table[0] = *table;
    measuring_begin(&m, in);
    program_output(options, false);
    measuring_run(&m);
    measuring_end(&m);
    return program_end(options, in);
}

int measure_main(const struct measure *measure, int argc, char **argv) {
    struct options options = {"[FILE]...", measure->purpose, .specs = measure->specs};
    struct choices choices = CHOICES_DEFAULT;
    struct table table = {0};
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (!table_option(&table, key, optarg))
            choices_option(&choices, key, optarg);
    return measure_files(measure, &choices, &table, &options, argv + optind);
}
