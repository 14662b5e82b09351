/* SPDX-License-Identifier: MIT */
/* nca-render: draws each generation as a picture, for ffmpeg, netpbm or the terminal. */
#include "bin-src/program.h"
#include "bin-src/views.h"
#include "common/colormap.h"
#include "common/err.h"
#include "kernels/measures/census.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VIEW = 256, FORMAT, SCALE, FPS, COLORMAP, GENERATIONS, AXES, NO_AXES, NO_ANNOTATE };

static const struct option_spec specs[] = {
    {VIEW, "view", "LIST", "channels, alpha, ages, ghc, rwsp, genotypes, cnwa, clades (channels)",
     false},
    {FORMAT, "format", "NAME", "y4m, ppm, ansi for the terminal, png or pdf (y4m)", false},
    {SCALE, "scale", "N", "pixels a cell is wide (panels of up to 600; ansi: 1, or less to fit)",
     false},
    {FPS, "fps", "N", "generations a second, 1..1000 (25)", false},
    {COLORMAP, "colormap", "NAME", "of channels and ages: magma, viridis or gray (magma)", false},
    OPTION_WEIGHTS,
    OPTION_DIGITS("these weights"),
    OPTION_SPECIES,
    {GENERATIONS, "generations", "A:B:K", "only every K-th generation from A to B", false},
    {AXES, "axes", NULL, "number rows and columns, and explain colours (png and pdf do)", false},
    {NO_AXES, "no-axes", NULL, "omit these numbers and the key to colours", false},
    {NO_ANNOTATE, "no-annotate", NULL, "omit caption and titles", false},
    OPTIONS_COMMON,
};

/* Whether this part of the stream has what the views need; if not, sets the reader's error. */
static bool has_sections(struct reader *in, unsigned needs) {
    unsigned have = in->header.sections;
    unsigned lacks = sections_needed(needs) & ~have;
    char remedy[128];
    header_remedy(remedy, &in->header, lacks);
    if (lacks)
        snprintf(in->error, sizeof in->error, "the views need %s, but the stream has only %s: %s",
                 sections_text(lacks), sections_text(have), remedy);
    return !lacks;
}

/* Omits what the stream does not have. Counts have a fixed width, so that nothing moves. */
static void write_caption(char caption[PIECES][PIECE], uint64_t generation,
                          const struct census *counts, unsigned sections, size_t cells) {
    int width = snprintf(NULL, 0, "%zu", cells);
    memset(caption, 0, PIECES * sizeof *caption);
    snprintf(caption[0], PIECE, "generation %" PRIu64, generation);
    if (sections & STATE) {
        snprintf(caption[1], PIECE, "alive %*" PRIu64, width, counts->alive);
        snprintf(caption[3], PIECE, "cell sd %.4f", counts->cell_sd);
    }
    if (sections & GENOMES) {
        const char *format = counts->genome_sd < 1000 ? "genome sd %.4f" : "genome sd %.3e";
        snprintf(caption[2], PIECE, "genomes %*" PRIu64, width, counts->genomes);
        snprintf(caption[4], PIECE, format, counts->genome_sd);
    }
}

/* A census needs all sections: zeros[N] replace those that are missing. */
static struct census take_census(struct census_state *state, struct world world, void *zeros) {
    uint64_t no_serial = 0;
    if (!world.slots) {
        world.slots = zeros;
        world.pool = (struct pool){.serial = &no_serial};
    }
    world.state = world.state ? world.state : zeros;
    world.ages = world.ages ? world.ages : zeros;
    return census_take(state, &world);
}

/* A file's name quoted for a shell and for ffmpeg: never an option, a protocol or a command. The
   caller frees it. */
static char *ffmpeg_name(const char *path) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "%+,-./=@_";
    bool quoted = path[strspn(path, plain)];
    char *name = allocate(4 * strlen(path) + sizeof "'./'", 1, "name"), *to = name;
    if (quoted)
        *to++ = '\'';
    if (*path == '-' || (*path != '/' && strchr(path, ':')))
        to = stpcpy(to, "./");
    for (; *path; path++)
        if (*path == '\'')
            to = stpcpy(to, "'\\''");
        else
            *to++ = *path;
    if (quoted)
        *to++ = '\'';
    return name;
}

