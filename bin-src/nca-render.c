/* SPDX-License-Identifier: MIT */
/* nca-render: draws each generation as a picture, for ffmpeg, netpbm or the terminal. */
#include "bin-src/measure.h"
#include "common/colormap.h"
#include "common/err.h"
#include "common/sheet.h"
#include "kernels/measures/census.h"
#include "kernels/measures/colours.h"
#include "kernels/measures/cnwa.h"
#include "kernels/measures/phenotype.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VIEW = 256, FORMAT, SCALE, FPS, COLORMAP, NO_ANNOTATE };

static const struct option_spec specs[] = {
    {VIEW, "view", "LIST", "any of channels, alpha, ages, ghc, rwsp, genotypes, cnwa (channels)",
     false},
    {FORMAT, "format", "NAME", "y4m, ppm, or ansi for the terminal (y4m)", false},
    {SCALE, "scale", "N", "pixels a cell is wide (panels of up to 600; ansi: 1, or less to fit)",
     false},
    {FPS, "fps", "N", "generations a second, 1..1000 (25)", false},
    {COLORMAP, "colormap", "NAME", "of channels and ages: magma, viridis or gray (magma)", false},
    OPTION_WEIGHTS,
    OPTION_DIGITS("these weights"),
    OPTION_SPECIES,
    {NO_ANNOTATE, "no-annotate", NULL, "omit caption and titles", false},
    OPTIONS_COMMON,
};

enum view {
    VIEW_CHANNELS,
    VIEW_ALPHA,
    VIEW_AGES,
    VIEW_GHC,
    VIEW_RWSP,
    VIEW_GENOTYPES,
    VIEW_CNWA,
    VIEWS
};
static const char *const view_names[] = {"channels", "alpha",     "ages", "ghc",
                                         "rwsp",     "genotypes", "cnwa"};
static const unsigned view_needs[] = {STATE, WANT_ALPHA, AGES, GENOMES, GENOMES, GENOMES, GENOMES};

enum { MAX_VIEWS = 16, MAX_PANELS = MAX_VIEWS * MAX_CHANNELS };

struct panels {
    uint32_t count;
    char title[MAX_PANELS][TITLE];
    enum view view[MAX_PANELS];
    uint32_t channel[MAX_PANELS];
};

struct palette {
    const uint32_t *map; /* [256] */
    uint32_t oldest;     /* the greatest age so far; at least 16, so that colours settle early */
    struct colours ghc, rwsp;
    struct cnwa *species;
};

/* Sets the views of a list; returns the sections that they need. */
static unsigned parse_views(const char *list, enum view *views, unsigned *count) {
    unsigned needs = 0;
    int chosen[MAX_VIEWS];
    *count = (unsigned)option_list("--view", list, view_names, VIEWS, chosen, MAX_VIEWS);
    for (unsigned v = 0; v < *count; v++) {
        views[v] = (enum view)chosen[v];
        needs |= view_needs[views[v]];
    }
    return needs;
}

static void add_panels(struct panels *panels, enum view view, uint32_t channels) {
    for (uint32_t c = 0; c < (view == VIEW_CHANNELS ? channels : 1); c++) {
        char *title = panels->title[panels->count];
        snprintf(title, TITLE, "%s", view_names[view == VIEW_CHANNELS ? VIEW_ALPHA : view]);
        if (c)
            snprintf(title, TITLE, "hidden %" PRIu32, c);
        panels->view[panels->count] = view;
        panels->channel[panels->count++] = c;
    }
}

