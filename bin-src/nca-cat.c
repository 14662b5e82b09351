/* nca-cat: joins, cuts and salvages streams; what it writes starts with a pool. */
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
    {SALVAGE, "salvage", NULL, "go on after faults, with what can be read behind them", false},
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

/* A part made from the one that is being read. */
struct part {
    struct header header;
    struct writer *writer; /* NULL before the first */
};

/* Ends the part before, and begins another. False: a write failed, see errno. */
static bool begin_part(struct part *part, const struct reader *in, unsigned sections, int level,
                       const char *line) {
    struct header *header = &part->header;
    if (part->writer && !writer_close(part->writer))
        return false;
    header_free(header);
    header_copy(header, &in->header);
    header->sections &= sections;
    header->every = 0; /* known to none but who made the stream */
    header_add_history(header, line);
    return (part->writer = writer_open(STDOUT_FILENO, header, level)) != NULL;
}

/* Whether the part that is being read has the parameters and sections of this one. */
static bool same_part(const struct part *part, const struct reader *in, unsigned sections) {
    const struct header *header = &part->header;
    return part->writer && !model_differs(&header->model, &in->header.model) &&
           header->sections == (in->header.sections & sections) &&
           header->keyframe == in->header.keyframe;
}

/* By this the generation that a part starts with is known to be the one that came last. */
static uint64_t fingerprint(const struct world *world) {
    size_t bytes = world->cells * sizeof(uint32_t);
    uint64_t hash = world->slots ? XXH64(world->slots, bytes, world->pool.next_serial) : 0;
    return world->ages ? XXH64(world->ages, bytes, hash) : hash;
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Joins the parts of streams, cuts and thins them, and takes from "
                              "broken ones what is good.",
                              .specs = specs};
    struct range range = {0, UINT64_MAX, 1};
    unsigned sections = 0;
    bool salvage = false;
    int level = LEVEL_DEFAULT;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        switch (key) {
        case GENERATIONS:
            option_range("--generations", optarg, &range.first, &range.last, &range.step);
            break;
        case SECTIONS:
            if (!(sections = sections_parse(optarg)))
                die(EXIT_USAGE, "--sections: %s: not a list of state, ages, genomes", optarg);
            break;
        case LEVEL:
            level = option_signed("--level", optarg, LEVEL_MIN, LEVEL_MAX);
            break;
        case SALVAGE:
            salvage = true;
        }

    unsigned wanted = sections ? sections : ALL_SECTIONS | IF_PRESENT;
    sections = sections ? sections : ALL_SECTIONS;
    struct reader *in =
        reader_open(argv + optind, wanted | (sections & GENOMES ? BIRTHS | REPEATS : REPEATS));
    if (*in->error && !salvage)
        return reader_close(in);
    output_open(options.output, true);
    signals_catch();

    struct part part = {0};
    const struct world *world = &in->world;
    uint64_t parts = 0, last = 0, print = 0; /* read so far; the last generation */
    bool good = true, whole = true, fault = false, begin = true;
    for (bool more = true; good && more;) {
        int got = *in->error ? -1 : reader_next(in);
        if (got == 0)
            break;
        if (got < 0) {
            whole = false;
            complain("%s", in->error);
            more = salvage && reader_salvage(in);
            begin = fault = true;
            continue;
        }
        if (in->parts != parts &&
            !(got == 3 && same_part(&part, in, sections) && !begin && fingerprint(world) == print))
            begin = true;
        parts = in->parts;
        if (fault && got == 1 && world->generation > last + 1)
            complain("generations %" PRIu64 " to %" PRIu64 " are missing",
                     last + (in->generations > 1), world->generation - 1);
        fault = fault && got != 1;
        if ((got == 1 || (got == 3 && begin)) && selected(&range, world->generation)) {
            good = !begin || begin_part(&part, in, sections, level, options.history);
            good = good && writer_generation(part.writer, world);
            begin = false;
        } else if (got != 3 && !begin)
            writer_skip(part.writer, world);
        if (got != 2) {
            last = world->generation;
            print = fingerprint(world);
        }
        more = got == 2 || last < range.last;
    }
    if (good && !part.writer && in->parts) /* a header is all there is */
        good = begin_part(&part, in, sections, level, options.history);
    if (!good)
        output_failed();
    /* what is cut short is not to look whole, unless that was asked for */
    if (part.writer && !(whole || salvage ? writer_close : writer_leave)(part.writer))
        output_failed();
    output_sync();
    output_close();
    header_free(&part.header);
    free(options.history);
    *in->error = '\0';
    reader_close(in);
    return whole ? signals_status() : EXIT_FAILED;
}
