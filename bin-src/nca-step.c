/* nca-step: runs the cellular automaton on from the last generation it reads. */
#include "common/thread_pool.h"
#include "bin-src/overrides.h"
#include "common/err.h"
#include "common/inputs.h"
#include "common/options.h"
#include "common/output.h"
#include "common/progress.h"
#include "common/signals.h"
#include "format/resume.h"
#include "format/stream.h"
#include "kernels/model/parameters.h"
#include "kernels/step/step.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    UNTIL = 256,
    RESUME,
    EVERY,
    KEYFRAME,
    SECTIONS,
    DURABLE,
    LEVEL,
    THREADS,
    IP,
    PPP,
    BUDGET,
    CULL,
    CULL_FROM,
    CULL_UNTIL,
    SCHEDULE,
    LANDSCAPE,
    LANDSCAPE_ON,
    BACKEND
};
enum { PROGRESS = 512, NO_PROGRESS };

/* Chosen by measurement, tests/bench/README.md: the pools take less than 2 % of a stream. */
enum { KEYFRAME_DEFAULT = 500 };
enum { SYNC_DEFAULT = 10, SYNC_MAX = 86400 }; /* seconds */

/* The last generation there can be: generations are one word of the random counter. */
#define LAST_GENERATION UINT32_MAX

static const struct option_spec specs[] = {
    {'n', "generations", "N", "compute N more generations; 0: until interrupted", true},
    {UNTIL, "until", "G", "compute up to generation G", true},
    {RESUME, "resume", "FILE", "with --until: bring this file there, whatever it has by now", true},
    {EVERY, "every", "K", "write each K-th generation, and the last (1)", false},
    {KEYFRAME, "keyframe", "K", "write all genomes at least every K generations (500)", false},
    {SECTIONS, "sections", "LIST", "write only these of state,ages,genomes", false},
    {IP, "ip", "F", "from here on: inheritance probability", false},
    {PPP, "ppp", "F", "from here on: parameter perturbation probability", false},
    {BUDGET, "budget", "N|inf", "from here on: generations a cell may live", false},
    {CULL, "cull", "F", "probability that a cell dies by catastrophic deletion,", false},
    {CULL_FROM, "cull-from", "G", "from generation G on (0),", false},
    {CULL_UNTIL, "cull-until", "G", "until before generation G (never)", false},
    {SCHEDULE, "schedule", "NAME", "whose genome a parent hands over: raster or sync", false},
    {LANDSCAPE, "landscape", "KIND:ARGUMENTS", "season, wave, patches, map or none: see the manual",
     false},
    {LANDSCAPE_ON, "landscape-on", "NAME", "what it varies: budget, alpha, ip or ppp (budget)",
     false},
    {DURABLE, "sync", "SECONDS", "make a file durable so often, and at its end (10)", true},
    {BACKEND, "backend", "NAME", "where to compute: auto, cpu or cuda (auto)", true},
    {THREADS, "threads", "N", "most threads to use (as many as processors)", true},
    {LEVEL, "level", "N", "zstd compression level, -7..19 (1)", true},
    {PROGRESS, "progress", NULL, "show progress even if standard error is no terminal", true},
    {NO_PROGRESS, "no-progress", NULL, "show none", true},
    OPTIONS_COMMON,
};

/* Reads to the end of the input and takes over its last world; ends the program if that fails. */
static struct world read_last(char **files, struct header *header) {
    struct reader *in = reader_open(files, GENOMES | AGES | STATE);
    while (reader_next(in) > 0)
        ;
    if (*in->error)
        exit(reader_close(in));
    if (!in->generations)
        die(EXIT_FAILED, "the input has no generation to go on from");
    struct world world = in->world;
    *header = in->header;
    memset(&in->world, 0, sizeof in->world);
    memset(&in->header, 0, sizeof in->header);
    reader_close(in);
    return world;
}

/* What the command line asks for. Of every, keyframe and sections, 0 where it does not. */
struct wish {
    bool more, until;     /* -n, --until: one of them, and */
    uint64_t generations; /* its argument */
    const char *resume;
    uint64_t every, keyframe, sync;
    unsigned sections, threads;
    enum backend backend;
    int level, progress;
    bool landscape, landscape_on; /* given; the first also with the second */
    struct overrides overrides;   /* of the model that comes with the input */
};