/* Whether this part of the stream has what the views need; if not, sets the reader's error. */
static bool has_sections(struct reader *in, unsigned needs) {
    unsigned have = in->header.sections;
    unsigned lacks = (needs & WANT_ALPHA ? needs | STATE : needs) & ALL_SECTIONS & ~have;
    if (lacks)
        snprintf(in->error, sizeof in->error,
                 "the views need %s, but the stream has only %s: "
                 "make it again with nca-step --sections %s",
                 sections_text(lacks), sections_text(have), sections_text(have | lacks));
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

/* One channel, over the range of the board's activation; dead cells are black. */
static void paint_channel(const struct palette *palette, const struct world *world,
                          uint32_t channel, uint32_t *rgb) {
    const float *alpha = world->state, *value = alpha + channel * world->cells;
    float least = channel && world->model.activation == TANH ? -1.0f : 0.0f;
    float steps = 255.0f / (1.0f - least);
    for (size_t i = 0; i < world->cells; i++) {
        float step = (value[i] - least) * steps + 0.5f;
        rgb[i] = alpha[i] != 0.0f ? palette->map[step > 0.0f ? (int)step : 0] : 0;
    }
}

/* Ages, from 0 to the budget or, if that is infinite, to the oldest cell so far. */
static void paint_ages(struct palette *palette, const struct world *world, uint32_t *rgb) {
    uint64_t most = world->model.budget;
    for (size_t i = 0; i < world->cells; i++)
        if (palette->oldest < world->ages[i])
            palette->oldest = world->ages[i];
    most = most == BUDGET_INFINITE ? palette->oldest : most;
    for (size_t i = 0; i < world->cells; i++) {
        uint64_t age = world->ages[i] < most ? world->ages[i] : most;
        rgb[i] = age ? palette->map[255 * age / most] : 0;
    }
}

static void paint_genomes(struct colours *colours, const struct world *world, uint32_t *rgb) {
    colours_update(colours, world);
    for (size_t i = 0; i < world->cells; i++)
        rgb[i] = colours->colour[world->slots[i]];
}

static void paint_genotypes(const struct world *world, uint32_t *rgb) {
    for (size_t i = 0; i < world->cells; i++)
        rgb[i] = colour_genotype(world->pool.serial[world->slots[i]]);
}

/* In the colours of nca-cnwa's plots. Cells without a genome belong to a species, too. */
static void paint_species(struct cnwa *species, const struct world *world, uint32_t *rgb) {
    cnwa_take(species, world);
    for (size_t i = 0; i < world->cells; i++)
        rgb[i] = distinct_colours[species->of_slot[world->slots[i]]];
}

static void paint(struct palette *palette, const struct world *world, enum view view,
                  uint32_t channel, uint32_t *rgb) {
    if (view == VIEW_AGES)
        paint_ages(palette, world, rgb);
    else if (view == VIEW_GHC || view == VIEW_RWSP)
        paint_genomes(view == VIEW_GHC ? &palette->ghc : &palette->rwsp, world, rgb);
    else if (view == VIEW_GENOTYPES)
        paint_genotypes(world, rgb);
    else if (view == VIEW_CNWA)
        paint_species(palette->species, world, rgb);
    else
        paint_channel(palette, world, channel, rgb);
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
static void check_name(const char *path, enum canvas_format format) {
    /* of the first, ffmpeg would make 4:4:4 of y4m, which few players know */
    enum { FULL_COLOUR = 5 };
    static const char *const videos[] = {"mp4", "m4v",  "mov", "mkv", "webm", "avi", "gif", "apng",
                                         "mpg", "mpeg", "ts",  "ogv", "ogg",  "wmv", "flv", "3gp"};
    static const char *const images[] = {"png", "jpg", "jpeg", "bmp", "tif", "tiff", "webp"};
    static const char *const pages[] = {"svg", "pdf", "eps", "ps"};
    const char *dot = path ? strrchr(path, '.') : NULL;
    if (!dot || strchr(dot, '/'))
        return;
    for (int f = 0; f < CANVAS_FORMATS; f++)
        if (!strcasecmp(dot + 1, canvas_formats[f]) && f != (int)format)
            die(EXIT_USAGE, "%s: the format is %s: use --format %s, or another name", path,
                canvas_formats[format], canvas_formats[f]);
    const char *how = NULL;
    for (size_t i = 0; i < sizeof videos / sizeof *videos; i++)
        if (!strcasecmp(dot + 1, videos[i]))
            how = i < FULL_COLOUR ? "-pix_fmt yuv420p " : "";
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        if (!strcasecmp(dot + 1, images[i])) /* without a number: the last generation */
            how = strchr(path, '%') ? "" : "-update 1 ";
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (!strcasecmp(dot + 1, pages[i]))
            die(EXIT_USAGE, "%s: the format is %s: use another name", path, canvas_formats[format]);
    if (how)
        die(EXIT_USAGE,
            "%s: ffmpeg writes %s: in place of -o, end the command with: %s| ffmpeg -i - %s%s",
            path, dot + 1, format == Y4M ? "" : "--format y4m ", how, ffmpeg_name(path));
}

/* Sets sizes and titles of the sheet, with the longest caption that there can be. */
static void lay_out(struct sheet *sheet, struct panels *panels, const struct reader *in) {
    const struct model *model = &in->world.model;
    size_t cells = in->world.cells;
    struct census longest = {.alive = cells, .genomes = cells, .genome_sd = 999};
    write_caption(sheet->caption, UINT64_MAX, &longest, in->header.sections, cells);
    sheet->columns = model->width;
    sheet->rows = model->height;
    sheet->panels = panels->count;
    sheet->titles = (const char(*)[TITLE])panels->title;
}

static void draw(struct sheet *sheet, const struct panels *panels, struct palette *palette,
                 struct reader *in, unsigned needs) {
    const struct world *world = &in->world;
    const unsigned known = in->header.sections;
    struct census_state *state = census_state_new();
    uint32_t *rgb = allocate(world->cells, sizeof *rgb, "picture");
    uint32_t *zeros = allocate(world->cells, sizeof *zeros, "census");
    while (program_next(in) > 0 && has_sections(in, needs)) {
        if (sheet->annotate) {
            struct census counts = take_census(state, *world, zeros);
            write_caption(sheet->caption, world->generation, &counts, known & in->header.sections,
                          world->cells);
        }
        for (uint32_t p = 0; p < panels->count; p++) {
            paint(palette, world, panels->view[p], panels->channel[p], rgb);
            sheet_panel(sheet, p, rgb);
        }
        sheet_write(sheet);
    }
    census_state_free(state);
    free(rgb);
    free(zeros);
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...", "Draws each generation as a picture.", .specs = specs,
                              .example =
                                  "nca-render run.zst | ffmpeg -i - -pix_fmt yuv420p run.mp4"};
    struct palette palette = {.map = colormaps[MAGMA], .oldest = 16};
    struct sheet sheet = {.format = Y4M, .fps = 25, .annotate = true};
    struct choices choices = CHOICES_DEFAULT;
    enum view views[MAX_VIEWS] = {VIEW_CHANNELS};
    unsigned count = 1, needs = STATE;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        switch (key) {
        case VIEW:
            needs = parse_views(optarg, views, &count);
            break;
        case FORMAT:
            sheet.format = option_choice("--format", optarg, canvas_formats, CANVAS_FORMATS);
            break;
        case SCALE:
            sheet.scale = (uint32_t)option_integer("--scale", optarg, 1, MAX_SIDE);
            break;
        case FPS:
            sheet.fps = (unsigned)option_integer("--fps", optarg, 1, 1000);
            break;
        case COLORMAP:
            palette.map = colormaps[option_choice("--colormap", optarg, colormap_names, COLORMAPS)];
            break;
        case NO_ANNOTATE:
            sheet.annotate = false;
            break;
        default:
            choices_option(&choices, key, optarg);
        }
    check_name(options.output, sheet.format);

    unsigned wanted = sheet.annotate ? needs | GENOMES | AGES | WANT_ALPHA : needs;
    struct reader *in = program_input(argv + optind, wanted | WANT_IF_PRESENT);
    if (!has_sections(in, needs))
        return reader_close(in);
    choices_rwsp(&choices, &in->world.model, &palette.rwsp);
    static struct panels panels;
    for (unsigned v = 0; v < count; v++)
        add_panels(&panels, views[v], in->world.model.channels);
    lay_out(&sheet, &panels, in);
    palette.species = cnwa_new(&in->world, choices.species);

    program_output(&options, sheet.format != ANSI);
    sheet_open(&sheet);
    draw(&sheet, &panels, &palette, in, needs);
    sheet_close(&sheet);
    colours_free(&palette.ghc);
    colours_free(&palette.rwsp);
    cnwa_free(palette.species);
    return program_end(&options, in);
}
