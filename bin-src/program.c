/* SPDX-License-Identifier: MIT */
#include "bin-src/program.h"

#include "common/err.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/thread_pool.h"

#include <stdlib.h>

struct reader *program_input(char **files, unsigned sections) {
    struct reader *in = reader_open(files, sections);
    if (*in->error)
        exit(reader_close(in));
    return in;
}

void program_output(const struct options *options, bool binary) {
    output_open(options->output, binary);
    signals_catch();
}

int program_next(struct reader *in) {
    return signals_caught() ? 0 : reader_next(in);
}

int program_end(struct options *options, struct reader *in) {
    output_close();
    free(options->history);
    int status = in ? reader_close(in) : 0;
    return status ? status : signals_status();
}

int program_end_or(struct options *options, struct reader *in, const char *error) {
    int status = program_end(options, in);
    if (!*error)
        return status;
    complain("%s", error);
    return EXIT_FAILED;
}

void program_warn_budget(const struct world *world) {
    if (!world->model.budget && world_living(world))
        complain("warning: budget 0: all cells die in the next generation");
}

int option_level(const char *text) {
    return option_signed("--level", text, LEVEL_MIN, LEVEL_MAX);
}

unsigned option_threads(const char *text) {
    return (unsigned)option_integer("--threads", text, 1, MAX_THREADS);
}

unsigned option_sections(const char *text) {
    unsigned sections = sections_parse(text);
    if (!sections)
        die(EXIT_USAGE, "--sections: %s: not a list of state, ages, genomes", text);
    return sections;
}
