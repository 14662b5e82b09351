/* SPDX-License-Identifier: MIT */
/* nca-batch: computes generations of many runs at once, each into a file of its own. On the CPU
   each thread takes one run after the other; a CUDA device computes runs of one geometry and
   generation together. */
#include "bin-src/map.h"
#include "bin-src/program.h"
#include "common/err.h"
#include "common/inputs.h"
#include "common/output.h"
#include "common/progress.h"
#include "common/signals.h"
#include "common/thread_pool.h"
#include "kernels/step/cuda.h"
#include "kernels/step/step.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Runs that are loaded for a device at a time, at most: each has an open file. */
enum { GROUP = 512 };

/* No more are loaded once they may take so many bytes of memory. */
#define GROUP_BYTES (UINT64_C(4) << 30)

enum { UNTIL = 256 };

static const struct option_spec specs[] = {
    {'n', "generations", "N", "compute N more generations of each run", true},
    {UNTIL, "until", "G", "compute up to generation G", true},
    {'d', "directory", "DIR", "write each run into DIR, under the name of its file", true},
    OPTIONS_PART,
    OPTION_BACKEND,
    OPTION_THREADS,
    OPTION_LEVEL,
    OPTIONS_PROGRESS,
    OPTIONS_ABOUT,
};

/* One run, from its first generation in the input to the last one written. */
struct run {
    const char *input;
    char *output;
    bool failed;
    struct header header;
    struct world world; /* has cells while the run is computed */
    struct landscape *land;
    uint64_t end; /* generation */
    int file;
    struct writer *writer;
};

struct batch {
    bool more, until;     /* -n, --until: exactly one of them */
    uint64_t generations; /* its argument */
    struct part part;
    enum backend backend;
    unsigned threads;
    int level, progress;
    const char *history;
    struct thread_pool *workers;
    struct run *run;
    size_t count;
    _Atomic uint64_t computed, ended; /* generations of all runs; runs */
    atomic_flag showing;              /* a thread shows progress */
};

/* Part of the runs, for a parallel loop. */
struct loop {
    struct batch *batch;
    struct run **run;
    bool last; /* store their last generation */
};

/* One run ------------------------------------------------------------------------------------ */

/* Frees what the run has loaded; it is not computed. */
static void drop(struct run *run) {
    landscape_free(run->land);
    world_free(&run->world);
    header_free(&run->header);
    run->land = NULL;
    memset(&run->world, 0, sizeof run->world);
    memset(&run->header, 0, sizeof run->header);
}

static bool fail(struct run *run) {
    drop(run);
    run->failed = true;
    return false;
}

/* Reads the run's input, which begins it. False: that failed, which has been reported, or a signal
   has been caught. */
static bool load(const struct batch *batch, struct run *run) {
    char *files[] = {(char *)run->input, NULL}, why[512];
    struct world *world = &run->world;
    struct stat status;
    if (signals_caught())
        return false;
    if (!stat(run->input, &status) && !S_ISREG(status.st_mode)) { /* a pipe may stay silent */
        complain("%s: not a regular file", run->input);
        return fail(run);
    }
    bool good = program_last(files, world, &run->header);
    if (signals_caught()) { /* the input may not have been read to its end */
        drop(run);
        return false;
    }
    if (!good)
        return fail(run);
    run->end = batch->generations + (batch->more ? world->generation : 0);
    if (run->end > LAST_GENERATION || run->end < world->generation) {
        complain("%s: is at generation %" PRIu64 ": cannot be computed up to %" PRIu64, run->input,
                 world->generation, run->end);
        return fail(run);
    }
    run->land = landscape_open(&world->model, why);
    if (!run->land && *why) {
        complain("%s: landscape: %s: %s", run->input, world->model.landscape, why);
        return fail(run);
    }
    part_begin(&run->header, &world->model, &batch->part, batch->history);
    return true;
}

