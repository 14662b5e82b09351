/* SPDX-License-Identifier: MIT */
/* nca-species: which genotypes, or clades of them, matter in a run, and when they lived. */
#include "bin-src/program.h"
#include "common/colormap.h"
#include "common/err.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/table.h"
#include "kernels/measures/clades.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 256, CLADE, MULLER, GGMULLER };

static const struct option_spec specs[] = {
    {MOST, "most", "N", "report the N with the most cell-generations (20)", true},
    {CLADE, "clade", "G", "report clades: genotypes alive in generation G, with descendants", true},
    {MULLER, "muller", NULL, "print shares of cells over time: a Muller plot", true},
    {GGMULLER, "ggmuller", "DIR", "write shares' tables for R's ggmuller into DIR instead", true},
    OPTIONS_TABLE_WHOLE,
    OPTIONS_COMMON,
};

/* The bands from below: each species has one under and one over those that are nested in it, of
   which the first is on top. */
static void put_bands(FILE *plot, const uint32_t *inside, size_t count, size_t species) {
    fprintf(plot, "%zu,", species + 2);
    for (size_t s = count; s; s--)
        if (inside[s] == species && s != species)
            put_bands(plot, inside, count, s);
    fprintf(plot, "%zu%s", species + 2, species ? "," : "");
}

/* The legend of those nested in a species, in the order of the bands from above. */
static void put_keys(FILE *plot, const uint32_t *inside, size_t count, size_t species,
                     const char *const *columns) {
    for (size_t s = 1; s <= count; s++)
        if (inside[s] == species) {
            fprintf(plot, ", \\\n     keyentry with boxes linetype %zu title '%s'", s, columns[s]);
            put_keys(plot, inside, count, s, columns);
        }
}

/* gnuplot commands for a Muller plot: the others in gray, and count species nested as in inside. */
static char *muller_plot(const uint32_t *inside, size_t count, const char *const *columns) {
    size_t size;
    char *plot;
    FILE *out = open_memstream(&plot, &size);
    if (!out)
        die(EXIT_FAILED, "plot:");
    fprintf(out, "array band[%zu] = [", 2 * count + 2);
    put_bands(out, inside, count, 0);
    fprintf(out,
            "]\nset linetype %zu linecolor '#d8d8d8'\nset yrange [0:1]\nset style fill solid\n"
            "set key outside\nunset grid\n"
            "plot for [i=%zu:1:-1] $species using 1:(sum [j=1:i] column(band[j]) / 2) \\\n"
            "         with filledcurves y1=0 linetype (band[i] == 2 ? %zu : band[i] - 2) notitle",
            count + 1, 2 * count + 2, count + 1);
    put_keys(out, inside, count, 0, columns);
    fprintf(out, ", \\\n     keyentry with boxes linetype %zu title 'others'\n", count + 1);
    fclose(out);
    return plot;
}

static void print_muller(struct clades *c, struct table *table) {
    size_t count = c->reported;
    const char **columns = allocate(count + 1, sizeof *columns, "species");
    char(*name)[24] = allocate(count + 1, sizeof *name, "species");
    double *row = allocate(count + 1, sizeof *row, "species");
    uint32_t *inside = clades_nest(c);
    columns[0] = "others";
    for (size_t s = 0; s < count; s++) {
        snprintf(name[s + 1], sizeof *name, "%" PRIu64, c->list[s].serial);
        columns[s + 1] = name[s + 1];
    }
    char *plot = muller_plot(inside, count, columns);
    table->title = c->by_clade ? "Cells by clade" : "Cells by genotype";
    table->ylabel = "share of cells with a genome";
    table->columns = columns;
    table->count = table->colours = (int)count + 1;
    table->plot = plot;
    table_begin(table);
    for (size_t r = 0; r < c->rows; r++) {
        double all = 0.0;
        for (size_t s = 0; s <= count; s++)
            all += row[s] = clades_cells(c, s, r);
        for (size_t s = 0; s <= count; s++)
            row[s] = all > 0.0 ? row[s] / all : 0.0;
        table_row(table, c->generation[r], row);
    }
    table_end(table);
    free(columns);
    free(name);
    free(row);
    free(inside);
    free(plot);
}

/* The tables of ggmuller, an R package: the tree of identities, and their cells in each generation.
   Its root is 0, the others; each identity stands in each generation. */
enum { EDGES, POPULATIONS, TABLES };
struct ggmuller {
    char *path[TABLES];
    FILE *to[TABLES];
    int locked;
};

static void open_ggmuller(struct ggmuller *g, const char *directory) {
    static const char *const names[TABLES] = {"edges.csv", "populations.csv"};
    g->locked = output_directory(directory, true);
    for (int t = 0; t < TABLES; t++) {
        size_t size = strlen(directory) + sizeof "/populations.csv";
        g->path[t] = allocate(size, 1, "path");
        snprintf(g->path[t], size, "%s/%s", directory, names[t]);
        g->to[t] = fdopen(output_create(g->path[t]), "w");
        if (!g->to[t])
            die(EXIT_FAILED, "%s:", g->path[t]);
    }
}

