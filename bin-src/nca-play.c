/* SPDX-License-Identifier: MIT */
/* nca-play: a run as one page, which any browser plays. */
#include "bin-src/frames.h"
#include "bin-src/genotypes.h"
#include "bin-src/page.h"
#include "bin-src/series.h"
#include "common/colormap.h"
#include "common/err.h"
#include "common/escape.h"
#include "common/version.h"
#include "kernels/model/parameters.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EVERY = 256, GENERATIONS, LIMIT, EXACT };

static const struct option_spec specs[] = {
    {EVERY, "every", "K", "show every K-th generation, and the first and the last (1)", false},
    {GENERATIONS, "generations", "A:B", "only generations from A to B", false},
    {LIMIT, "limit", "MB", "show fewer generations where the page would be larger (16)", false},
    {EXACT, "exact", NULL, "keep channels as they are, not in 255 steps", false},
    OPTION_WEIGHTS,
    OPTION_DIGITS("types and these weights"),
    OPTION_THREADS,
    OPTIONS_COMMON,
};

struct play {
    uint64_t first, last, every; /* generations to show */
    size_t limit;                /* letters on the page */
    struct choices choices;
    unsigned sections; /* of the stream */
    struct header header;
    struct frames frames;
    struct series series;
    struct pedigree pedigree;
    struct packed_genotypes genotypes;
    struct colours rwsp;
    double each;         /* letters that a genotype takes, about */
    uint64_t added;      /* generations that were added to frames */
    uint64_t begin, end; /* the first and the last generation read in this range */
    uint32_t *number;    /* [N] genotypes of the cells */
    uint32_t oldest;     /* the greatest age in these generations */
};

/* Letters that the page takes, about: more rather than less. */
static size_t page_size(const struct play *p, size_t genotypes) {
    enum { HEAD = 16000, OF_NUMBER = 6 }; /* model and colours; a number of the plot */
    size_t numbers = p->series.rows * (p->series.columns + 1);
    return HEAD + strlen(page_begin) + strlen(page_end) + 2 * strlen(p->header.history) +
           OF_NUMBER * numbers + p->frames.size + genotypes;
}

/* Whether the page is too large, as far as that is known before its genotypes are packed. */
static bool seems_too_large(const struct play *p) {
    return p->frames.count > 2 &&
           page_size(p, (size_t)(p->each * (double)p->pedigree.count)) > p->limit;
}

static void thin(struct play *p) {
    frames_thin(&p->frames);
    if (p->sections & GENOMES)
        pedigree_thin(&p->pedigree, p->frames.level);
}

/* Thins a page that seems too large. What genotypes take is found out first: it grows with the
   mutations between them. It counts as a little less, so that a page that fits is never thinned. */
static void fit(struct play *p) {
    if (!seems_too_large(p))
        return;
    if (p->sections & GENOMES)
        p->each =
            genotypes_each(&p->pedigree, p->frames.model, &p->rwsp, p->begin, p->frames.workers) *
            31 / 32;
    while (seems_too_large(p))
        thin(p);
}

static void pack(struct play *p) {
    genotypes_free(&p->genotypes);
    if (p->sections & GENOMES)
        p->genotypes =
            genotypes_pack(&p->pedigree, p->frames.model, &p->rwsp, p->begin, p->frames.workers);
}

/* Packs the genotypes, and thins the page until it is as small as it has to be. */
static void finish(struct play *p) {
    for (pack(p); p->frames.count > 2 && page_size(p, p->genotypes.size) > p->limit; pack(p))
        thin(p);
}

static void show(struct play *p, const struct world *world, bool last) {
    unsigned level = last ? PEDIGREE_ALWAYS : frames_level(p->added);
    uint32_t fresh = p->pedigree.last + 1;
    uint32_t oldest = p->oldest;
    for (size_t i = 0; world->ages && i < world->cells; i++)
        oldest = world->ages[i] > oldest ? world->ages[i] : oldest;
    p->oldest = oldest;
    if (p->sections & GENOMES)
        pedigree_choose(&p->pedigree, world, level, p->number);
    frames_add(&p->frames, world, p->sections & GENOMES ? p->number : NULL, fresh, p->added, last);
    fit(p);
}

