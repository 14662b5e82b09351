/* SPDX-License-Identifier: MIT */
/* nca-cat: joins, cuts and salvages streams. */
#include "bin-src/program.h"
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "format/stream.h"
#include "kernels/model/parameters.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

enum { GENERATIONS = 256, SECTIONS, SALVAGE, LEVEL };

static const struct option_spec specs[] = {
    {GENERATIONS, "generations", "A:B:K", "only generations A, A + K, .. up to B", false},
    {SECTIONS, "sections", "LIST", "only these of state,ages,genomes", false},
    {SALVAGE, "salvage", NULL, "continue after errors, with what can be read behind them", false},
    {LEVEL, "level", "N", "zstd compression level, -7..19 (1)", true},
    OPTIONS_COMMON,
};

struct range {
    uint64_t first, last, step;
};

static bool selected(const struct range *range, uint64_t generation) {
    return generation >= range->first && generation <= range->last &&
           (generation - range->first) % range->step == 0;
}

struct cat {
    struct reader *in;
    /* of the command line */
    struct range range;
    const char *wanted; /* the range as text, NULL: all */
    unsigned sections;
    bool salvage;
    int level;
    const char *history;
    /* of the part being written */
    struct header header;
    struct writer *writer; /* NULL before the first */
    bool begin;            /* the next generation written begins another */
    bool good;             /* no write has failed */
    /* of what has been read */
    bool whole, fault;  /* no error so far; one since the last generation */
    uint64_t parts;     /* up to the last generation */
    uint64_t last, sum; /* number and fingerprint of the last generation */
};

/* Ends the part being written, and begins another like the one being read. */
static bool begin_part(struct cat *cat) {
    struct header *header = &cat->header;
    program_wanted();
    if (cat->writer && !writer_close(cat->writer))
        return false;
    header_free(header);
    header_copy(header, &cat->in->header);
    header->sections &= cat->sections;
    header->every = 0; /* known only to the program that made the stream */
    header_add_history(header, cat->history);
    cat->begin = false;
    return (cat->writer = writer_open(STDOUT_FILENO, header, cat->level)) != NULL;
}

static void write_generation(struct cat *cat) {
    cat->good = (!cat->begin || begin_part(cat)) && writer_generation(cat->writer, &cat->in->world);
}

/* A checksum that shows whether the generation that a part starts with is the one that came last.
 */
static uint64_t fingerprint(const struct world *world) {
    size_t bytes = world->cells * sizeof(uint32_t);
    uint64_t hash = world->slots ? XXH64(world->slots, bytes, world->pool.next_serial) : 0;
    return world->ages ? XXH64(world->ages, bytes, hash) : hash;
}

/* Whether the part being read goes on with the one being written: its parameters, its sections, and
   where it starts are the same. */
static bool continues(const struct cat *cat) {
    const struct header *to = &cat->header, *from = &cat->in->header;
    return cat->writer && header_same_model(to, from) &&
           to->sections == (from->sections & cat->sections) && to->keyframe == from->keyframe &&
           fingerprint(&cat->in->world) == cat->sum;
}

/* Whether more generations are wanted than that which was read. */
static bool note_generation(struct cat *cat) {
    cat->parts = cat->in->parts;
    cat->last = cat->in->world.generation;
    cat->sum = fingerprint(&cat->in->world);
    return cat->last < cat->range.last;
}

static bool take_generation(struct cat *cat) {
    const struct world *world = &cat->in->world;
    if (cat->fault && world->generation > cat->last + 1)
        complain("generations %" PRIu64 " to %" PRIu64 " are missing",
                 cat->last + (cat->in->generations > 1), world->generation - 1);
    cat->fault = false;
    cat->begin |= cat->in->parts != cat->parts;
    if (selected(&cat->range, world->generation))
        write_generation(cat);
    else if (!cat->begin)
        writer_skip(cat->writer, world);
    return note_generation(cat);
}

/* A part starts with the generation that came last: it is written again if it begins a part. */
static bool take_repeat(struct cat *cat) {
    cat->begin |= !continues(cat);
    if (cat->begin && selected(&cat->range, cat->in->world.generation))
        write_generation(cat);
    return note_generation(cat);
}

static bool take_births(struct cat *cat) {
    if (!cat->begin)
        writer_skip(cat->writer, &cat->in->world);
    return true;
}

static bool take_error(struct cat *cat) {
    cat->whole = false;
    cat->begin = cat->fault = true;
    complain("%s", cat->in->error);
    return cat->salvage && reader_salvage(cat->in);
}

/* Takes what comes next. False: that is the end. */
static bool take_next(struct cat *cat) {
    switch (reader_next(cat->in)) {
    case READ_GENERATION:
        return take_generation(cat);
    case READ_REPEAT:
        return take_repeat(cat);
    case READ_BIRTHS:
        return take_births(cat);
    case READ_ERROR:
        return take_error(cat);
    default:
        return false;
    }
}

static void read_options(struct cat *cat, struct options *options, int argc, char **argv) {
    for (int key; (key = options_next(options, argc, argv)) != -1;)
        switch (key) {
        case GENERATIONS:
            cat->wanted = optarg;
            option_range("--generations", optarg, &cat->range.first, &cat->range.last,
                         &cat->range.step);
            break;
        case SECTIONS:
            if (!(cat->sections = sections_parse(optarg)))
                die(EXIT_USAGE, "--sections: %s: not a list of state, ages, genomes", optarg);
            break;
        case LEVEL:
            cat->level = option_signed("--level", optarg, LEVEL_MIN, LEVEL_MAX);
            break;
        case SALVAGE:
            cat->salvage = true;
        }
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Joins the parts of streams, cuts and thins them, and recovers what "
                              "is good in damaged ones.",
                              .specs = specs, .example = "nca-cat --salvage run.zst -o good.zst"};
    struct cat cat = {.range = {0, UINT64_MAX, 1},
                      .level = LEVEL_DEFAULT,
                      .begin = true,
                      .good = true,
                      .whole = true};
    read_options(&cat, &options, argc, argv);
    cat.history = options.history;
    unsigned wanted = cat.sections ? cat.sections : ALL_SECTIONS | WANT_IF_PRESENT;
    cat.sections = wanted & ALL_SECTIONS;
    wanted |= cat.sections & GENOMES ? WANT_BIRTHS | WANT_REPEATS : WANT_REPEATS;
    struct reader *in = cat.in = reader_open(argv + optind, wanted);
    if (*in->error && !cat.salvage)
        return reader_close(in);
    program_output_later(&options, true, cat.wanted);

    while (take_next(&cat) && cat.good)
        ;
    if (cat.good && !cat.writer && in->parts && !cat.wanted) /* a header is all there is */
        cat.good = begin_part(&cat);
    if (!cat.good)
        output_failed();
    /* an incomplete stream must not look whole, unless --salvage asked for that */
    if (cat.writer && !(cat.whole || cat.salvage ? writer_close : writer_leave)(cat.writer))
        output_failed();
    output_sync();
    output_close();
    header_free(&cat.header);
    free(options.history);
    *in->error = '\0';
    reader_close(in);
    return program_none(cat.whole ? signals_status() : EXIT_FAILED);
}