/* Opens the run's output and writes the generation that it starts from. */
static void open_output(const struct batch *batch, struct run *run) {
    run->file = output_create(run->output);
    run->writer = writer_open(run->file, &run->header, batch->level);
    if (!run->writer || !writer_generation(run->writer, &run->world))
        die(EXIT_FAILED, "%s:", run->output);
}

/* Whether the generation just computed is the run's last. */
static bool is_last(const struct run *run) {
    return run->world.generation == run->end || signals_caught();
}

static void store(struct run *run, bool last) {
    if (!writer_next(run->writer, &run->world, last))
        die(EXIT_FAILED, "%s:", run->output);
}

static void end_run(struct batch *batch, struct run *run) {
    if (!writer_close(run->writer) || !sync_file(run->file, run->output) || close(run->file))
        die(EXIT_FAILED, "%s:", run->output);
    world_free(&run->world);
    header_free(&run->header);
    batch->ended++;
}

/* Adds generations, and shows progress if it is time and no other thread does. */
static void add_computed(struct batch *batch, uint32_t generations) {
    batch->computed += generations;
    if (atomic_flag_test_and_set(&batch->showing))
        return;
    if (progress_due())
        progress_show(batch->computed, batch->ended, "runs done");
    atomic_flag_clear(&batch->showing);
}

/* On the CPU ---------------------------------------------------------------------------------- */

static void compute(void *context, unsigned chunk, unsigned worker) {
    struct loop *loop = context;
    struct batch *batch = loop->batch;
    struct run *run = loop->run[chunk];
    struct world *world = &run->world;
    (void)worker;
    if (run->failed || (!world->cells && !load(batch, run)))
        return;
    if (signals_caught()) {
        drop(run);
        return;
    }
    open_output(batch, run);
    struct stepper *stepper = stepper_new(world, run->land, CPU, NULL);
    for (bool last = is_last(run); !last;) {
        step(stepper, world);
        last = is_last(run);
        store(run, last);
        add_computed(batch, 1);
    }
    stepper_free(stepper);
    end_run(batch, run);
}

static void compute_all(struct batch *batch, struct run **run, size_t count) {
    for (size_t first = 0; first < count; first += MAX_CHUNKS) {
        size_t n = count - first < MAX_CHUNKS ? count - first : MAX_CHUNKS;
        thread_pool_run(batch->workers, compute, &(struct loop){batch, run + first, false},
                        (unsigned)n);
    }
}

/* On a device --------------------------------------------------------------------------------- */

static void load_chunk(void *context, unsigned chunk, unsigned worker) {
    struct loop *loop = context;
    (void)worker;
    load(loop->batch, loop->run[chunk]);
}

static void store_chunk(void *context, unsigned chunk, unsigned worker) {
    struct loop *loop = context;
    (void)worker;
    store(loop->run[chunk], loop->last);
}

static void end_chunk(void *context, unsigned chunk, unsigned worker) {
    struct loop *loop = context;
    (void)worker;
    end_run(loop->batch, loop->run[chunk]);
}

/* What the runs' next records need of the generation just computed. */
static unsigned wanted(struct run *const *run, uint32_t count, bool last) {
    unsigned parts = 0;
    for (uint32_t i = 0; i < count; i++)
        parts |= writer_needs(run[i]->writer, run[i]->world.generation, last);
    return parts;
}

/* Computes runs that are on the device, all at the same generation and with the same end; frees
   the device. */
static void advance(struct batch *batch, struct run **run, uint32_t count, struct device *device) {
    struct loop loop = {batch, run, is_last(run[0])};
    for (uint32_t i = 0; i < count; i++)
        open_output(batch, run[i]);
    while (!loop.last) {
        device_step(device);
        loop.last = is_last(run[0]);
        unsigned parts = wanted(run, count, loop.last);
        if (parts) {
            device_fetch(device, parts);
            thread_pool_run(batch->workers, store_chunk, &loop, count);
        }
        add_computed(batch, count);
    }
    device_free(device); /* before the worlds */
    thread_pool_run(batch->workers, end_chunk, &loop, count);
}

