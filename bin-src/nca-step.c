/* SPDX-License-Identifier: MIT */
/* nca-step: computes generations, starting from the last one in its input. */
#include "bin-src/map.h"
#include "bin-src/overrides.h"
#include "bin-src/program.h"
#include "common/err.h"
#include "common/output.h"
#include "common/progress.h"
#include "common/signals.h"
#include "common/thread_pool.h"
#include "format/resume.h"
#include "kernels/model/parameters.h"
#include "kernels/step/step.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UNTIL = 256, RESUME, SYNC_EVERY, LANDSCAPE_KIND, LANDSCAPE_ON };

enum { SYNC_DEFAULT = 10, SYNC_MAX = 86400 }; /* seconds */

static const struct option_spec specs[] = {
    {'n', "generations", "N", "compute N more generations; 0: until interrupted", true},
    {UNTIL, "until", "G", "compute up to generation G", true},
    {RESUME, "resume", "FILE", "continue FILE in place up to generation G (with --until)", true},
    OPTIONS_PART,
    OPTION_IP("from here on: ", ""),
    OPTION_PPP("from here on: ", ""),
    OPTION_BUDGET("from here on: ", ""),
    OPTIONS_CULL,
    OPTION_SCHEDULE,
    {LANDSCAPE_KIND, "landscape", "KIND:ARGUMENTS",
     "season, wave, patches, map or none: see the manual", false},
    {LANDSCAPE_ON, "landscape-on", "NAME",
     "what the landscape varies: budget, alpha, ip or ppp (budget)", false},
    {SYNC_EVERY, "sync", "SECONDS", "make a file durable every SECONDS, and at the end (10)", true},
    OPTION_BACKEND,
    OPTION_THREADS,
    OPTION_LEVEL,
    OPTIONS_PROGRESS,
    OPTIONS_COMMON,
};

/* The command line. */
struct step_options {
    bool more, until;     /* -n, --until: exactly one of them */
    uint64_t generations; /* its argument */
    const char *resume;
    struct part part;
    uint64_t sync;
    unsigned threads;
    enum backend backend;
    int level, progress;
    bool landscape, landscape_on; /* given; the first also with the second */
    struct overrides overrides;   /* of the model in the input */
};

static struct step_options read_options(struct options *line, int argc, char **argv) {
    struct step_options options = {
        .sync = SYNC_DEFAULT, .backend = AUTO, .level = LEVEL_DEFAULT, .progress = -1};
    for (int key; (key = options_next(line, argc, argv)) != -1;)
        switch (key) {
        case 'n':
            options.generations = option_integer("--generations", optarg, 0, LAST_GENERATION);
            options.more = true;
            break;
        case UNTIL:
            options.generations = option_integer("--until", optarg, 0, LAST_GENERATION);
            options.until = true;
            break;
        case RESUME:
            options.resume = optarg;
            break;
        case SYNC_EVERY:
            options.sync = option_integer("--sync", optarg, 0, SYNC_MAX);
            break;
        case KEY_LEVEL:
            options.level = option_level(optarg);
            break;
        case KEY_BACKEND:
            options.backend = option_backend(optarg);
            break;
        case KEY_THREADS:
            options.threads = option_threads(optarg);
            break;
        case KEY_PROGRESS:
        case KEY_NO_PROGRESS:
            options.progress = key == KEY_PROGRESS;
            break;
        default:
            if (part_option(&options.part, key, optarg))
                break;
            options.landscape_on |= key == LANDSCAPE_ON;
            options.landscape |=
                key == LANDSCAPE_ON || (key == LANDSCAPE_KIND && strcmp(optarg, "none"));
            overrides_add(&options.overrides, line->name, optarg);
        }
    if (options.more == options.until)
        die(EXIT_USAGE, "give exactly one of -n N and --until G");
    if (options.resume && (!options.until || line->output))
        die(EXIT_USAGE, "--resume %s: needs --until G, and no -n or -o", options.resume);
    return options;
}

/* The landscape of the model, NULL if it has none. */
static struct landscape *landscape(struct model *model, const struct step_options *options) {
    char why[512];
    if (options->landscape_on && !strcmp(model->landscape, "none"))
        die(EXIT_USAGE, "--landscape-on: there is no landscape");
    struct landscape *land = landscape_open(model, why);
    if (!land && *why)
        die(options->landscape ? EXIT_USAGE : EXIT_FAILED, "--landscape: %s: %s", model->landscape,
            why);
    return land;
}

/* Checks the last part of a file to resume: it must come from start (NULL: any) and, if this
   program began it, have been begun with the same options. Else the program ends. Returns the model
   to continue with. */
static struct model check_resumed(const struct resume *file, const struct step_options *options,
                                  const struct model *start) {
    struct model model = file->header.model;
    overrides_apply(&options->overrides, &model);
    const char *other = NULL;
    if (start) {
        struct model begun = *start;
        if (!begun.landscape_sum) /* its map has not been read */
            begun.landscape_sum = model.landscape_sum;
        other = model_differs(&begun, &model);
    }
    if (other)
        die(EXIT_FAILED, "%s: %s differs from that of the input stream", file->path, other);
    if (file->header.every) {
        other = model_differs(&model, &file->header.model);
        if (options->part.every && options->part.every != file->header.every)
            other = "every";
        if (options->part.keyframe && options->part.keyframe != file->header.keyframe)
            other = "keyframe";
        if (options->part.sections && options->part.sections != file->header.sections)
            other = "sections";
        if (other)
            die(EXIT_USAGE, "--%s: differs from that of %s, which nca-info prints", other,
                file->path);
    }
    return model;
}

