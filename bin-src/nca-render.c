/* nca-render: draws each generation as a picture, for ffmpeg, netpbm or the terminal. */
#include "common/colormap.h"
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/sheet.h"
#include "common/signals.h"
#include "bin-src/positions.h"
#include "format/stream.h"
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

enum { VIEW = 256, FORMAT, SCALE, FPS, COLORMAP, WEIGHTS, DIGITS, NO_ANNOTATE };

static const struct option_spec specs[] = {
    {VIEW, "view", "LIST", "any of channels, alpha, ages, ghc, rwsp, genotypes, cnwa (channels)",
     false},
    {FORMAT, "format", "NAME", "y4m, ppm, or ansi for the terminal (y4m)", false},
    {SCALE, "scale", "N", "pixels a cell is wide (panels of up to 600; ansi: 1)", false},
    {FPS, "fps", "N", "generations a second, 1..1000 (25)", false},
    {COLORMAP, "colormap", "NAME", "of channels and ages: magma, viridis or gray (magma)", false},
    {WEIGHTS, "weights", "I,J,K", "parameters that rwsp shows (drawn by the seed)", false},
    {DIGITS, "digits", "D", "decimals that rwsp rounds them to, 1..3 (1)", false},
    {'k', "species", "K", "species that cnwa sorts genomes into, 1..32 (5)", false},
    {NO_ANNOTATE, "no-annotate", NULL, "leave out caption and titles", false},
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
    uint32_t oldest;     /* cell so far; 16 before there is one, for a quiet start */
    struct colours ghc, rwsp;
    struct cnwa *species;
};

