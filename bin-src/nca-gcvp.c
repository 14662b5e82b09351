/* nca-gcvp: gross cell variance (GCVP) of the cell types in each generation. */
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
    struct options options = {"[FILE]...", "Gross cell variance of each generation.", specs, NULL,
                              NULL};
    static const char *const columns[] = {"gcvp"};
    struct table table = {.name = "gcvp",
                          .title = "Gross cell variance (GCVP)",
                          .ylabel = "variance",
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
    uint64_t *count = allocate(levels + 1, sizeof *count, "counts");

    output_open(options.output, false);
    signals_catch();
    table_begin(&table);
    while (!signals_caught() && reader_next(in) > 0) {
        type_count(in->world.state, in->world.cells, levels, count);
        double gcvp = type_variance(count, digits, in->world.cells);
        table_row(&table, in->world.generation, &gcvp);
    }
    table_end(&table);
    output_close();
    free(count);
    free(options.history);
    int status = reader_close(in);
    return status ? status : signals_status();
}
