/* nca-step: runs the cellular automaton on from the last generation it reads. */
#include "common/crew.h"
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/progress.h"
#include "common/signals.h"
#include "format/stream.h"
#include "kernels/step.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    UNTIL = 256,
    EVERY,
    SECTIONS,
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
    LANDSCAPE_ON
};
enum { PROGRESS = 512, NO_PROGRESS };

/* The last generation there can be: generations are one word of the random counter. */
#define LAST_GENERATION UINT32_MAX

static const struct option_spec specs[] = {
    {'n', "generations", "N", "compute N more generations; 0: until interrupted", false},
    {UNTIL, "until", "G", "compute up to generation G", false},
    {EVERY, "every", "K", "write each K-th generation, and the last (1)", false},
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

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Computes generations on from the last one in the stream, and writes "
                              "that one and the new ones.",
                              specs, NULL, NULL};
    struct header header;
    const char *more = NULL, *until = NULL;
    uint64_t every = 1, end;
    unsigned sections = ALL_SECTIONS, threads = 0;
    int level = LEVEL_DEFAULT, progress = -1, overrides = 0;
    /* the model comes with the input, so what overrides it has to wait: key and text, in turn */
    const char **override = allocate((size_t)argc, 2 * sizeof *override, "arguments");
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
        case EVERY:
            every = option_integer("--every", optarg, 1, LAST_GENERATION);
            break;
        case SECTIONS:
            if (!(sections = sections_parse(optarg)))
                die(EXIT_USAGE, "--sections: %s: not a list of state, ages, genomes", optarg);
            break;
        case LEVEL:
            level = option_signed("--level", optarg, LEVEL_LEAST, LEVEL_MOST);
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
                    override[2 * overrides] = spec->name;
                    override[2 * overrides++ + 1] = optarg;
                }
        }
    if (!more == !until)
        die(EXIT_USAGE, "how far? Give one of -n N and --until G");
    if (!options.output)
        output_open(NULL, true);

    struct world world = read_last(argv + optind, &header);
    if (world.generation > LAST_GENERATION)
        die(EXIT_FAILED, "the input is at generation %" PRIu64 ", beyond the last, %" PRIu32,
            world.generation, LAST_GENERATION);
    for (int i = 0; i < overrides; i++)
        model_option(&world.model, override[2 * i], override[2 * i + 1]);
    if (landscape_given) /* so the map may be another */
        world.model.landscape_sum = 0;
    if (until)
        end = strtoull(until, NULL, 10);
    else if ((end = strtoull(more, NULL, 10)))
        end += world.generation;
    else
        end = UINT64_MAX;
    if (end != UINT64_MAX && end > LAST_GENERATION)
        die(EXIT_USAGE, "generation %" PRIu64 ": not from 0 to %" PRIu32, end, LAST_GENERATION);
    if (end < world.generation)
        die(EXIT_FAILED, "--until %s: the input is at generation %" PRIu64 " already", until,
            world.generation);
    struct landscape *land = landscape(&world.model, landscape_given);
    header.model = world.model;
    header.sections = sections;
    header_add_history(&header, options.history);

    if (options.output) /* not before all is read: bad input costs no file, nor -o the input */
        output_open(options.output, true);
    signals_catch();
    struct writer *writer = writer_open(STDOUT_FILENO, &header, level);
    if (!writer || !writer_generation(writer, &world))
        output_failed();
    struct stepper *stepper = stepper_new(&world, land, threads);
    progress_start(progress, world.generation, end);
    bool last = world.generation == end || world.generation == LAST_GENERATION;
    while (!last) {
        step(stepper, &world);
        last = world.generation == end || world.generation == LAST_GENERATION || signals_caught();
        if (!last && world.generation % every)
            writer_skip(writer, &world);
        else if (!writer_generation(writer, &world))
            output_failed();
        if (progress_due())
            progress_show(world.generation, alive(&world));
    }
    progress_end();
    if (!writer_close(writer))
        output_failed();
    output_close();
    stepper_free(stepper);
    world_free(&world);
    header_free(&header);
    free(override);
    free(options.history);
    return signals_status();
}
