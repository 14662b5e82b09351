/* nca-replay: recomputes the generations that a stream leaves out, or checks those that it has. */
#include "common/thread_pool.h"
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/progress.h"
#include "common/signals.h"
#include "format/stream.h"
#include "kernels/step/step.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GENERATIONS = 256, CHECK_RUN, LEVEL, THREADS };

static const struct option_spec specs[] = {
    {GENERATIONS, "generations", "A:B", "write generations A to B alone", false},
    {CHECK_RUN, "check", NULL, "write nothing: recompute and compare each generation", true},
    {THREADS, "threads", "N", "most threads to use (as many as processors)", true},
    {LEVEL, "level", "N", "zstd compression level, -7..19 (1)", true},
    OPTIONS_COMMON,
};

/* What one thread recomputes: from a stored generation to the next ones that are stored, at most so
   many, and about so many bytes of them. */
enum { MAX_MEET = 16, MEET_BYTES = 1 << 24 };
struct segment {
    struct header header; /* of its part, as it is written */
    bool opens, closes;   /* its part begins with it; ends with it */
    struct world world;   /* at first the stored generation, then the one computed last */
    struct world meet[MAX_MEET];
    uint64_t from;                 /* generation it starts from */
    unsigned count, met;           /* of generations to meet, and that were met */
    int file;                      /* that it writes into; -1: none yet */
    uint64_t generations, records; /* that it wrote */
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
    struct reader *in;
    bool more;                      /* to read */
    struct header header;           /* of the part that is read, as it is written */
    struct world stored;            /* where the next segment begins; without cells: nowhere yet */
    bool opens;                     /* as of that segment */
    struct round read, taken, done; /* being read, computed, written: side by side */
    uint64_t generations, records;  /* of the part that is being written; 0: none is */
    uint64_t met;                   /* stored generations that were recomputed */
    const struct segment *fault;    /* where the generations part; NULL: nowhere so far */
    bool stopped;
};

/* Whether the generations of a part were recorded elsewhere: of the programs in its history that
   make any, the last is nca-import. */
static bool recorded(const char *history) {
    bool imported = false;
    for (const char *line = history; *line; line = strchr(line, '\n') + 1)
        if (!strncmp(line, "nca-import ", 11) || !strncmp(line, "nca-step ", 9))
            imported = line[4] == 'i';
    return imported;
}

/* Reading */

static void read_head(struct replay *r) {
    header_free(&r->header);
    header_copy(&r->header, &r->in->header);
    r->header.every = 1;
    header_add_history(&r->header, r->line);
    r->stored.cells = 0;
    r->opens = true;
}

static void begin_segment(struct replay *r, struct segment *s) {
    s->opens = r->opens;
    s->closes = s->stopped = false;
    s->count = s->met = 0;
    s->generations = s->records = 0;
    s->error[0] = '\0';
    header_free(&s->header);
    header_copy(&s->header, &r->header);
    world_copy(&s->world, &r->stored);
    r->opens = false;
}

static size_t world_bytes(const struct world *world) {
    return world->cells * 4 * (world->model.channels + 2) +
           (size_t)world->pool.capacity * (16 + 4 * world->pool.genome);
}

