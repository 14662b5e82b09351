/* SPDX-License-Identifier: MIT */
/* nca-cnwa: genomes clustered into species by k-means over their weights (CNWA). */
#include "bin-src/measure.h"
#include "common/err.h"
#include "common/signals.h"
#include "bin-src/scatter.h"
#include "kernels/measures/cnwa.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { SCATTER = 256, STACK };

static const struct option_spec specs[] = {
    OPTION_SPECIES,
    OPTION_CARRIERS,
    OPTION_TRACK,
    {STACK, "stack", NULL, "draw proportions over time, stacked", true},
    {SCATTER, "scatter", "G", "print generation G, or last, on its two principal components", true},
    OPTION_THREADS,
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

/* Prints the generation "at", a number or "last". The first generation with anything to cluster
   gives the centroids, or every one does. */
static int scatter(const char *at, const struct choices *choices, struct table *table,
                   struct options *options, char **files) {
    struct reader *in = program_input(files, GENOMES);
    const struct world *world = &in->world;
    table->name = cnwa.name;
    struct cnwa *clusters = cnwa_new(world, choices->species);
    clusters->carriers = choices->carriers;
    clusters->track = choices->track;
    bool last = !strcmp(at, "last"), found = false, every = choices->track || choices->carriers;
    uint64_t wanted = last ? UINT64_MAX : strtoull(at, NULL, 10);
    int got = 0;
    program_output(options, false);
    while (!found && (got = program_next(in)) > 0) {
        found = world->generation == wanted;
        if (found || every || in->generations == 1)
            cnwa_take(clusters, world);
    }
    if (last && got == READ_END && !signals_caught() && in->generations) {
        if (in->generations > 1 && !every)
            cnwa_take(clusters, world);
        found = true;
    }
    if (found)
        scatter_print(clusters, table);
    cnwa_free(clusters);
    int status = program_end(options, in);
    if (!status && !found && !signals_caught())
        die(EXIT_FAILED, "--scatter %s: the stream has no such generation", at);
    return status;
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...", cnwa.purpose, .specs = specs};
    struct choices choices = CHOICES_DEFAULT;
    struct table table = {0};
    const char *at = NULL;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == STACK)
            choices.stack = true;
        else if (key == KEY_THREADS)
            choices.threads = option_threads(optarg);
        else if (key != SCATTER) {
            if (!table_option(&table, key, optarg))
                choices_option(&choices, key, optarg);
        } else if (strcmp(at = optarg, "last"))
            option_integer("--scatter", at, 0, UINT32_MAX);
    if (at && table.live)
        die(EXIT_USAGE, "--live: not with --scatter, which prints one generation");
    return at ? scatter(at, &choices, &table, &options, argv + optind)
              : measure_files(&cnwa, &choices, &table, &options, argv + optind);
}
