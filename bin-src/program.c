/* SPDX-License-Identifier: MIT */
#include "bin-src/program.h"

#include "common/err.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/thread_pool.h"

#include <stdlib.h>
#include <string.h>

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

static struct {
    const struct options *options;
    const char *range;
    bool binary, wanted;
} later;

void program_output_later(const struct options *options, bool binary, const char *range) {
    later.options = options;
    later.range = range;
    later.binary = binary;
    if (!range || !options->output || !strcmp(options->output, "-")) {
        program_output(options, binary);
        later.options = NULL;
    } else {
        output_check(options->output);
        signals_catch();
    }
}

void program_wanted(void) {
    later.wanted = true;
    if (later.options)
        output_open(later.options->output, later.binary);
    later.options = NULL;
}

int program_none(int status) {
    if (status || !later.range || later.wanted || signals_caught())
        return status;
    complain("--generations %s: the stream has no such generation", later.range);
    return EXIT_FAILED;
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

bool program_last(char **files, struct world *world, struct header *header) {
    struct reader *in = reader_open(files, ALL_SECTIONS | WANT_MODEL);
    if (!*in->error)
        while (reader_next(in) > 0)
            ;
    bool good = !*in->error && in->generations;
    if (good) {
        *world = in->world;
        *header = in->header;
        memset(&in->world, 0, sizeof in->world);
        memset(&in->header, 0, sizeof in->header);
    } else if (!*in->error && !signals_caught())
        complain("%s: has no generation to continue from",
                 *files && strcmp(*files, "-") ? *files : "standard input");
    reader_close(in);
    return good;
}

/* Measured in tests/bench/README.md: with this the pools take less than 2 % of a stream. */
enum { KEYFRAME_DEFAULT = 500 };

bool part_option(struct part *part, int key, const char *argument) {
    if (key == KEY_EVERY)
        part->every = option_integer("--every", argument, 1, LAST_GENERATION);
    else if (key == KEY_KEYFRAME)
        part->keyframe = option_integer("--keyframe", argument, 1, LAST_GENERATION);
    else if (key == KEY_SECTIONS)
        part->sections = option_sections(argument);
    else
        return false;
    return true;
}

void part_begin(struct header *header, const struct model *model, const struct part *part,
                const char *history) {
    header->model = *model;
    header->sections = part->sections ? part->sections : ALL_SECTIONS;
    header->every = part->every ? part->every : 1;
    header->keyframe = part->keyframe ? part->keyframe : KEYFRAME_DEFAULT;
    header_add_history(header, history);
}

enum backend option_backend(const char *text) {
    return (enum backend)option_choice("--backend", text, backend_names, BACKENDS);
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