static void close_ggmuller(struct ggmuller *g) {
    for (int t = 0; t < TABLES; t++) {
        bool failed = ferror(g->to[t]);
        if (fclose(g->to[t]) || failed)
            die(EXIT_FAILED, "%s:", g->path[t]);
        free(g->path[t]);
    }
    close(g->locked);
}

static void print_ggmuller(struct clades *c, const struct ggmuller *g) {
    uint32_t *inside = clades_nest(c);
    fputs("Parent,Identity\n", g->to[EDGES]);
    fputs("Generation,Identity,Population\n", g->to[POPULATIONS]);
    for (size_t s = 1; s <= c->reported; s++)
        fprintf(g->to[EDGES], "%" PRIu64 ",%" PRIu64 "\n",
                inside[s] ? c->list[inside[s] - 1].serial : 0, c->list[s - 1].serial);
    for (size_t r = 0; r < c->rows; r++)
        for (size_t s = 0; s <= c->reported; s++)
            fprintf(g->to[POPULATIONS], "%" PRIu64 ",%" PRIu64 ",%" PRIu32 "\n", c->generation[r],
                    s ? c->list[s - 1].serial : 0, clades_cells(c, s, r));
    free(inside);
}

/* One row for each, which begins with the generation of its origin. */
static void print_lives(const struct clades *c, struct table *table) {
    static const char *const columns[] = {"genotype",    "parent", "max_cells", "peak",
                                          "total_cells", "births", "extinction"};
    char plot[512];
    uint64_t end = c->rows ? c->generation[c->rows - 1] : 0;
    snprintf(plot, sizeof plot,
             "set key off\nset xrange [0:*]\nset yrange [-%zu:1]\nset style fill solid\n"
             "end(t) = t < %" PRIu64 " ? t : %" PRIu64 "\n"
             "plot $species using 1:(-$0):1:(end($8)):(-$0 - 0.35):(-$0 + 0.35):\\\n"
             "     ytic(stringcolumn(2)) with boxxyerror\n",
             c->reported, end, end);
    table->title = c->by_clade ? "When clades lived, by cell-generations"
                               : "When genotypes lived, by cell-generations";
    table->ylabel = c->by_clade ? "founder of the clade" : "genotype";
    table->columns = columns;
    table->count = 7;
    table->plot = plot;
    table_begin(table);
    for (size_t i = 0; i < c->reported; i++) {
        const struct clade *s = &c->list[i];
        double row[] = {(double)s->serial,
                        (double)s->parent,
                        (double)s->max_cells,
                        (double)s->peak,
                        (double)s->total_cells,
                        (double)s->births,
                        s->extinction == EXTANT ? INFINITY : (double)s->extinction};
        table_row(table, s->origin, row);
    }
    table_end(table);
}

int main(int argc, char **argv) {
    struct options options = {
        "[FILE]...",
        "Reports the most common genotypes of a run: when they lived, "
        "and in how many cells.",
        .specs = specs,
        .example = "nca-species --clade 0 --muller --png founders.png run.zst | gnuplot"};
    struct table table = {.name = "species"};
    struct clades clades = {.max_reported = 20};
    struct ggmuller ggmuller = {.locked = -1};
    const char *directory = NULL;
    bool most = false, muller = false, drawn = false;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == MOST) {
            clades.max_reported = option_integer("--most", optarg, 1, 1000000);
            most = true;
        } else if (key == CLADE) {
            clades.by_clade = true;
            clades.from = option_integer("--clade", optarg, 0, UINT32_MAX);
        } else if (key == MULLER)
            muller = true;
        else if (key == GGMULLER)
            directory = optarg;
        else
            drawn = table_option(&table, key, optarg);
    if (directory && (muller || drawn || options.output))
        die(EXIT_USAGE, "--ggmuller: only with --most or --clade: it writes its own files");
    clades.over_time = muller || directory;
    if (muller && clades.max_reported >= DISTINCT)
        die(EXIT_USAGE, "--muller: not with --most over %d, the number of colours", DISTINCT - 1);

    clades.founders = muller && !most && !clades.by_clade;
    clades.by_clade |= clades.founders;
    clades.max_for_half = muller && !most ? DISTINCT - 1 : 0;

    struct reader *in = program_input(argv + optind, GENOMES | WANT_BIRTHS);
    if (directory)
        open_ggmuller(&ggmuller, directory);
    program_output(&options, false);
    for (int got; (got = program_next(in)) > 0;)
        if (!clades_take(&clades, &in->world, got == READ_GENERATION))
            break;
    bool ranked = clades_rank(&clades);
    if (ranked && directory)
        print_ggmuller(&clades, &ggmuller);
    else if (ranked && muller)
        print_muller(&clades, &table);
    else if (ranked)
        print_lives(&clades, &table);
    if (directory)
        close_ggmuller(&ggmuller);
    int status = program_end_or(&options, in, clades.lineage.error);
    clades_free(&clades);
    if (!status && !ranked && !signals_caught())
        die(EXIT_FAILED, "--clade %" PRIu64 ": the stream has no such generation", clades.from);
    return status;
}
