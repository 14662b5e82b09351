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
        columns += (size_t)table->count;
    }
    m->row = allocate(columns, sizeof *m->row, "columns");
    if (m->joined)
        join_columns(m, columns);
}

static void print_joined(struct measuring *m) {
    for (int c = 0; c < m->joined->count; c++)
        m->joined_row[c] = m->row[m->place[c]];
    table_row(m->joined, m->world->generation, m->joined_row);
}

static void take(struct measuring *m, size_t i) {
    double *row = m->row;
    if (m->left_out) {
        if (m->measure[i]->left_out)
            m->measure[i]->left_out(m->work[i], m->world);
        return;
    }
    for (size_t before = 0; before < i; before++)
        row += m->table[before].count;
    m->measure[i]->take(m->work[i], m->world, row);
    if (!m->joined)
        table_row(&m->table[i], m->world->generation, row);
    else if (atomic_fetch_sub(&m->left, 1) == 1)
        print_joined(m);
}

/* Computes one measure, or reads the next generation. With several threads reading comes first, as
   it takes longest; with one it comes last, so that a row is printed as soon as it can be. */
static void take_chunk(void *context, unsigned chunk, unsigned worker) {
    struct measuring *m = context;
    (void)worker;
    if (chunk == (m->threads > 1 ? 0 : m->count))
        m->got = program_next(m->in);
    else
        take(m, m->threads > 1 ? m->count - chunk : chunk);
}

void measuring_run(struct measuring *m) {
    struct thread_pool *workers = thread_pool_new(m->threads);
    for (size_t i = 0; i < (m->joined ? 1 : m->count); i++)
        table_begin(m->joined ? m->joined : &m->table[i]);
    m->world = m->threads > 1 ? &m->copy : &m->in->world;
    m->got = program_next(m->in);
    while (m->got > 0) {
        if (m->threads > 1)
            copy_world(&m->copy, &m->in->world);
        atomic_store(&m->left, (unsigned)m->count);
        m->left_out = m->got == READ_BIRTHS;
        thread_pool_run(workers, take_chunk, m, (unsigned)m->count + 1);
    }
    for (size_t i = 0; i < (m->joined ? 1 : m->count); i++)
        table_end(m->joined ? m->joined : &m->table[i]);
    thread_pool_free(workers);
}

void measuring_end(struct measuring *m) {
    for (size_t i = 0; i < m->count; i++)
        m->measure[i]->end(m->work[i]);
    world_free(&m->copy);
    free(m->row);
    free(m->joined_row);
    free(m->columns);
    free(m->place);
}

int measure_files(const struct measure *measure, const struct choices *choices,
                  const struct table *table, struct options *options, char **files) {
    struct measuring m = {.measure = {measure}, .count = 1, .choices = *choices, .threads = 1};
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