/* Computes runs of one kind: on a device, as many at a time as it has memory for, or on the CPU. */
static void compute_alike(struct batch *batch, struct run **run, uint32_t count) {
    struct world *world[GROUP];
    char why[256];
    while (count && !signals_caught()) {
        uint32_t n = count;
        struct device *device = NULL;
        for (uint32_t i = 0; i < n; i++)
            world[i] = &run[i]->world;
        if (step_on_device(batch->backend, n * run[0]->world.cells))
            while (n && !(device = device_new(world, n, run[0]->land, why)))
                n /= 2;
        if (device) {
            advance(batch, run, n, device);
            landscape_free(run[0]->land);
        } else if (batch->backend == CUDA)
            die(EXIT_FAILED, "--backend cuda: %s", why);
        else
            compute_all(batch, run, n = count);
        run += n;
        count -= n;
    }
    compute_all(batch, run, count); /* drops those that a signal has left */
}

/* Whether a device can compute both at once. */
static bool alike(const struct run *a, const struct run *b) {
    const struct model *x = &a->world.model, *y = &b->world.model;
    return x->width == y->width && x->height == y->height && x->channels == y->channels &&
           a->world.generation == b->world.generation && !a->land && !b->land;
}

/* Loads some of these runs, from the first on: at a time one for each thread, or as many as there
   is memory for if all are as large as the largest so far. A world holds at most a genome for each
   cell. Returns how many. */
static size_t load_group(struct batch *batch, struct run **run, size_t count) {
    uint64_t bytes = 0, largest = 0;
    size_t loaded = 0;
    count = count < GROUP ? count : GROUP;
    while (loaded < count && bytes < GROUP_BYTES) {
        uint64_t fit = largest ? 1 + (GROUP_BYTES - bytes - 1) / largest : 1, n = count - loaded;
        n = n < fit ? n : fit;
        n = n < batch->threads ? n : batch->threads;
        thread_pool_run(batch->workers, load_chunk, &(struct loop){batch, run + loaded, false},
                        (unsigned)n);
        for (; n; n--, loaded++) {
            const struct world *world = &run[loaded]->world;
            uint64_t cell = sizeof(float) * (world->model.channels + world->pool.genome) + 24;
            uint64_t size = world->cells * cell;
            bytes += size;
            largest = size > largest ? size : largest;
        }
    }
    return loaded;
}

/* Computes some of these runs, from the first on. Returns how many. */
static size_t compute_group(struct batch *batch, struct run **run, size_t count) {
    struct run *same[GROUP];
    count = load_group(batch, run, count);
    for (size_t first = 0; first < count; first++) {
        uint32_t n = 0;
        for (size_t i = first; i < count; i++)
            if (run[i] && run[i]->world.cells && (!n || alike(same[0], run[i]))) {
                same[n++] = run[i];
                run[i] = NULL;
            }
        if (n)
            compute_alike(batch, same, n);
    }
    return count;
}

/* The command line ---------------------------------------------------------------------------- */

static int by_output(const void *a, const void *b) {
    return strcmp((*(struct run *const *)a)->output, (*(struct run *const *)b)->output);
}