/* Makes a segment of what comes next in the stream. False: there is none. */
static bool read_segment(struct replay *r, struct segment *s) {
    const struct world *next = &r->in->world;
    size_t bytes = 0;
    bool begun = false;
    while (r->more) {
        enum read_result got = reader_next(r->in);
        r->more = got > 0 && next->generation < r->last;
        if (got == READ_END || got == READ_PART) { /* the part has ended */
            bool any = r->stored.cells;
            if (any && !begun)
                begin_segment(r, s);
            s->closes = any;
            if (got == READ_PART)
                read_head(r);
            r->more = got == READ_PART;
            r->stored.cells = 0;
            if (any)
                return true;
        } else if (got == READ_ERROR)
            break;
        else if (!r->stored.cells || (!begun && next->generation <= r->first))
            world_copy(&r->stored, next);
        else {
            if (recorded(r->in->header.history))
                die(EXIT_FAILED, "the input was recorded by another program, not computed by "
                                 "nca-step: it cannot be recomputed");
            if (!begun)
                begin_segment(r, s);
            begun = true;
            world_copy(&s->meet[s->count++], next);
            bytes += world_bytes(next);
            if (s->count < MAX_MEET && bytes < MEET_BYTES && r->more)
                continue;
            world_copy(&r->stored, next);
            break;
        }
    }
    if (!begun && r->stored.cells && !*r->in->error) { /* it was the last that is wanted */
        begin_segment(r, s);
        begun = true;
    }
    if (begun && !r->more && !*r->in->error) {
        s->closes = true;
        r->stored.cells = 0;
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

/* Writes the generation in the segment's world if it is wanted, the first of a part with its HEAD.
   The writer of a segment that does not open its part goes on from the generation before. */
static void write_generation(const struct replay *r, struct segment *s, struct writer **writer) {
    if (r->check || s->world.generation < r->first || s->world.generation > r->last)
        return;
    if (!*writer)
        *writer = writer_open(s->file, &s->header, r->level);
    if (!*writer || !writer_generation(*writer, &s->world))
        die(EXIT_FAILED, "temporary file:");
}

/* Goes on to the next stored generation, or the last one wanted, and compares. */
static bool meet(const struct replay *r, struct segment *s, struct stepper *stepper,
                 struct writer **writer) {
    const struct world *stored = &s->meet[s->met];
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
                     stored->generation, s->met ? stored[-1].generation : s->from, what);
            return false;
        }
        write_generation(r, s, writer);
    }
    s->met++;
    return true;
}

static void compute(const struct replay *r, struct segment *s, unsigned threads) {
    char why[512];
    struct landscape *land = NULL;
    struct writer *writer = NULL;
    s->from = s->world.generation;
    if (strcmp(s->world.model.landscape, "none") && !(land = landscape_new(&s->world.model, why))) {
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
    while (s->met < s->count && meet(r, s, stepper, &writer))
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
    r->met += s->met;
    r->stopped = s->stopped;
    if (s->records)
        copy_out(s->file);
    r->generations += s->generations;
    r->records += s->records;
    if (*s->error)
        r->fault = s;
    else if ((s->closes || s->stopped) && r->records) {
        struct writer *writer = writer_resume(STDOUT_FILENO, &s->header, r->level, &s->world,
                                              r->generations, r->records);
        if (!writer_close(writer))
            output_failed();
        r->generations = r->records = 0;
    }
}

static void write_round(struct replay *r) {
    for (unsigned i = 0; i < r->done.count && !r->fault && !r->stopped; i++)
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
    for (int i = 0; i < MAX_MEET; i++)
        world_free(&s->meet[i]);
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
            progress_show(world->generation, world_living(world));
        }
    } while ((r->taken.count || r->done.count) && !r->fault && !r->stopped);
    if (r->fault)
        complain("%s", r->fault->error);
    for (int i = 0; i < 3; i++) {
        for (unsigned t = 0; t < r->threads; t++)
            free_segment(&rounds[i]->segment[t]);
        free(rounds[i]->segment);
    }
    thread_pool_free(workers);
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Recomputes the generations that a stream leaves out, and compares "
                              "those that it has.",
                              .specs = specs};
    struct replay r = {.last = UINT64_MAX, .level = LEVEL_DEFAULT, .more = true};
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        switch (key) {
        case GENERATIONS:
            option_range("--generations", optarg, &r.first, &r.last, NULL);
            break;
        case CHECK_RUN:
            r.check = true;
            break;
        case LEVEL:
            r.level = option_signed("--level", optarg, LEVEL_MIN, LEVEL_MAX);
            break;
        case THREADS:
            r.threads = (unsigned)option_integer("--threads", optarg, 1, MAX_THREADS);
        }
    if (!r.threads)
        r.threads = processors();
    r.line = options.history;
    r.in = reader_open(argv + optind, ALL_SECTIONS | WANT_REPEATS | WANT_PARTS);
    if (*r.in->error)
        return reader_close(r.in);
    output_open(options.output, !r.check);
    signals_catch();
    progress_start(-1, r.first, r.last);
    replay(&r);
    progress_end();
    if (r.check && !r.fault && !*r.in->error && !signals_caught())
        printf("%" PRIu64 " generations recomputed: all the same\n", r.met);
    if (!r.check)
        output_sync();
    output_close();
    bool good = !r.fault && !*r.in->error;
    header_free(&r.header);
    world_free(&r.stored);
    free(options.history);
    int status = reader_close(r.in);
    return good ? signals_status() : status ? status : EXIT_FAILED;
}