/* Refuses a name whose suffix stands for another format. */
static void check_name(const char *path, int format) {
    /* of the first, ffmpeg would make 4:4:4 of y4m, which few players know */
    enum { FULL_COLOUR = 5 };
    static const char *const videos[] = {"mp4", "m4v",  "mov", "mkv", "webm", "avi", "gif", "apng",
                                         "mpg", "mpeg", "ts",  "ogv", "ogg",  "wmv", "flv", "3gp"};
    static const char *const images[] = {"jpg", "jpeg", "bmp", "tif", "tiff", "webp"};
    static const char *const pages[] = {"svg", "eps", "ps"};
    const char *dot = path ? strrchr(path, '.') : NULL;
    if (!dot || strchr(dot, '/'))
        return;
    for (int f = 0; f < SHEET_FORMATS; f++)
        if (!strcasecmp(dot + 1, sheet_formats[f]) && f != format)
            die(EXIT_USAGE, "%s: the format is %s: use --format %s, or another name", path,
                sheet_formats[format], sheet_formats[f]);
    const char *how = NULL;
    for (size_t i = 0; i < sizeof videos / sizeof *videos; i++)
        if (!strcasecmp(dot + 1, videos[i]))
            how = i < FULL_COLOUR ? "-pix_fmt yuv420p -color_range tv " : "";
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        if (!strcasecmp(dot + 1, images[i])) /* without a number: the last generation */
            how = strchr(path, '%') ? "" : "-update 1 ";
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (!strcasecmp(dot + 1, pages[i]))
            die(EXIT_USAGE, "%s: the format is %s: use another name", path, sheet_formats[format]);
    if (how)
        die(EXIT_USAGE,
            "%s: ffmpeg writes %s: in place of -o, end the command with: %s| ffmpeg -i - %s%s",
            path, dot + 1, format == Y4M ? "" : "--format y4m ", how, ffmpeg_name(path));
}

/* Where a figure's name has its number. */
struct number {
    const char *at; /* the %, NULL: there is none */
    int width;
    bool zeros;
    const char *end; /* behind the d */
};

/* Finds the number in a name, as in run-%06d.png. Ends the program, status 2, if a % is no such
   number, or if there is none and the range has more than one generation. */
static struct number find_number(const char *path, int format, uint64_t first, uint64_t last) {
    struct number number = {.at = path ? strchr(path, '%') : NULL};
    if (number.at) {
        const char *digits = number.at + 1, *end = digits + strspn(digits, "0123456789");
        number.zeros = *digits == '0';
        for (; digits < end && number.width <= 20; digits++)
            number.width = 10 * number.width + *digits - '0';
        number.end = end + 1;
        if (*end != 'd' || number.width > 20 || strchr(end, '%'))
            die(EXIT_USAGE, "%s: %% is not one number, as in run-%%06d.%s", path,
                sheet_formats[format]);
    } else if (first != last)
        die(EXIT_USAGE,
            "--format %s: a figure has one generation: give --generations G, or a name with a "
            "number, as in -o run-%%06d.%s",
            sheet_formats[format], sheet_formats[format]);
    return number;
}

/* The name of a generation's figure; the caller frees it. */
static char *figure_name(const char *path, const struct number *number, uint64_t generation) {
    size_t size = strlen(path) + 32;
    char *name = allocate(size, 1, "name");
    if (number->at)
        snprintf(name, size, number->zeros ? "%.*s%0*" PRIu64 "%s" : "%.*s%*" PRIu64 "%s",
                 (int)(number->at - path), path, number->width, generation, number->end);
    else
        strcpy(name, path);
    return name;
}

/* What is drawn. */
struct drawing {
    struct sheet sheet;
    struct views views;
    uint64_t first, last, step; /* generations */
    const char *path;           /* of figures, with its number; NULL: standard output */
    struct number number;
    uint64_t drawn;
};

/* Sets sizes, titles and keys of the sheet, with the longest caption that there can be. */
static void lay_out(struct drawing *d, const struct reader *in) {
    const struct model *model = &in->world.model;
    struct sheet *sheet = &d->sheet;
    size_t cells = in->world.cells;
    struct census longest = {.alive = cells, .genomes = cells, .genome_sd = 999};
    write_caption(sheet->caption, UINT64_MAX, &longest, in->header.sections, cells);
    sheet->columns = model->width;
    sheet->rows = model->height;
    sheet->panels = d->views.panels;
    sheet->titles = (const char(*)[TITLE])d->views.title;
    sheet->keys = d->views.key;
}

