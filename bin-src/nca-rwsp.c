/* nca-rwsp: the number of distinct colours of randomly selected weights (RWSP) in each generation.
 */
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/table.h"
#include "format/stream.h"
#include "kernels/colour.h"

#include <getopt.h>
#include <stdlib.h>

enum { WEIGHTS = 256, DIGITS };

static const struct option_spec specs[] = {
    {WEIGHTS, "weights", "I,J,K", "the positions in the genome, from 0 (drawn from the seed)",
     true},
    {DIGITS, "digits", "D", "decimals that weights are rounded to, 1..3 (1)", true},
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

int main(int argc, char **argv) {
    struct options options = {
        "[FILE]...",
        "Counts the distinct colours of three selected weights, generation by generation.", specs,
        NULL, NULL};
    static const char *const columns[] = {"rwsp"};
    struct table table = {.name = "rwsp",
                          .title = "Random weight selection colours (RWSP)",
                          .ylabel = "distinct colours",
                          .columns = columns,
                          .count = 1};
    struct colours colours = {.digits = 1};
    const char *weights = NULL;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == WEIGHTS)
            weights = optarg;
        else if (!table_option(&table, key, optarg))
            colours.digits = (int)option_integer("--digits", optarg, 1, 3);

    struct reader *in = reader_open(argv + optind, GENOMES);
    if (*in->error)
        return reader_close(in);
    size_t P = in->world.pool.genome;
    if (!weights)
        rwsp_positions(in->world.model.seed, P, colours.position);
    else if (!rwsp_parse(weights, P, colours.position))
        die(EXIT_USAGE, "--weights: %s: not three different positions from 0 to %zu", weights,
            P - 1);
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
