/* nca-step: runs the cellular automaton on from the last generation it reads. */
#include "common/crew.h"
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/progress.h"
#include "common/signals.h"
#include "format/resume.h"
#include "format/stream.h"
#include "kernels/step.h"

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
enum { SYNC_DEFAULT = 10, SYNC_MOST = 86400 }; /* seconds */

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

static uint64_t alive(const struct world *world) {
    uint64_t count = 0;
    for (size_t i = 0; i < world->cells; i++)
        count += world->state[i] != 0.0f;
    return count;
}

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

/* The landscape of the model, NULL if it has none; given: on the command line. */
static struct landscape *landscape(struct model *model, bool given) {
    char why[512];
    if (!strcmp(model->landscape, "none")) {
        if (given && model->landscape_on != ON_BUDGET)
            die(EXIT_USAGE, "--landscape-on: there is no landscape");
        return NULL;
    }
    struct landscape *land = landscape_new(model, why);
    if (!land)
        die(given ? EXIT_USAGE : EXIT_FAILED, "--landscape: %s: %s", model->landscape, why);
    return land;
}

/* What the command line asks for; 0 where it does not. */
struct wish {
    uint64_t every, keyframe;
    unsigned sections;
    /* the model comes with the input, so what overrides it has to wait: key and text, in turn */
    const char **override;
    int overrides;
};

static void override_model(struct model *model, const struct wish *wish) {
    for (int i = 0; i < wish->overrides; i++)
        model_option(model, wish->override[2 * i], wish->override[2 * i + 1]);
}

/* Makes header and world those of a file that is resumed. A part that was begun by this program
   goes on as it was; start, if there is one, must be what it came from. */
static void take_over(struct resume *file, const struct wish *wish, const struct model *start,
                      struct header *header, struct world *world) {
    struct model model = file->header.model;
    override_model(&model, wish);
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
    world_free(world);
    header_free(header);
    *header = file->header;
    *world = file->world;
    world->model = model;
}

/* The writer of a part that goes on where a file was cut; or of a new one, then with its first
   generation. Ends the program if that fails. */
