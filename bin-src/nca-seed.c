/* SPDX-License-Identifier: MIT */
/* nca-seed: generation 0 of a new run. */
#include "bin-src/overrides.h"
#include "bin-src/program.h"
#include "common/err.h"
#include "common/output.h"
#include "kernels/model/parameters.h"
#include "kernels/model/seed.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXPERIMENT = 256, CHANNELS, FLIPS };

static const struct option_spec specs[] = {
    {EXPERIMENT, "experiment", "N", "parameters of experiment 1..24 of the thesis", false},
    {'W', "width", "N", "columns (200)", false},
    {'H', "height", "N", "rows (200)", false},
    {CHANNELS, "channels", "N", "channels of a cell, 1..32 (2)", false},
    OPTION_INIT(", 0..1 (0.02)"),
    OPTION_ALPHA(", 0..1 (0.5)"),
    OPTION_ACTIVATION(" (sigmoid)"),
    OPTION_HIDDEN(" (sigmoid)"),
    OPTION_IP("", ", 0..1 (0.1)"),
    OPTION_PPP("", ", 0..1 (0.02)"),
    OPTION_BUDGET("", " (4)"),
    OPTIONS_CULL,
    OPTION_SEED(" (1)"),
    {FLIPS, "flip", "N", "switch N cells, drawn from the seed, between dead and alive (0)", false},
    OPTIONS_COMMON,
};

/* The 24 large experiments of the thesis, its Table 4.4. They share a 200 x 200 grid, 2 channels
   and ppp 0.02. Odd ones are sigmoid with alpha 0.5, even ones tanh with alpha 0; init is 0.02 in
   the first half of each group and 0.08 in the second. */
static void experiment(struct model *model, unsigned n) {
    *model = model_default;
    unsigned k = n - 1, pair = k / 2;
    if (k % 2) {
        model->activation = TANH;
        model->alpha = 0.0f;
    }
    if (n <= 16) { /* init, then ip, vary slowest; budget 4 or 8 */
        model->budget = pair % 2 ? 8 : 4;
        model->init = pair / 2 % 2 ? 0.08 : 0.02;
        model->ip = pair / 4 ? 0.5f : 0.1f;
    } else {
        model->budget = BUDGET_INFINITE;
        model->init = pair % 2 ? 0.08 : 0.02;
        model->ip = n <= 20 ? 0.1f : 0.05f;
    }
}

int main(int argc, char **argv) {
    struct options options = {"", "Writes generation 0 of a new run, ready for nca-step.",
                              .specs = specs, .example = "nca-seed | nca-step -n 1000 -o run.zst"};
    struct header header = {.model = model_default, .sections = ALL_SECTIONS};
    struct world world = {0};
    uint64_t flips = 0;
    char why[256];
    /* --experiment comes first, wherever it stands: what else is given differs from it */
    struct overrides given = {0};
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == EXPERIMENT)
            experiment(&header.model, (unsigned)option_integer("--experiment", optarg, 1, 24));
        else if (key == FLIPS)
            flips = option_integer("--flip", optarg, 0, MAX_CELLS);
        else
            overrides_add(&given, options.name, optarg);
    overrides_apply(&given, &header.model);
    options_no_operands(argc, argv);
    if (!model_geometry(&header.model, why))
        die(EXIT_USAGE, "%s", why);
    if (flips > model_cells(&header.model))
        die(EXIT_USAGE, "--flip: %" PRIu64 ": more than there are cells, %zu", flips,
            model_cells(&header.model));
    header_add_history(&header, options.history);
    output_open(options.output, true);

    world.model = header.model;
    seed_flipped(&world, flips, NULL);
    if (world.model.init > 0 && !world_living(&world))
        complain("warning: no cell is alive: raise --init, %g of %zu cells", world.model.init,
                 world.cells);
    program_warn_budget(&world);
    struct writer *writer = writer_open(STDOUT_FILENO, &header, LEVEL_DEFAULT);
    if (!writer || !writer_generation(writer, &world) || !writer_close(writer))
        output_failed();
    world_free(&world);
    header_free(&header);
    free(given.list);
    return program_end(&options, NULL);
}
