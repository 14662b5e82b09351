/* SPDX-License-Identifier: MIT */
/* nca-replay: recomputes the generations that a stream leaves out, or checks those that it has. */
#include "bin-src/map.h"
#include "bin-src/program.h"
#include "common/err.h"
#include "common/output.h"
#include "common/progress.h"
#include "common/signals.h"
#include "common/thread_pool.h"
#include "kernels/step/step.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GENERATIONS = 256, CHECK_RUN, LANDSCAPE_KIND };

static const struct option_spec specs[] = {
    {GENERATIONS, "generations", "A:B", "write only generations A to B", false},
    {CHECK_RUN, "check", NULL, "write nothing: recompute and compare all generations", true},
    {LANDSCAPE_KIND, "landscape", "map:FILE", "where the landscape's map is now", true},
    OPTION_THREADS,
    OPTION_LEVEL,
    OPTIONS_COMMON,
};

/* What one thread recomputes: from a stored generation through the next stored ones, at most
   MAX_STORED of them or about STORED_BYTES. */
enum { MAX_STORED = 16, STORED_BYTES = 1 << 24 };
struct segment {
    struct header header; /* of its part, for the output */
    bool opens, closes;   /* it is the first of its part; the last */
    struct world world;   /* at first the stored generation, then the last one computed */
    struct world stored[MAX_STORED];
    uint64_t from;                 /* generation it starts from */
    unsigned count, checked;       /* stored generations; those that were recomputed and compared */
    int file;                      /* temporary, with its output; -1: none yet */
    uint64_t generations, records; /* in the file */
    bool stopped;                  /* by a signal */
    char error[512];
};

struct round {
    struct segment *segment; /* [threads] */
    unsigned count;
};

struct replay {
    uint64_t first, last; /* generations to write */
    bool check;
    int level;
    unsigned threads;
    const char *line; /* of history */
    const char *map;  /* the landscape with the map's name of now, NULL: that of the header */
    struct reader *in;
    bool more;                       /* to read */
    struct header header;            /* of the part being read, for the output */
    struct world start;              /* of the next segment; without cells: not known yet */
    bool opens;                      /* as of that segment */
    struct round read, taken, done;  /* being read, computed and written, all at the same time */
    uint64_t generations, records;   /* of the part being written; 0: none is */
    uint64_t checked;                /* stored generations that were recomputed */
    const struct segment *different; /* the first with a generation that differs, or NULL */
    bool stopped;
};

/* Reading */

static void read_head(struct replay *r) {
    header_free(&r->header);
    header_copy(&r->header, &r->in->header);
    r->header.every = 1;
    header_add_history(&r->header, r->line);
    r->start.cells = 0;
    r->opens = true;
}

static void begin_segment(struct replay *r, struct segment *s) {
    s->opens = r->opens;
    s->closes = s->stopped = false;
    s->count = s->checked = 0;
    s->generations = s->records = 0;
    s->error[0] = '\0';
    header_free(&s->header);
    header_copy(&s->header, &r->header);
    world_copy(&s->world, &r->start);
    r->opens = false;
}

static size_t world_bytes(const struct world *world) {
    return world->cells * 4 * (world->model.channels + 2) +
           (size_t)world->pool.capacity * (16 + 4 * world->pool.genome);
}

/* Reads the next segment. False: there is none. */
static bool read_segment(struct replay *r, struct segment *s) {
    const struct world *next = &r->in->world;
    size_t bytes = 0;
    bool begun = false;
    while (r->more) {
        int got = reader_next(r->in);
        r->more = got > 0 && next->generation < r->last;
        if (got == READ_END || got == READ_PART) { /* the part has ended */
            bool any = r->start.cells;
            if (any && !begun)
                begin_segment(r, s);
            s->closes = any;
            if (got == READ_PART)
                read_head(r);
            r->more = got == READ_PART;
            r->start.cells = 0;
            if (any)
                return true;
        } else if (got < 0)
            break;
        else if (!r->start.cells || (!begun && next->generation <= r->first))
            world_copy(&r->start, next);
        else {
            if (header_imported(&r->in->header))
                die(EXIT_FAILED, "the input was recorded by another program, not computed by "
                                 "nca-step: it cannot be recomputed");
            if (!begun)
                begin_segment(r, s);
            begun = true;
            world_copy(&s->stored[s->count++], next);
            bytes += world_bytes(next);
            if (s->count < MAX_STORED && bytes < STORED_BYTES && r->more)
                continue;
            world_copy(&r->start, next);
            break;
        }
    }
    if (!begun && r->start.cells && !*r->in->error) { /* it is the last one wanted */
        begin_segment(r, s);
        begun = true;
    }
    if (begun && !r->more && !*r->in->error) {
        s->closes = true;
        r->start.cells = 0;
    }
    return begun;
}

