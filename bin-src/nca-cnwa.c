/* nca-cnwa: genomes clustered into species by k-means over their weights (CNWA). */
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/table.h"
#include "format/stream.h"
#include "kernels/species.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPECIES_COUNT = 256, SCATTER, STACK };

static const struct option_spec specs[] = {
    {'k', "species", "K", "the number of species, 1..32 (5)", true},
    {STACK, "stack", NULL, "draw the proportions, stacked, over time", true},
    {SCATTER, "scatter", "G", "print generation G on its two principal components", true},
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

/* Proportion p of species s is column 2 + k + s - 1; areas from the top of the stack down. */
static void stack_plot(char *plot, size_t room, unsigned k) {
    snprintf(plot, room,
             "set key outside\nset yrange [0:1]\n"
             "plot for [s=%u:1:-1] $cnwa using 1:(sum [i=1:s] column(1 + %u + i)) \\\n"
             "     with filledcurves y1=0 linetype s title sprintf('species %%d', s)\n",
             k, k);
}

static void line_plot(char *plot, size_t room, unsigned k) {
    snprintf(plot, room,
             "set key outside\n"
             "plot for [s=1:%u] $cnwa using 1:1+s with lines linewidth 1.5 \\\n"
             "     title sprintf('species %%d', s)\n",
             k);
}

/* One row for each distinct genome of the generation taken last. */
static void scatter(const struct species *species, const struct world *world, struct table *table) {
    double *component = allocate(species->count, 2 * sizeof *component, "components"), share[2];
    static const char *const columns[] = {"pc1", "pc2", "species", "cells", "serial"};
    char plot[640], title[64];
    species_components(species, component, share);
    snprintf(title, sizeof title, "Species of generation %" PRIu64, world->generation);
    snprintf(plot, sizeof plot,
             "set key outside\nset offsets graph 0.02, graph 0.02, graph 0.02, graph 0.02\n"
             "set xlabel 'principal component 1 (%.1f %% of variance)'\n"
             "set ylabel 'principal component 2 (%.1f %%)'\n"
             "plot for [s=1:%u] $cnwa using 2:($4 == s ? $3 : NaN) with points pointtype 7 \\\n"
             "     pointsize 0.5 linetype s title sprintf('species %%d', s)\n",
             100.0 * share[0], 100.0 * share[1], species->k);
    table->title = title;
    table->plot = plot;
    table->columns = columns;
    table->count = 5;
    table_begin(table);
    for (size_t i = 0; i < species->count; i++) {
        double row[] = {component[i], component[species->count + i], species->of[i] + 1.0,
                        species->weight[i], (double)world->pool.serial[species->slot[i]]};
        table_row(table, world->generation, row);
    }
    table_end(table);
    free(component);
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...", "Clusters the genomes of each generation into species.",
                              specs, NULL, NULL};
    struct table table = {.name = "cnwa", .title = "Species (CNWA)", .ylabel = "cells"};
    unsigned k = 5;
    const char *at = NULL;
    bool stack = false;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == 'k')
            k = (unsigned)option_integer("--species", optarg, 1, MOST_SPECIES);
        else if (key == SCATTER)
            option_integer("--scatter", at = optarg, 0, UINT32_MAX);
        else if (key == STACK)
            stack = true;
        else
            table_option(&table, key, optarg);
    if (at && table.live)
        die(EXIT_USAGE, "--live: not with --scatter, which draws one generation");

    struct reader *in = reader_open(argv + optind, GENOMES);
    if (*in->error)
        return reader_close(in);
    struct species *species = species_new(&in->world, k);
    uint64_t wanted = at ? strtoull(at, NULL, 10) : 0;
    char name[2 * MOST_SPECIES][24], plot[512];
    const char *columns[2 * MOST_SPECIES];
    double row[2 * MOST_SPECIES];
    for (unsigned s = 0; s < 2 * k; s++) {
        snprintf(name[s], sizeof *name, "%s_%u", s < k ? "species" : "proportion", s % k + 1);
        columns[s] = name[s];
    }
    (stack ? stack_plot : line_plot)(plot, sizeof plot, k);
    table.ylabel = stack ? "share of cells" : "cells";
    table.columns = columns;
    table.count = (int)(2 * k);
    table.plot = plot;
    table.colours = (int)k;

    output_open(options.output, false);
    signals_catch();
    if (!at)
        table_begin(&table);
    bool found = false;
    while (!signals_caught() && !found && reader_next(in) > 0) {
        const struct world *world = &in->world;
        found = at && world->generation == wanted;
        if (at && !found && in->generations > 1) /* the first one gives the centroids */
            continue;
        species_take(species, world);
        for (unsigned s = 0; s < k; s++) {
            row[s] = (double)species->cells[s];
            row[k + s] = row[s] / (double)world->cells;
        }
        if (!at)
            table_row(&table, world->generation, row);
        else if (found)
            scatter(species, world, &table);
    }
    if (!at)
        table_end(&table);
    output_close();
    species_free(species);
    free(options.history);
    int status = reader_close(in);
    if (!status && at && !found && !signals_caught())
        die(EXIT_FAILED, "--scatter %s: the stream has no such generation", at);
    return status ? status : signals_status();
}
