/* nca-ctfp: cell type frequency, the number of cells of each type in each generation. */
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/table.h"
#include "format/stream.h"
#include "kernels/types.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS = 256 };

static const struct option_spec specs[] = {
    {DIGITS, "digits", "D", "decimals that types are rounded to, 1..3 (1)", true},
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

int main(int argc, char **argv) {
    struct options options = {
        "[FILE]...", "Counts the cells of each type, generation by generation.", specs, NULL, NULL};
    struct table table = {.name = "ctfp", .title = "Cell types (CTFP)", .ylabel = "cells"};
    char plot[512];
    int digits = 1;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (!table_option(&table, key, optarg))
            digits = (int)option_integer("--digits", optarg, 1, MOST_DIGITS);

    struct reader *in = reader_open(argv + optind, ALPHA);
    if (*in->error)
        return reader_close(in);
    uint32_t levels = type_levels(digits);
    uint64_t *count = allocate(levels + 1, sizeof *count, "counts");
    double *row = allocate(levels + 1, sizeof *row, "counts");
    char(*name)[8] = allocate(levels + 1, sizeof *name, "columns");
    const char **columns = allocate(levels + 1, sizeof *columns, "columns");
    for (uint32_t k = 0; k <= levels; k++) {
        snprintf(name[k], sizeof *name, "%.*f", digits, (double)k / levels);
        columns[k] = name[k];
    }
    table.columns = columns;
    table.count = (int)levels + 1;
    /* types that are rare count as much as the many dead cells: hence the logarithm */
    snprintf(
        plot, sizeof plot,
        "set logscale y\nset key off\nset cblabel 'cell type'\n"
        "set palette defined (0 '#440154', 1 '#3b528b', 2 '#21918c', 3 '#5ec962', 4 '#e0c000')\n"
        "set cbrange [0:1]\n"
        "plot for [i=0:%u] $ctfp using 1:i+2:(i/%u.0) with lines linewidth 1.5 palette\n",
        levels, levels);
    table.plot = plot;

    output_open(options.output, false);
    signals_catch();
    table_begin(&table);
    while (!signals_caught() && reader_next(in) > 0) {
        type_count(in->world.state, in->world.cells, levels, count);
        for (uint32_t k = 0; k <= levels; k++)
            row[k] = (double)count[k];
        table_row(&table, in->world.generation, row);
    }
    table_end(&table);
    output_close();
    free(count);
    free(row);
    free(name);
    free(columns);
    free(options.history);
    int status = reader_close(in);
    return status ? status : signals_status();
}