/* Names the outputs. The program ends if two are the same, or one is an input. */
static struct run **name_runs(struct batch *batch, char **files, const char *directory) {
    struct run **run = allocate(batch->count, sizeof(struct run *), "runs");
    batch->run = allocate(batch->count, sizeof *batch->run, "runs");
    for (size_t i = 0; i < batch->count; i++) {
        size_t length = strlen(files[i]) + 1, size = strlen(directory) + length + 1;
        char *copy = memcpy(allocate(length, 1, "name"), files[i], length);
        const char *name = basename(copy);
        if (!strcmp(files[i], "-"))
            die(EXIT_USAGE, "-: standard input has no name: nca-step takes it");
        run[i] = &batch->run[i];
        run[i]->input = files[i];
        run[i]->output = allocate(size, 1, "name");
        strcat(strcat(strcpy(run[i]->output, directory), "/"), name);
        free(copy);
        inputs_add(AT_FDCWD, files[i]);
    }
    qsort(run, batch->count, sizeof(struct run *), by_output);
    for (size_t i = 0; i < batch->count; i++) {
        if (i && !by_output(&run[i - 1], &run[i]))
            die(EXIT_USAGE, "%s and %s would be written to the same file, %s", run[i - 1]->input,
                run[i]->input, run[i]->output);
        inputs_protect(AT_FDCWD, run[i]->output, run[i]->output);
        output_may_replace(run[i]->output);
        outputs_apart(run[i]->output);
    }
    for (size_t i = 0; i < batch->count; i++)
        run[i] = &batch->run[i];
    return run;
}

/* Reads the options; returns the directory. */
static const char *read_options(struct options *line, struct batch *batch, int argc, char **argv) {
    const char *directory = NULL;
    for (int key; (key = options_next(line, argc, argv)) != -1;)
        switch (key) {
        case 'n':
            batch->generations = option_integer("--generations", optarg, 1, LAST_GENERATION);
            batch->more = true;
            break;
        case UNTIL:
            batch->generations = option_integer("--until", optarg, 0, LAST_GENERATION);
            batch->until = true;
            break;
        case 'd':
            directory = optarg;
            break;
        case KEY_BACKEND:
            batch->backend = option_backend(optarg);
            break;
        case KEY_THREADS:
            batch->threads = option_threads(optarg);
            break;
        case KEY_LEVEL:
            batch->level = option_level(optarg);
            break;
        case KEY_PROGRESS:
        case KEY_NO_PROGRESS:
            batch->progress = key == KEY_PROGRESS;
            break;
        default:
            part_option(&batch->part, key, optarg);
        }
    if (batch->more == batch->until)
        die(EXIT_USAGE, "give exactly one of -n N and --until G");
    if (!directory || optind == argc)
        die(EXIT_USAGE, "give -d DIR and at least one FILE");
    return directory;
}

/* Without a device, AUTO is the CPU, and CUDA ends the program. */
static enum backend usable(enum backend backend) {
    char why[256];
    if (backend == CPU || device_usable(why))
        return backend;
    if (backend == CUDA)
        die(EXIT_FAILED, "--backend cuda: %s", why);
    return CPU;
}

int main(int argc, char **argv) {
    struct options line = {"FILE...", "Computes generations of many runs at once.", .specs = specs,
                           .example = "nca-batch -n 1000 --every 1000 -d runs a.zst b.zst"};
    struct batch batch = {.level = LEVEL_DEFAULT, .progress = -1};
    const char *directory = read_options(&line, &batch, argc, argv);
    batch.count = (size_t)(argc - optind);
    batch.history = line.history;
    struct run **run = name_runs(&batch, argv + optind, directory);
    batch.backend = usable(batch.backend);
    int lock = output_directory(directory, true);
    batch.threads = batch.threads ? batch.threads : processors();
    batch.workers = thread_pool_new(batch.threads);
    signals_catch();
    progress_start(batch.progress, 0, batch.more ? batch.generations * batch.count : UINT64_MAX);
    if (batch.backend == CPU)
        compute_all(&batch, run, batch.count);
    else
        for (size_t first = 0; first < batch.count;)
            first += compute_group(&batch, run + first, batch.count - first);
    progress_end();
    thread_pool_free(batch.workers);
    close(lock);
    bool failed = false;
    for (size_t i = 0; i < batch.count; i++) {
        failed |= batch.run[i].failed;
        free(batch.run[i].output);
    }
    free(batch.run);
    free(run);
    int status = program_end(&line, NULL);
    return failed ? EXIT_FAILED : status;
}