static void read_round(struct replay *r) {
    struct round *round = &r->read;
    for (round->count = 0; round->count < r->threads; round->count++)
        if (!read_segment(r, &round->segment[round->count]))
            break;
}

/* Computing */

/* A file without a name, in $TMPDIR or /tmp. */
static int scratch_file(void) {
    const char *directory = getenv("TMPDIR");
    if (!directory || !*directory)
        directory = "/tmp";
    size_t size = strlen(directory) + sizeof "/nca-replay.XXXXXX";
    char *path = allocate(size, 1, "name");
    snprintf(path, size, "%s/nca-replay.XXXXXX", directory);
    int file = mkstemp(path);
    if (file < 0)
        die(EXIT_FAILED, "%s:", path);
    unlink(path);
    free(path);
    return file;
}

/* Writes the segment's world if its generation is wanted; the first of a part is written with its
   HEAD. */
static void write_generation(const struct replay *r, struct segment *s, struct writer **writer) {
    if (r->check || s->world.generation < r->first || s->world.generation > r->last)
        return;
    if (!*writer)
        *writer = writer_open(s->file, &s->header, r->level);
    if (!*writer || !writer_generation(*writer, &s->world))
        die(EXIT_FAILED, "temporary file:");
}

/* Steps to the next stored generation, or the last one wanted, and compares. */
static bool recompute(const struct replay *r, struct segment *s, struct stepper *stepper,
                      struct writer **writer) {
    const struct world *stored = &s->stored[s->checked];
    char what[200];
    while (s->world.generation < stored->generation && s->world.generation < r->last) {
        if ((s->stopped = signals_caught()))
            return false;
        step(stepper, &s->world);
        stepper_fetch(stepper, &s->world, ALL_SECTIONS);
        if (s->world.generation == stored->generation && world_differs(&s->world, stored, what)) {
            snprintf(s->error, sizeof s->error,
                     "generation %" PRIu64 " is not what the rule makes of generation %" PRIu64
                     ": %s",
                     stored->generation, s->checked ? stored[-1].generation : s->from, what);
            return false;
        }
        write_generation(r, s, writer);
    }
    s->checked++;
    return true;
}

static void compute(const struct replay *r, struct segment *s, unsigned threads) {
    char why[512];
    struct writer *writer = NULL;
    s->from = s->world.generation;
    struct model model = s->world.model;
    if (r->map && landscape_map_name(&model))
        snprintf(model.landscape, sizeof model.landscape, "%s", r->map);
    struct landscape *land = landscape_open(&model, why);
    if (!land && *why) {
        snprintf(s->error, sizeof s->error, "landscape: %.400s", why);
        return;
    }
    if (!r->check && s->file < 0)
        s->file = scratch_file();
    if (!r->check && (lseek(s->file, 0, SEEK_SET) || ftruncate(s->file, 0)))
        die(EXIT_FAILED, "temporary file:");
    bool resumes = !r->check && !s->opens && s->from >= r->first;
    if (resumes)
        writer = writer_resume(s->file, &s->header, r->level, &s->world, 1, 1);
    else
        write_generation(r, s, &writer);
    struct thread_pool *workers = threads > 1 ? thread_pool_new(threads) : NULL;
    struct stepper *stepper = stepper_new(&s->world, land, CPU, workers);
    while (s->checked < s->count && recompute(r, s, stepper, &writer))
        ;
    stepper_free(stepper);
    thread_pool_free(workers);
    if (writer) {
        writer_counts(writer, &s->generations, &s->records);
        s->generations -= resumes;
        s->records -= resumes;
        if (!writer_leave(writer))
            die(EXIT_FAILED, "temporary file:");
    }
}

/* Writing */

static void copy_out(int file) {
    static char bytes[1 << 16];
    off_t at = 0;
    for (ssize_t n; (n = pread(file, bytes, sizeof bytes, at)) > 0; at += n)
        if (!write_all(STDOUT_FILENO, bytes, (size_t)n))
            output_failed();
}

