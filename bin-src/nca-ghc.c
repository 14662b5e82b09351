/* nca-ghc: the number of distinct genotypic hash colours (GHC) in each generation. */
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/table.h"
#include "format/stream.h"
#include "kernels/colour.h"

#include <getopt.h>
#include <stdlib.h>

static const struct option_spec specs[] = {
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Counts the distinct genotypic hash colours of each generation.",
                              specs, NULL, NULL};
    static const char *const columns[] = {"ghc"};
    struct table table = {.name = "ghc",
                          .title = "Genotypic hash colours (GHC)",
                          .ylabel = "distinct colours",
                          .columns = columns,
                          .count = 1};
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        table_option(&table, key, optarg);

    struct reader *in = reader_open(argv + optind, GENOMES);
    if (*in->error)
        return reader_close(in);
    struct colours colours = {0};
    uint64_t *seen = allocate(COLOURS_SEEN, sizeof *seen, "colours");

    output_open(options.output, false);
    signals_catch();
    table_begin(&table);
    while (!signals_caught() && reader_next(in) > 0) {
        colours_update(&colours, &in->world);
        double count = colours_count(&colours, &in->world, seen);
        table_row(&table, in->world.generation, &count);
    }
    table_end(&table);
    output_close();
    colours_free(&colours);
    free(seen);
    free(options.history);
    int status = reader_close(in);
    return status ? status : signals_status();
}