static void draw_generation(struct drawing *d, const struct world *world, uint32_t *rgb) {
    char *name = d->path ? figure_name(d->path, &d->number, world->generation) : NULL;
    d->sheet.path = name;
    for (uint32_t p = 0; p < d->sheet.panels; p++) {
        views_paint(&d->views, world, p, rgb);
        sheet_panel(&d->sheet, p, rgb);
    }
    sheet_write(&d->sheet);
    free(name);
    d->drawn++;
}

static void draw(struct drawing *d, struct reader *in) {
    const struct world *world = &in->world;
    const unsigned known = in->header.sections;
    bool figure = d->sheet.format >= CANVAS_FORMATS; /* in which nothing has to keep its place */
    struct census_state *state = census_state_new();
    uint32_t *rgb = allocate(world->cells, sizeof *rgb, "picture");
    uint32_t *zeros = allocate(world->cells, sizeof *zeros, "census");
    int got = READ_GENERATION;
    for (bool more = true;
         more && (got = program_next(in)) > 0 && has_sections(in, d->views.needs);) {
        uint64_t generation = world->generation;
        bool in_stream = got == READ_GENERATION;
        if (!views_take(&d->views, world, in_stream))
            break;
        if (!in_stream)
            continue;
        more = generation < d->last;
        if (generation < d->first || generation > d->last || (generation - d->first) % d->step)
            continue;
        program_wanted();
        if (!d->drawn) /* with the longest captions */
            sheet_open(&d->sheet);
        if (d->sheet.annotate) {
            struct census counts = take_census(state, *world, zeros);
            write_caption(d->sheet.caption, generation, &counts, known & in->header.sections,
                          figure ? 0 : world->cells);
        }
        draw_generation(d, world, rgb);
    }
    census_state_free(state);
    free(rgb);
    free(zeros);
}

int main(int argc, char **argv) {
    struct options options = {
        "[FILE]...", "Draws each generation as a picture.", .specs = specs,
        .example = "nca-seed -W 60 -H 60 | nca-step -n 500 | nca-render --format ansi"};
    static struct drawing d = {
        .sheet = {.format = Y4M, .fps = 25, .annotate = true}, .last = UINT64_MAX, .step = 1};
    struct sheet *sheet = &d.sheet;
    struct choices choices = CHOICES_DEFAULT;
    int axes = -1;            /* not given */
    const char *range = NULL; /* likewise */
    d.views.map = colormaps[MAGMA];
    views_choose(&d.views, "channels");
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        switch (key) {
        case VIEW:
            views_choose(&d.views, optarg);
            break;
        case FORMAT:
            sheet->format = option_choice("--format", optarg, sheet_formats, SHEET_FORMATS);
            break;
        case SCALE:
            sheet->scale = (uint32_t)option_integer("--scale", optarg, 1, MAX_SIDE);
            break;
        case FPS:
            sheet->fps = (unsigned)option_integer("--fps", optarg, 1, 1000);
            break;
        case COLORMAP:
            d.views.map = colormaps[option_choice("--colormap", optarg, colormap_names, COLORMAPS)];
            break;
        case GENERATIONS:
            range = optarg;
            option_range("--generations", optarg, &d.first, &d.last, &d.step);
            break;
        case AXES:
        case NO_AXES:
            axes = key == AXES;
            break;
        case NO_ANNOTATE:
            sheet->annotate = false;
            break;
        default:
            choices_option(&choices, key, optarg);
        }
    check_name(options.output, sheet->format);
    bool figure = sheet->format >= CANVAS_FORMATS;
    sheet->axes = axes < 0 ? figure : axes;
    if (sheet->axes && sheet->format == ANSI)
        die(EXIT_USAGE, "--axes: not with --format ansi");
    if (figure) {
        d.number = find_number(options.output, sheet->format, d.first, d.last);
        d.path = options.output && strcmp(options.output, "-") ? options.output : NULL;
        options.output = NULL;
    }

    unsigned wanted = sheet->annotate ? d.views.needs | GENOMES | AGES | WANT_ALPHA : d.views.needs;
    struct reader *in = program_input(argv + optind, wanted | WANT_IF_PRESENT);
    if (!has_sections(in, d.views.needs))
        return reader_close(in);
    views_open(&d.views, &choices, &in->world);
    lay_out(&d, in);
    program_output_later(&options, sheet->format != ANSI && !d.path, range);
    draw(&d, in);
    if (d.drawn)
        sheet_close(sheet);
    int status = program_end_or(&options, in, views_error(&d.views));
    views_free(&d.views);
    return program_none(status);
}