static void write_segment(struct replay *r, struct segment *s) {
    r->checked += s->checked;
    r->stopped = s->stopped;
    if (r->check ? s->world.generation >= r->first && s->world.generation <= r->last : s->records)
        program_wanted();
    if (s->records)
        copy_out(s->file);
    r->generations += s->generations;
    r->records += s->records;
    if (*s->error)
        r->different = s;
    else if ((s->closes || s->stopped) && r->records) {
        struct writer *writer = writer_resume(STDOUT_FILENO, &s->header, r->level, &s->world,
                                              r->generations, r->records);
        if (!writer_close(writer))
            output_failed();
        r->generations = r->records = 0;
    }
}

static void write_round(struct replay *r) {
    for (unsigned i = 0; i < r->done.count && !r->different && !r->stopped; i++)
        write_segment(r, &r->done.segment[i]);
}

/* All three at once */

static void work(void *context, unsigned chunk, unsigned worker) {
    struct replay *r = context;
    unsigned count = r->taken.count;
    (void)worker;
    if (chunk == 0)
        read_round(r);
    else if (chunk == 1)
        write_round(r);
    else
        compute(r, &r->taken.segment[chunk - 2], (r->threads + count - 1) / count);
}

static void free_segment(struct segment *s) {
    if (s->file >= 0)
        close(s->file);
    world_free(&s->world);
    for (int i = 0; i < MAX_STORED; i++)
        world_free(&s->stored[i]);
    header_free(&s->header);
}

static void replay(struct replay *r) {
    struct thread_pool *workers = thread_pool_new(r->threads);
    struct round *rounds[] = {&r->read, &r->taken, &r->done};
    for (int i = 0; i < 3; i++) {
        rounds[i]->segment = allocate(r->threads, sizeof *rounds[i]->segment, "segments");
        for (unsigned t = 0; t < r->threads; t++)
            rounds[i]->segment[t].file = -1;
    }
    read_head(r);
    do {
        thread_pool_run(workers, work, r, 2 + r->taken.count);
        struct round done = r->done;
        r->done = r->taken;
        r->taken = r->read;
        r->read = done;
        if (progress_due() && r->done.count) {
            const struct world *world = &r->done.segment[r->done.count - 1].world;
            progress_show(world->generation, world_living(world), "alive");
        }
    } while ((r->taken.count || r->done.count) && !r->different && !r->stopped);
    if (r->different)
        complain("%s", r->different->error);
    for (int i = 0; i < 3; i++) {
        for (unsigned t = 0; t < r->threads; t++)
            free_segment(&rounds[i]->segment[t]);
        free(rounds[i]->segment);
    }
    thread_pool_free(workers);
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Recomputes the generations that a stream omits, and compares those "
                              "that it has.",
                              .specs = specs, .example = "nca-replay --check run.zst"};
    struct replay r = {.last = UINT64_MAX, .level = LEVEL_DEFAULT, .more = true};
    const char *range = NULL;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        switch (key) {
        case GENERATIONS:
            range = optarg;
            option_range("--generations", optarg, &r.first, &r.last, NULL);
            break;
        case CHECK_RUN:
            r.check = true;
            break;
        case LANDSCAPE_KIND:
            r.map = optarg;
            if (strncmp(optarg, "map:", 4) || strlen(optarg) >= MAX_LANDSCAPE)
                die(EXIT_USAGE, "--landscape: %s: not map:FILE", optarg);
            break;
        case KEY_LEVEL:
            r.level = option_level(optarg);
            break;
        case KEY_THREADS:
            r.threads = option_threads(optarg);
        }
    if (!r.threads)
        r.threads = processors();
    r.line = options.history;
    r.in = program_input(argv + optind, ALL_SECTIONS | WANT_REPEATS | WANT_PARTS | WANT_MODEL);
    program_output_later(&options, !r.check, range);
    progress_start(-1, r.first, r.last);
    replay(&r);
    progress_end();
    int none = program_none(r.different || *r.in->error);
    if (r.check && !none && !signals_caught())
        printf("%" PRIu64 " generations recomputed: all the same\n", r.checked);
    if (!r.check)
        output_sync();
    int status = program_end(&options, r.in);
    header_free(&r.header);
    world_free(&r.start);
    return none ? EXIT_FAILED : status;
}