static struct wish read_options(struct options *options, int argc, char **argv) {
    struct wish wish = {
        .sync = SYNC_DEFAULT, .backend = AUTO, .level = LEVEL_DEFAULT, .progress = -1};
    for (int key; (key = options_next(options, argc, argv)) != -1;)
        switch (key) {
        case 'n':
            wish.generations = option_integer("--generations", optarg, 0, LAST_GENERATION);
            wish.more = true;
            break;
        case UNTIL:
            wish.generations = option_integer("--until", optarg, 0, LAST_GENERATION);
            wish.until = true;
            break;
        case RESUME:
            wish.resume = optarg;
            break;
        case EVERY:
            wish.every = option_integer("--every", optarg, 1, LAST_GENERATION);
            break;
        case KEYFRAME:
            wish.keyframe = option_integer("--keyframe", optarg, 1, LAST_GENERATION);
            break;
        case SECTIONS:
            if (!(wish.sections = sections_parse(optarg)))
                die(EXIT_USAGE, "--sections: %s: not a list of state, ages, genomes", optarg);
            break;
        case DURABLE:
            wish.sync = option_integer("--sync", optarg, 0, SYNC_MAX);
            break;
        case LEVEL:
            wish.level = option_signed("--level", optarg, LEVEL_MIN, LEVEL_MAX);
            break;
        case BACKEND:
            wish.backend =
                (enum backend)option_choice("--backend", optarg, backend_names, BACKENDS);
            break;
        case THREADS:
            wish.threads = (unsigned)option_integer("--threads", optarg, 1, MAX_THREADS);
            break;
        case PROGRESS:
        case NO_PROGRESS:
            wish.progress = key == PROGRESS;
            break;
        default:
            wish.landscape_on |= key == LANDSCAPE_ON;
            wish.landscape |= key == LANDSCAPE_ON || (key == LANDSCAPE && strcmp(optarg, "none"));
            overrides_add(&wish.overrides, options->name, optarg);
        }
    if (wish.more == wish.until)
        die(EXIT_USAGE, "how far? Give one of -n N and --until G");
    if (wish.resume && (!wish.until || options->output))
        die(EXIT_USAGE, "--resume %s: goes with --until G, not with -n or -o", wish.resume);
    return wish;
}

/* The landscape of the model, NULL if it has none. */
static struct landscape *landscape(struct model *model, const struct wish *wish) {
    static const char map[] = "map:";
    char why[512];
    if (!strcmp(model->landscape, "none")) {
        if (wish->landscape_on)
            die(EXIT_USAGE, "--landscape-on: there is no landscape");
        return NULL;
    }
    if (!strncmp(model->landscape, map, strlen(map)))
        inputs_add(AT_FDCWD, model->landscape + strlen(map));
    struct landscape *land = landscape_new(model, why);
    if (!land)
        die(wish->landscape ? EXIT_USAGE : EXIT_FAILED, "--landscape: %s: %s", model->landscape,
            why);
    return land;
}

/* Ends the program unless the last part of a file that is resumed came from start, if there is one;
   and was begun as the command line says, if this program did. Returns the model to go on with. */
static struct model compare(const struct resume *file, const struct wish *wish,
                            const struct model *start) {
    struct model model = file->header.model;
    overrides_apply(&wish->overrides, &model);
    const char *other = NULL;
    if (start) {
        struct model begun = *start;
        if (!begun.landscape_sum) /* its map has not been read */
            begun.landscape_sum = model.landscape_sum;
        other = model_differs(&begun, &model);
    }
    if (other)
        die(EXIT_FAILED, "%s: has another %s than the stream to start from", file->path, other);
    if (file->header.every) {
        other = model_differs(&model, &file->header.model);
        if (wish->every && wish->every != file->header.every)
            other = "every";
        if (wish->keyframe && wish->keyframe != file->header.keyframe)
            other = "keyframe";
        if (wish->sections && wish->sections != file->header.sections)
            other = "sections";
        if (other)
            die(EXIT_USAGE, "--%s: %s was begun with another, see nca-info", other, file->path);
    }
    return model;
}

/* Makes header and world those of a file that is resumed. */
static void take_over(struct resume *file, const struct model *model, struct header *header,
                      struct world *world) {
    world_free(world);
    header_free(header);
    *header = file->header;
    *world = file->world;
    world->model = *model;
}

/* Where a run begins, and with what. */
struct start {
    struct header header;
    struct world world;
    struct resume file;   /* with --resume */
    bool goes_on, inside; /* after what the file has; and in the file's last part */
    const char *name;     /* where that was read, for messages */
};

/* Reads the input and the file that is resumed; ends the program if there is nothing to go on
   from. */
static void find_start(struct start *start, const struct wish *wish, char **files) {
    bool input = !wish->resume || *files;
    start->name = "the input";
    if (wish->resume)
        start->goes_on = resume_open(&start->file, wish->resume, wish->generations);
    if (!input && !start->goes_on)
        die(EXIT_FAILED,
            "%s: has no generation yet: name a stream to start from, - is standard input",
            wish->resume);
    if (input) {
        start->world = read_last(files, &start->header);
        overrides_apply(&wish->overrides, &start->world.model);
    }
    if (start->file.begun) {
        struct model begun = start->world.model;
        struct model model = compare(&start->file, wish, input ? &begun : NULL);
        if (start->goes_on)
            take_over(&start->file, &model, &start->header, &start->world);
        else
            header_free(&start->file.header);
    }
    if (start->goes_on) {
        start->inside = start->header.every;
        start->name = start->file.path;
    }
    if (wish->landscape && !start->inside) /* so the map may be another */
        start->world.model.landscape_sum = 0;
}