/* Takes a generation in the range; true: it is on the page. */
static bool take(struct play *p, const struct world *world) {
    bool first = !p->added;
    p->begin = first ? world->generation : p->begin;
    p->end = world->generation;
    series_take(&p->series, world);
    if (!first && world->generation % p->every)
        return false;
    bool shown = frames_level(p->added) >= p->frames.level;
    if (shown)
        show(p, world, false);
    p->added++;
    return shown;
}

/* Whether this part of the stream has the sections of the first; if not, sets the reader's error.
 */
static bool has_sections(struct reader *in, unsigned sections) {
    unsigned lacks = sections & ~in->header.sections;
    if (lacks)
        snprintf(in->error, sizeof in->error, "a part has no %s, unlike the first",
                 sections_text(lacks));
    return !lacks;
}

static void read_all(struct play *p, struct reader *in) {
    int got;
    bool in_range = false, shown = false;
    while ((got = program_next(in)) > 0 && has_sections(in, p->sections)) {
        const struct world *world = &in->world;
        if (p->sections & GENOMES && !pedigree_take(&p->pedigree, world, got == READ_GENERATION)) {
            got = READ_ERROR;
            break;
        }
        in_range =
            got == READ_GENERATION && world->generation >= p->first && world->generation <= p->last;
        if (in_range)
            shown = take(p, world);
        if (world->generation >= p->last)
            break;
    }
    if (got >= 0 && !*in->error && in_range && !shown)
        show(p, &in->world, true);
}

static void print_numbers(const char *name, const uint32_t *colours, int count) {
    printf(",\n\"%s\":[", name);
    for (int i = 0; i < count; i++)
        printf("%s%" PRIu32, i ? "," : "", colours[i]);
    putchar(']');
}

static void print_model(const struct header *header) {
    char value[MAX_LANDSCAPE];
    printf("\"model\":{");
    for (int i = 0, n = 0; i < MODEL_PARAMETERS; i++) {
        if (!parameter_matters(&header->model, i))
            continue;
        parameter_text(&header->model, i, value);
        printf("%s\"%s\":", n++ ? "," : "", parameter_key(i));
        print_json(stdout, value);
    }
    putchar('}');
}

