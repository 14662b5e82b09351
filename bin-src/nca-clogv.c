/* nca-clogv: how much local organisation varies over the grid (CLOGV) in each generation. */
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/table.h"
#include "format/stream.h"
#include "kernels/types.h"

#include <getopt.h>
#include <stdlib.h>

enum { DIGITS = 256 };

static const struct option_spec specs[] = {
    {DIGITS, "digits", "D", "decimals that types are rounded to, 1..3 (1)", true},
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

int main(int argc, char **argv) {
    struct options options = {
        "[FILE]...", "Global variance of the cells' local organisation, generation by generation.",
        specs, NULL, NULL};
    static const char *const columns[] = {"clogv"};
    struct table table = {.name = "clogv",
                          .title = "Cell local organisation, global variance (CLOGV)",
                          .ylabel = "standard deviation",
                          .columns = columns,
                          .count = 1};
    int digits = 1;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (!table_option(&table, key, optarg))
            digits = (int)option_integer("--digits", optarg, 1, MOST_DIGITS);

    struct reader *in = reader_open(argv + optind, ALPHA);
    if (*in->error)
        return reader_close(in);
    uint32_t levels = type_levels(digits);
    const struct world *world = &in->world;
    size_t rows = world->model.height, cols = world->model.width;
    uint64_t *count = allocate(levels + 1, sizeof *count, "counts");
    double *scratch = allocate(type_scratch(rows, cols, levels), sizeof *scratch, "deviations");

    output_open(options.output, false);
    signals_catch();
    table_begin(&table);
    while (!signals_caught() && reader_next(in) > 0) {
        type_count(world->state, world->cells, levels, count);
        double clogv = type_organisation(world->state, rows, cols, count, levels, scratch);
        table_row(&table, world->generation, &clogv);
    }
    table_end(&table);
    output_close();
    free(count);
    free(scratch);
    free(options.history);
    int status = reader_close(in);
    return status ? status : signals_status();
}
