/* nca-census: how many live, are born and die in each generation, and how much they differ. */
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/table.h"
#include "format/stream.h"
#include "kernels/census.h"

#include <getopt.h>
#include <stdlib.h>

static const struct option_spec specs[] = {
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

static const char plot[] = "set multiplot layout 2,1\nset lmargin 9\nset rmargin 20\n"
                           "set key outside\n"
                           "plot for [i=2:6] $census using 1:i with lines linewidth 1.5 \\\n"
                           "     title word('alive genomes genotypes births deaths', i - 1)\n"
                           "unset title\n"
                           "set ylabel 'generations; deviation'\n"
                           "plot $census using 1:7 with lines linewidth 1.5 title 'mean age', \\\n"
                           "     $census using 1:8 with lines linewidth 1.5 title 'cell sd', \\\n"
                           "     $census using 1:9 with lines linewidth 1.5 title 'genome sd'\n"
                           "unset multiplot\n";

int main(int argc, char **argv) {
    struct options options = {"[FILE]...", "Census of each generation.", specs, NULL, NULL};
    static const char *const columns[] = {"alive",  "genomes",  "genotypes", "births",
                                          "deaths", "mean_age", "cell_sd",   "genome_sd"};
    struct table table = {.name = "census",
                          .title = "Census",
                          .ylabel = "cells, genotypes",
                          .columns = columns,
                          .count = 8,
                          .plot = plot};
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        table_option(&table, key, optarg);

    struct reader *in = reader_open(argv + optind, GENOMES | AGES | ALPHA);
    if (*in->error)
        return reader_close(in);
    struct censor *censor = censor_new();

    output_open(options.output, false);
    signals_catch();
    table_begin(&table);
    while (!signals_caught() && reader_next(in) > 0) {
        struct census c = census_take(censor, &in->world);
        double row[] = {(double)c.alive,  (double)c.genomes, (double)c.genotypes, (double)c.births,
                        (double)c.deaths, c.mean_age,        c.cell_sd,           c.genome_sd};
        table_row(&table, in->world.generation, row);
    }
    table_end(&table);
    output_close();
    censor_free(censor);
    free(options.history);
    int status = reader_close(in);
    return status ? status : signals_status();
}