/* Takes "view,view" apart; returns the sections that they need. */
static unsigned parse_views(char *list, enum view *views, unsigned *count) {
    unsigned needs = 0;
    *count = 0;
    for (char *name = list, *end; name; name = end) {
        if ((end = strchr(name, ',')))
            *end++ = '\0';
        if (*count == MAX_VIEWS)
            die(EXIT_USAGE, "--view: %s: more than %d views", name, MAX_VIEWS);
        views[*count] = (enum view)option_choice("--view", name, view_names, VIEWS);
        needs |= view_needs[views[(*count)++]];
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

/* Whether this part of the stream has what the views need; if not, that is the reader's error. */
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

/* What the stream cannot tell is left out. Counts keep their width, so that nothing dances. */
static void write_caption(char caption[PIECES][PIECE], uint64_t generation,
                          const struct census *census, unsigned sections, size_t cells) {
    int width = snprintf(NULL, 0, "%zu", cells);
    memset(caption, 0, PIECES * sizeof *caption);
    snprintf(caption[0], PIECE, "generation %" PRIu64, generation);
    if (sections & STATE) {
        snprintf(caption[1], PIECE, "alive %*" PRIu64, width, census->alive);
        snprintf(caption[3], PIECE, "cell sd %.4f", census->cell_sd);
    }
    if (sections & GENOMES) {
        const char *format = census->genome_sd < 1000 ? "genome sd %.4f" : "genome sd %.3e";
        snprintf(caption[2], PIECE, "genomes %*" PRIu64, width, census->genomes);
        snprintf(caption[4], PIECE, format, census->genome_sd);
    }
}

/* A census needs all sections: zeros[N] stand in for those that are not there. */
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

/* A channel, over the range of the board's activation; dead cells are black. */
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

/* In the colours that nca-cnwa draws in. Cells without a genome are of a species, too. */
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

/* A file's name as ffmpeg takes it from a shell: never an option, a protocol or a command. The
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

/* Refuses a name that promises another format than the file would have. */
static void check_name(const char *path, enum canvas_format format) {
    static const char *const films[] = {"mp4", "m4v",  "mov", "mkv", "webm", "avi", "gif", "apng",
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
    for (size_t i = 0; i < sizeof films / sizeof *films; i++)
        if (!strcasecmp(dot + 1, films[i]))
            how = "";
    for (size_t i = 0; i < sizeof images / sizeof *images; i++)
        if (!strcasecmp(dot + 1, images[i])) /* without a number in it: of the last generation */
            how = strchr(path, '%') ? "" : "-update 1 ";
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (!strcasecmp(dot + 1, pages[i]))
            die(EXIT_USAGE, "%s: the format is %s: use another name", path, canvas_formats[format]);
    if (how)
        die(EXIT_USAGE,
            "%s: ffmpeg writes %s: in place of -o, end the command with: %s| ffmpeg -i - %s%s",
            path, dot + 1, format == Y4M ? "" : "--format y4m ", how, ffmpeg_name(path));
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...", "Draws each generation as a picture.", .specs = specs};
    struct palette palette = {.map = colormaps[MAGMA], .oldest = 16, .rwsp = {.digits = 1}};
    struct sheet sheet = {.format = Y4M, .fps = 25, .annotate = true};
    enum view views[MAX_VIEWS] = {VIEW_CHANNELS};
    unsigned count = 1, needs = STATE, k = 5;
    const char *weights = NULL;
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
        case WEIGHTS:
            weights = optarg;
            break;
        case DIGITS:
            palette.rwsp.digits = (int)option_integer("--digits", optarg, 1, MAX_DIGITS);
            break;
        case 'k':
            k = (unsigned)option_integer("--species", optarg, 1, MAX_CLUSTERS);
            break;
        case NO_ANNOTATE:
            sheet.annotate = false;
        }
    check_name(options.output, sheet.format);

    unsigned wanted = sheet.annotate ? needs | GENOMES | AGES | WANT_ALPHA : needs;
    struct reader *in = reader_open(argv + optind, wanted | WANT_IF_PRESENT);
    if (*in->error || !has_sections(in, needs))
        return reader_close(in);
    const struct world *world = &in->world;
    const struct model *model = &world->model;
    size_t P = genome_size(model->channels);
    colours_positions(model->seed, P, palette.rwsp.position);
    if (weights && !parse_positions(weights, P, palette.rwsp.position))
        die(EXIT_USAGE, "--weights: %s: not three different positions from 0 to %zu", weights,
            P - 1);

    static struct panels panels;
    for (unsigned v = 0; v < count; v++)
        add_panels(&panels, views[v], model->channels);
    struct census census = {.alive = world->cells, .genomes = world->cells, .genome_sd = 999};
    const unsigned known = in->header.sections;
    write_caption(sheet.caption, UINT64_MAX, &census, known, world->cells);
    sheet.columns = model->width;
    sheet.rows = model->height;
    sheet.panels = panels.count;
    sheet.titles = (const char(*)[TITLE])panels.title;

    output_open(options.output, sheet.format != ANSI);
    signals_catch();
    sheet_open(&sheet);
    struct census_state *state = census_state_new();
    uint32_t *rgb = allocate(world->cells, sizeof *rgb, "picture");
    uint32_t *zeros = allocate(world->cells, sizeof *zeros, "census");
    palette.species = cnwa_new(world, k);
    while (!signals_caught() && reader_next(in) > 0 && has_sections(in, needs)) {
        if (sheet.annotate) {
            census = take_census(state, *world, zeros);
            write_caption(sheet.caption, world->generation, &census, known & in->header.sections,
                          world->cells);
        }
        for (uint32_t p = 0; p < panels.count; p++) {
            paint(&palette, world, panels.view[p], panels.channel[p], rgb);
            sheet_panel(&sheet, p, rgb);
        }
        sheet_write(&sheet);
    }
    sheet_close(&sheet);
    output_close();
    census_state_free(state);
    colours_free(&palette.ghc);
    colours_free(&palette.rwsp);
    cnwa_free(palette.species);
    free(rgb);
    free(zeros);
    free(options.history);
    int status = reader_close(in);
    return status ? status : signals_status();
}