static void print_history(const char *history) {
    char *lines = allocate(strlen(history) + 1, 1, "history");
    strcpy(lines, history);
    printf(",\n\"history\":[");
    for (char *line = lines, *end; (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        fputs(line > lines ? "," : "", stdout);
        print_json(stdout, line);
    }
    putchar(']');
    free(lines);
}

static void print_head(const struct play *p) {
    const struct frames *f = &p->frames;
    printf("{\"nca\":\"" NCA_VERSION "\",\n\"exact\":%s,\"tanh\":%s,\"cells\":%zu,",
           f->exact ? "true" : "false", f->model->activation == TANH ? "true" : "false",
           model_cells(f->model));
    printf("\"begin\":%" PRIu64 ",\"end\":%" PRIu64 ",\"every\":%" PRIu64 ",\"thinned\":%u,"
           "\"limit\":%zu,\"oldest\":%" PRIu32 ",\n",
           p->begin, p->end, p->every, f->level, p->limit / 1000000, p->oldest);
    print_model(&p->header);
    print_history(p->header.history);
    printf(",\n\"sections\":[");
    for (int s = 0, n = 0; s < FRAME_SECTIONS; s++)
        if (frame_bytes(f, 0, (enum frame_section)s)->count)
            printf("%s\"%s\"", n++ ? "," : "", frame_sections[s]);
    printf("],\n\"generations\":[");
    for (size_t i = 0; i < f->count; i++)
        printf("%s%" PRIu64, i ? "," : "", f->frame[i].generation);
    printf("],\n\"keys\":[");
    for (size_t i = 0, n = 0; i < f->count; i++)
        if (frame_is_key(f, i))
            printf("%s%zu", n++ ? "," : "", i);
    printf("],\n\"series\":[");
    for (size_t c = 0; c < p->series.columns; c++)
        printf("%s\"%s\"", c ? "," : "", p->series.name[c]);
    printf("],\"rows\":%zu,\"genotypes\":%zu,\"block\":%d,\"positions\":[%" PRIu32 ",%" PRIu32
           ",%" PRIu32 "]",
           p->series.rows, p->genotypes.count, GENOTYPES_BLOCK, p->rwsp.position[0],
           p->rwsp.position[1], p->rwsp.position[2]);
    print_numbers("magma", colormaps[MAGMA], 256);
    print_numbers("viridis", colormaps[VIRIDIS], 256);
    print_numbers("distinct", distinct_colours, DISTINCT);
    puts("}");
}

static void print_block(const char *name, size_t number, const struct bytes *bytes) {
    if (!bytes->count)
        return;
    printf("<script type=\"application/octet-stream\" id=\"%s%zu\">", name, number);
    print_base64(stdout, bytes->at, bytes->count);
    puts("</script>");
}

static void print_page(const struct play *p) {
    struct bytes series = {0};
    series_pack(&p->series, &series);
    bytes_deflate(&series);
    fputs(page_begin, stdout);
    puts("<script type=\"application/json\" id=\"head\">");
    print_head(p);
    puts("</script>");
    print_block("series", 0, &series);
    print_block("table", 0, &p->genotypes.table);
    for (size_t b = 0; b < p->genotypes.blocks; b++)
        print_block("genomes", b, &p->genotypes.genomes[b]);
    for (size_t i = 0; i < p->frames.count && !ferror(stdout); i++)
        for (int s = 0; s < FRAME_SECTIONS; s++)
            print_block(frame_sections[s], i, frame_bytes(&p->frames, i, (enum frame_section)s));
    fputs(page_end, stdout);
    free(series.at);
}

/* Says on standard error what the page leaves out. */
static void say_thinned(const struct play *p) {
    size_t megabytes = p->limit / 1000000;
    if (p->frames.level)
        complain("shows 1 in %" PRIu64 " generations%s, and the last: all would take more than "
                 "%zu MB (--limit)",
                 (uint64_t)1 << p->frames.level, p->every > 1 ? " of those chosen" : "", megabytes);
    if (page_size(p, p->genotypes.size) > p->limit)
        complain("warning: the page has %zu generations, and still takes more than %zu MB "
                 "(--limit)",
                 p->frames.count, megabytes);
}

static void play_free(struct play *p) {
    frames_free(&p->frames);
    thread_pool_free(p->frames.workers);
    series_free(&p->series);
    pedigree_free(&p->pedigree);
    genotypes_free(&p->genotypes);
    header_free(&p->header);
    free(p->number);
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...", "Makes a page on which a run can be walked through.",
                              .specs = specs, .example = "nca-play run.zst >run.html"};
    static struct play p = {
        .last = UINT64_MAX, .every = 1, .limit = 16000000, .choices = CHOICES_DEFAULT, .each = 8};
    unsigned threads = processors();
    const char *range = NULL;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        switch (key) {
        case EVERY:
            p.every = option_integer("--every", optarg, 1, UINT32_MAX);
            break;
        case GENERATIONS:
            range = optarg;
            option_range("--generations", optarg, &p.first, &p.last, NULL);
            break;
        case LIMIT:
            p.limit = option_integer("--limit", optarg, 1, 2000) * 1000000;
            break;
        case EXACT:
            p.frames.exact = true;
            break;
        case KEY_THREADS:
            threads = option_threads(optarg);
            break;
        default:
            choices_option(&p.choices, key, optarg);
        }

    struct reader *in = program_input(argv + optind, ALL_SECTIONS | WANT_BIRTHS | WANT_IF_PRESENT);
    p.sections = in->header.sections;
    header_copy(&p.header, &in->header);
    p.frames.model = &p.header.model;
    choices_rwsp(&p.choices, &p.header.model, &p.rwsp);
    program_output_later(&options, true, range);
    p.frames.workers = thread_pool_new(threads);
    p.number = allocate(in->world.cells, sizeof *p.number, "page");
    series_open(&p.series, &in->world, p.sections, &p.choices);
    read_all(&p, in);
    if (p.added) {
        program_wanted();
        finish(&p);
        print_page(&p);
        say_thinned(&p);
    }
    bool none = !p.added && !*in->error && !*p.pedigree.lineage.error;
    int status = program_end_or(&options, in, p.pedigree.lineage.error);
    play_free(&p);
    if (none && !status && !range)
        die(EXIT_FAILED, "the stream has no generation");
    return program_none(status);
}