static struct writer *start_writer(const struct header *header, const struct world *world,
                                   int level, const struct place *place, bool inside) {
    struct writer *writer = NULL;
    if (place) {
        writer =
            writer_resume(STDOUT_FILENO, header, level, world, place->generations, place->records);
        if (!inside && !writer_close(writer))
            output_failed();
    }
    if (!inside)
        writer = writer_open(STDOUT_FILENO, header, level);
    bool first = !inside || !place->generations;
    if (!writer || (first && !writer_generation(writer, world)))
        output_failed();
    return writer;
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Computes generations on from the last one in the stream, and writes "
                              "that one and the new ones.",
                              specs, NULL, NULL};
    struct header header = {0};
    struct world world = {0};
    struct resume file;
    const char *more = NULL, *until = NULL, *resume = NULL;
    uint64_t end, sync = SYNC_DEFAULT;
    unsigned threads = 0;
    enum backend backend = AUTO;
    int level = LEVEL_DEFAULT, progress = -1;
    struct wish wish = {0};
    wish.override = allocate((size_t)argc, 2 * sizeof *wish.override, "arguments");
    struct model check = model_default;
    bool landscape_given = false;

    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        switch (key) {
        case 'n':
            option_integer("--generations", more = optarg, 0, LAST_GENERATION);
            break;
        case UNTIL:
            option_integer("--until", until = optarg, 0, LAST_GENERATION);
            break;
        case RESUME:
            resume = optarg;
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
            sync = option_integer("--sync", optarg, 0, SYNC_MOST);
            break;
        case LEVEL:
            level = option_signed("--level", optarg, LEVEL_LEAST, LEVEL_MOST);
            break;
        case BACKEND:
            backend = (enum backend)option_choice("--backend", optarg, backend_names, BACKENDS);
            break;
        case THREADS:
            threads = (unsigned)option_integer("--threads", optarg, 1, MOST_THREADS);
            break;
        case PROGRESS:
        case NO_PROGRESS:
            progress = key == PROGRESS;
            break;
        default:
            landscape_given |= key == LANDSCAPE_ON || (key == LANDSCAPE && strcmp(optarg, "none"));
            for (const struct option_spec *spec = specs; spec->name; spec++)
                if (spec->key == key) {
                    model_option(&check, spec->name, optarg);
                    wish.override[2 * wish.overrides] = spec->name;
                    wish.override[2 * wish.overrides++ + 1] = optarg;
                }
        }
    if (!more == !until)
        die(EXIT_USAGE, "how far? Give one of -n N and --until G");
    if (resume && (more || options.output))
        die(EXIT_USAGE, "--resume %s: goes with --until G, not with -n or -o", resume);
    if (!resume && !options.output)
        output_open(NULL, true);

    bool started = !resume || optind < argc;
    bool goes_on = resume && resume_open(&file, resume, strtoull(until, NULL, 10));
    if (!started && !goes_on)
        die(EXIT_FAILED,
            "%s: has no generation yet: name a stream to start from, - is standard "
            "input",
            resume);
    if (started) {
        world = read_last(argv + optind, &header);
        override_model(&world.model, &wish);
    }
    if (goes_on) {
        struct model start = world.model;
        take_over(&file, &wish, started ? &start : NULL, &header, &world);
    }
    bool inside = goes_on && header.every;
    if (landscape_given && !inside) /* so the map may be another */
        world.model.landscape_sum = 0;
    uint64_t at = goes_on ? file.last : world.generation;
    if (at > LAST_GENERATION)
        die(EXIT_FAILED, "the input is at generation %" PRIu64 ", beyond the last, %" PRIu32, at,
            LAST_GENERATION);
    if (until)
        end = strtoull(until, NULL, 10);
    else if ((end = strtoull(more, NULL, 10)))
        end += at;
    else
        end = UINT64_MAX;
    if (end != UINT64_MAX && end > LAST_GENERATION)
        die(EXIT_USAGE, "generation %" PRIu64 ": not from 0 to %" PRIu32, end, LAST_GENERATION);
    if (end < at)
        die(EXIT_FAILED, "--until %s: %s is at generation %" PRIu64 " already", until,
            goes_on ? resume : "the input", at);
    if (resume && *file.error)
        complain("%s: going on from generation %" PRIu64, file.error, world.generation);
    if (goes_on && file.there)
        return EXIT_SUCCESS;

    struct landscape *land = landscape(&world.model, landscape_given);
    if (!inside) { /* a part of our own */
        header.model = world.model;
        header.sections = wish.sections ? wish.sections : ALL_SECTIONS;
        header.every = wish.every ? wish.every : 1;
        header.keyframe = wish.keyframe ? wish.keyframe : KEYFRAME_DEFAULT;
        header_add_history(&header, options.history);
    }
    struct stepper *stepper = stepper_new(&world, land, backend, threads);
    if (resume)
        resume_cut(&file);
    else if (options.output) /* not before all is read: bad input costs no file, nor -o the input */
        output_open(options.output, true);
    signals_catch();
    struct writer *writer =
        start_writer(&header, &world, level, goes_on ? &file.place : NULL, inside);
    threads = step_threads(&world, threads);
    if (threads > 1)
        writer_threads(writer, threads - 1);
    progress_start(progress, world.generation, end);
    uint64_t stop = end < LAST_GENERATION ? end : LAST_GENERATION;
    bool last = world.generation == stop || signals_caught();
    while (!last) {
        step(stepper, &world);
        last = world.generation == stop || signals_caught();
        if (!last && world.generation % header.every) {
            stepper_fetch(stepper, &world, writer_wants_births(writer) ? BIRTHS : 0);
            writer_skip(writer, &world);
        } else {
            stepper_fetch(stepper, &world, header.sections);
            if (!writer_generation(writer, &world))
                output_failed();
        }
        if (output_sync_due(sync)) {
            if (!writer_wait(writer))
                output_failed();
            output_sync();
        }
        if (progress_due()) {
            stepper_fetch(stepper, &world, STATE);
            progress_show(world.generation, alive(&world));
        }
    }
    progress_end();
    if (!writer_close(writer))
        output_failed();
    output_sync();
    output_close();
    stepper_free(stepper);
    world_free(&world);
    header_free(&header);
    free(wish.override);
    free(options.history);
    return signals_status();
}