/* Replaces header and world by those of the file to resume. */
static void resume_state(struct resume *file, const struct model *model, struct header *header,
                         struct world *world) {
    world_free(world);
    header_free(header);
    *header = file->header;
    *world = file->world;
    world->model = *model;
}

/* What a run starts from. */
struct start {
    struct header header;
    struct world world;
    struct resume file; /* with --resume */
    bool resumed;       /* the file has generations to continue from */
    bool same_part;     /* and its last part goes on: no new one begins */
    const char *name;   /* of the file or input that the world is from, for messages */
};

/* Reads the input and the file to resume; ends the program if neither has a generation. */
static void load_start(struct start *start, const struct step_options *options, char **files) {
    bool input = !options->resume || *files;
    start->name = "the input";
    if (options->resume)
        start->resumed = resume_open(&start->file, options->resume, options->generations);
    if (!input && !start->resumed)
        die(EXIT_FAILED,
            "%s: has no generation yet: name a stream to start from, - is standard input",
            options->resume);
    if (input) {
        if (!program_last(files, &start->world, &start->header))
            exit(EXIT_FAILED);
        overrides_apply(&options->overrides, &start->world.model);
    }
    if (start->file.begun) {
        struct model begun = start->world.model;
        struct model model = check_resumed(&start->file, options, input ? &begun : NULL);
        if (start->resumed)
            resume_state(&start->file, &model, &start->header, &start->world);
        else
            header_free(&start->file.header);
    }
    if (start->resumed) {
        start->same_part = start->header.every;
        start->name = start->file.path;
    }
    if (options->landscape && !start->same_part) /* another map is allowed */
        start->world.model.landscape_sum = 0;
}

/* The generation to compute up to; UINT64_MAX: until interrupted. */
static uint64_t find_end(const struct start *start, const struct step_options *options) {
    uint64_t at = start->resumed ? start->file.last : start->world.generation;
    if (at > LAST_GENERATION)
        die(EXIT_FAILED, "the input is at generation %" PRIu64 ", beyond the last, %" PRIu32, at,
            LAST_GENERATION);
    if (options->more && !options->generations)
        return UINT64_MAX;
    uint64_t end = options->generations + (options->more ? at : 0);
    if (end > LAST_GENERATION)
        die(EXIT_USAGE, "generation %" PRIu64 ": not from 0 to %" PRIu32, end, LAST_GENERATION);
    if (end < at)
        die(EXIT_FAILED, "--until %" PRIu64 ": %s is at generation %" PRIu64 " already", end,
            start->name, at);
    return end;
}

/* The writer that continues the last part of the file to resume, or that begins a new part with its
   first generation. Ends the program if that fails. */
static struct writer *start_writer(const struct start *start, int level) {
    const struct place *place = &start->file.place;
    const struct header *header = &start->header;
    struct writer *writer = NULL;
    if (start->resumed) {
        writer = writer_resume(STDOUT_FILENO, header, level, &start->world, place->generations,
                               place->records);
        if (!start->same_part && !writer_close(writer))
            output_failed();
    }
    if (!start->same_part)
        writer = writer_open(STDOUT_FILENO, header, level);
    bool first = !start->same_part || !place->generations;
    if (!writer || (first && !writer_generation(writer, &start->world)))
        output_failed();
    return writer;
}

/* Computes up to generation end, or until a signal is caught, and writes. */
static void run(struct stepper *stepper, struct writer *writer, struct world *world, uint64_t end,
                uint64_t sync) {
    uint64_t stop = end < LAST_GENERATION ? end : LAST_GENERATION;
    bool last = world->generation == stop || signals_caught();
    while (!last) {
        step(stepper, world);
        last = world->generation == stop || signals_caught();
        stepper_fetch(stepper, world, writer_needs(writer, world->generation, last));
        if (!writer_next(writer, world, last))
            output_failed();
        if (output_sync_due(sync)) {
            if (!writer_wait(writer))
                output_failed();
            output_sync();
        }
        if (progress_due()) {
            stepper_fetch(stepper, world, STATE);
            progress_show(world->generation, world_living(world), "alive");
        }
    }
}

int main(int argc, char **argv) {
    struct options line = {"[FILE]...",
                           "Computes generations from the last one of the stream on; writes that "
                           "one and the new ones.",
                           .specs = specs, .example = "nca-seed | nca-step -n 200 -o run.zst"};
    struct step_options options = read_options(&line, argc, argv);
    if (!options.resume && !line.output)
        output_open(NULL, true);

    struct start start = {0};
    struct world *world = &start.world;
    load_start(&start, &options, argv + optind);
    uint64_t end = find_end(&start, &options);
    if (*start.file.error)
        complain("%s: continuing from generation %" PRIu64, start.file.error, world->generation);
    if (start.resumed && start.file.there)
        exit(EXIT_SUCCESS);
    program_warn_budget(world);

    struct landscape *land = landscape(&world->model, &options);
    if (!start.same_part)
        part_begin(&start.header, &world->model, &options.part, line.history);
    struct thread_pool *workers = thread_pool_new(step_threads(world, options.threads));
    struct stepper *stepper = stepper_new(world, land, options.backend, workers);
    if (options.resume)
        resume_cut(&start.file);
    else if (line.output) /* only now, so that bad input or -o INPUT cost no file */
        output_open(line.output, true);
    signals_catch();
    struct writer *writer = start_writer(&start, options.level);
    writer_thread_pool(writer, workers);
    progress_start(options.progress, world->generation, end);
    run(stepper, writer, world, end, options.sync);
    progress_end();
    if (!writer_close(writer))
        output_failed();
    output_sync();
    stepper_free(stepper);
    thread_pool_free(workers);
    world_free(world);
    header_free(&start.header);
    free(options.overrides.list);
    return program_end(&line, NULL);
}