/* The generation to compute up to; UINT64_MAX: until interrupted. */
static uint64_t find_end(const struct start *start, const struct wish *wish) {
    uint64_t at = start->goes_on ? start->file.last : start->world.generation;
    if (at > LAST_GENERATION)
        die(EXIT_FAILED, "the input is at generation %" PRIu64 ", beyond the last, %" PRIu32, at,
            LAST_GENERATION);
    if (wish->more && !wish->generations)
        return UINT64_MAX;
    uint64_t end = wish->generations + (wish->more ? at : 0);
    if (end > LAST_GENERATION)
        die(EXIT_USAGE, "generation %" PRIu64 ": not from 0 to %" PRIu32, end, LAST_GENERATION);
    if (end < at)
        die(EXIT_FAILED, "--until %" PRIu64 ": %s is at generation %" PRIu64 " already", end,
            start->name, at);
    return end;
}

/* The writer of the part that goes on where the file was cut, or of a new one, then with its first
   generation. Ends the program if that fails. */
static struct writer *start_writer(const struct start *start, int level) {
    const struct place *place = &start->file.place;
    const struct header *header = &start->header;
    struct writer *writer = NULL;
    if (start->goes_on) {
        writer = writer_resume(STDOUT_FILENO, header, level, &start->world, place->generations,
                               place->records);
        if (!start->inside && !writer_close(writer))
            output_failed();
    }
    if (!start->inside)
        writer = writer_open(STDOUT_FILENO, header, level);
    bool first = !start->inside || !place->generations;
    if (!writer || (first && !writer_generation(writer, &start->world)))
        output_failed();
    return writer;
}

/* Computes up to generation end, or until a signal is caught, and writes. */
static void run(struct stepper *stepper, struct writer *writer, struct world *world,
                const struct header *header, uint64_t end, uint64_t sync) {
    uint64_t stop = end < LAST_GENERATION ? end : LAST_GENERATION;
    bool last = world->generation == stop || signals_caught();
    while (!last) {
        step(stepper, world);
        last = world->generation == stop || signals_caught();
        if (!last && world->generation % header->every) {
            stepper_fetch(stepper, world, writer_wants_births(writer) ? BIRTHS : 0);
            writer_skip(writer, world);
        } else {
            stepper_fetch(stepper, world, header->sections);
            if (!writer_generation(writer, world))
                output_failed();
        }
        if (output_sync_due(sync)) {
            if (!writer_wait(writer))
                output_failed();
            output_sync();
        }
        if (progress_due()) {
            stepper_fetch(stepper, world, STATE);
            progress_show(world->generation, world_living(world));
        }
    }
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Computes generations on from the last one in the stream, and writes "
                              "that one and the new ones.",
                              .specs = specs};
    struct wish wish = read_options(&options, argc, argv);
    if (!wish.resume && !options.output)
        output_open(NULL, true);

    struct start start = {0};
    struct world *world = &start.world;
    struct header *header = &start.header;
    find_start(&start, &wish, argv + optind);
    uint64_t end = find_end(&start, &wish);
    if (*start.file.error)
        complain("%s: going on from generation %" PRIu64, start.file.error, world->generation);
    if (start.goes_on && start.file.there)
        exit(EXIT_SUCCESS);

    struct landscape *land = landscape(&world->model, &wish);
    if (!start.inside) { /* a part of our own */
        header->model = world->model;
        header->sections = wish.sections ? wish.sections : ALL_SECTIONS;
        header->every = wish.every ? wish.every : 1;
        header->keyframe = wish.keyframe ? wish.keyframe : KEYFRAME_DEFAULT;
        header_add_history(header, options.history);
    }
    struct thread_pool *workers = thread_pool_new(step_threads(world, wish.threads));
    struct stepper *stepper = stepper_new(world, land, wish.backend, workers);
    if (wish.resume)
        resume_cut(&start.file);
    else if (options.output) /* not before all is read: bad input costs no file, nor -o the input */
        output_open(options.output, true);
    signals_catch();
    struct writer *writer = start_writer(&start, wish.level);
    writer_thread_pool(writer, workers);
    progress_start(wish.progress, world->generation, end);
    run(stepper, writer, world, header, end, wish.sync);
    progress_end();
    if (!writer_close(writer))
        output_failed();
    output_sync();
    output_close();
    stepper_free(stepper);
    thread_pool_free(workers);
    world_free(world);
    header_free(header);
    free(wish.overrides.list);
    free(options.history);
    return signals_status();
}
