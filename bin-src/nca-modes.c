/* SPDX-License-Identifier: MIT */
/* nca-modes: change, novelty, complexity and ecology of what persists. */
#include "bin-src/map.h"
#include "bin-src/program.h"
#include "common/err.h"
#include "common/table.h"
#include "kernels/measures/modes.h"

#include <getopt.h>
#include <inttypes.h>
#include <string.h>

enum { INTERVAL = 256, COMPONENT, NO_COMPLEXITY };

static const struct option_spec specs[] = {
    {INTERVAL, "interval", "T", "generations between rows, after which genotypes persist (100)",
     true},
    {COMPONENT, "component", "NAME", "what counts as one: genotype, ghc or functional (genotype)",
     true},
    {NO_COMPLEXITY, "no-complexity", NULL, "omit the column complexity, which takes longest", true},
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

static const char *const components[MODES_COMPONENTS] = {"genotype", "ghc", "functional"};

/* Numbers of components are from 0 to thousands: a scale on which 0 and 1 are as far apart as 1 and
   3. The others are linear. */
#define PANEL(column, title)                                                                       \
    "set title '" title "'\n"                                                                      \
    "plot $modes using 1:" #column " with linespoints linewidth 1.5 linetype 1 pointsize 0.4\n"
#define COUNTS                                                                                     \
    "set nonlinear y via log10(1+y) inverse 10**y-1\nset yrange [0:1<*]\n"                         \
    "set ytics (0, 1, 10, 100, 1000, 10000, 100000, 1000000)\n"
#define LINEAR "unset nonlinear y\nset yrange [0:1<*]\nset ytics auto\n"
#define FIRST_PANELS                                                                               \
    "set multiplot layout 2,2 margins 0.09,0.96,0.09,0.94 spacing 0.1,0.14\n"                      \
    "unset xlabel\nunset ylabel\nset key off\n" COUNTS PANEL(3,                                    \
                                                             "Change: new since the row before")   \
        PANEL(4, "Novelty: new since the beginning") "set xlabel 'generation'\n"
#define LAST_PANEL LINEAR PANEL(5, "Ecology: entropy of components in bits") "unset multiplot\n"

static const char plot[] =
    FIRST_PANELS LINEAR PANEL(6, "Complexity: most informative sites") LAST_PANEL;
static const char plot_without[] = FIRST_PANELS PANEL(2, "Components that persist") LAST_PANEL;

/* The landscape varies the threshold of alpha: opens that of this part. */
static void open_landscape(struct modes *modes, struct model *model) {
    char why[512] = "";
    landscape_free(modes->land);
    modes->land = model->landscape_on == ON_ALPHA ? landscape_open(model, why) : NULL;
    if (*why)
        die(EXIT_FAILED, "landscape: %.400s", why);
}

static void print_row(struct table *table, const struct modes_row *r) {
    double row[] = {(double)r->persistent, (double)r->change, (double)r->novelty, r->ecology,
                    (double)r->complexity};
    table_row(table, r->generation, row);
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Change, novelty, complexity and ecology of what persists (MODES).",
                              .specs = specs};
    static const char *const columns[] = {"persistent", "change", "novelty", "ecology",
                                          "complexity"};
    struct table table = {.name = "modes",
                          .title = "MODES",
                          .ylabel = "",
                          .columns = columns,
                          .count = 5,
                          .plot = plot,
                          .height = 7};
    struct modes modes = {.interval = 100, .complexity = true};
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == INTERVAL)
            modes.interval = option_integer("--interval", optarg, 1, UINT32_MAX);
        else if (key == COMPONENT)
            modes.component = (enum modes_component)option_choice("--component", optarg, components,
                                                                  MODES_COMPONENTS);
        else if (key == NO_COMPLEXITY)
            modes.complexity = false;
        else
            table_option(&table, key, optarg);
    if (!modes.complexity) {
        table.count = 4;
        table.plot = plot_without;
    }

    bool simulates = modes.complexity || modes.component == MODES_FUNCTIONAL;
    struct reader *in =
        program_input(argv + optind, GENOMES | WANT_BIRTHS | (simulates ? STATE : 0));
    uint64_t first = NEVER, last = NEVER;
    char landscape[MAX_LANDSCAPE] = "none";
    program_output(&options, false);
    table_begin(&table);
    for (int got; (got = program_next(in)) > 0;) {
        struct modes_row row;
        last = in->world.generation;
        first = first == NEVER ? last : first;
        if (simulates && strcmp(in->world.model.landscape, landscape)) {
            open_landscape(&modes, &in->world.model);
            memcpy(landscape, in->world.model.landscape, sizeof landscape);
        }
        if (modes_take(&modes, &in->world, got == READ_GENERATION, &row))
            print_row(&table, &row);
        if (*modes.error)
            break;
    }
    table_end(&table);
    int status = program_end_or(&options, in, modes.error);
    if (!status && !table.rows && last != NEVER)
        complain("warning: no rows: of generations %" PRIu64 " to %" PRIu64
                 " the stream has no multiple of %" PRIu64 " and the generation %" PRIu64
                 " later (--interval)",
                 first, last, modes.interval, modes.interval);
    landscape_free(modes.land);
    modes_free(&modes);
    return status;
}
