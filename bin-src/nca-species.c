/* nca-species: which genotypes, or clades of them, matter in a run, and when they lived. */
#include "common/colormap.h"
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/table.h"
#include "format/stream.h"
#include "kernels/measures/clades.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 256, CLADE, MULLER };

static const struct option_spec specs[] = {
    {MOST, "most", "N", "tell of the N with the most cell-generations (20)", true},
    {CLADE, "clade", "G", "of clades: descendants of each genotype alive in generation G", true},
    {MULLER, "muller", NULL, "print shares of cells over time, for a Muller plot", true},
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

/* Band by band from below, each species half under and half over those that are drawn in it. */
static void put_bands(FILE *plot, const uint32_t *inside, size_t told, size_t species) {
    fprintf(plot, "%zu,", species + 2);
    for (size_t s = 1; s <= told; s++)
        if (inside[s] == species && s != species)
            put_bands(plot, inside, told, s);
    fprintf(plot, "%zu%s", species + 2, species ? "," : "");
}

static void print_muller(struct clades *c, struct table *table) {
    size_t told = c->reported, size;
    const char **columns = allocate(told + 1, sizeof *columns, "species");
    char(*name)[24] = allocate(told + 1, sizeof *name, "species"), *plot = NULL;
    double *row = allocate(told + 1, sizeof *row, "species");
    uint32_t *inside = clades_nest(c);
    FILE *out = open_memstream(&plot, &size);
    if (!out)
        die(EXIT_FAILED, "plot:");
    columns[0] = "others";
    for (size_t s = 0; s < told; s++) {
        snprintf(name[s + 1], sizeof *name, "%" PRIu64, c->list[s].serial);
        columns[s + 1] = name[s + 1];
    }
    fprintf(out, "array band[%zu] = [", 2 * told + 2);
    put_bands(out, inside, told, 0);
    fprintf(out,
            "]\nset linetype %zu linecolor '#d8d8d8'\nset yrange [0:1]\nset style fill solid\n"
            "set key outside\nunset grid\n"
            "plot for [i=%zu:1:-1] $species using 1:(sum [j=1:i] column(band[j]) / 2) \\\n"
            "         with filledcurves y1=0 linetype (band[i] == 2 ? %zu : band[i] - 2) notitle",
            told + 1, 2 * told + 2, told + 1);
    for (size_t s = 1; s <= told; s++)
        fprintf(out, ", \\\n     keyentry with boxes linetype %zu title '%s'", s, columns[s]);
    fprintf(out, ", \\\n     keyentry with boxes linetype %zu title 'others'\n", told + 1);
    fclose(out);
    table->title = c->by_clade ? "Cells by clade" : "Cells by genotype";
    table->ylabel = "share of cells with a genome";
    table->columns = columns;
    table->count = table->colours = (int)told + 1;
    table->plot = plot;
    table_begin(table);
    for (size_t r = 0; r < c->rows; r++) {
        double all = 0.0;
        for (size_t s = 0; s <= told; s++)
            all += row[s] = clades_cells(c, s, r);
        for (size_t s = 0; s <= told; s++)
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

/* One row for each, headed by the generation it emerged in. */
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
    struct options options = {"[FILE]...",
                              "Tells of the genotypes that matter most in a run: when they lived, "
                              "and in how many cells.",
                              .specs = specs};
    struct table table = {.name = "species"};
    struct clades clades = {.max_reported = 20};
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == MOST)
            clades.max_reported = option_integer("--most", optarg, 1, 1000000);
        else if (key == CLADE) {
            clades.by_clade = true;
            clades.from = option_integer("--clade", optarg, 0, UINT32_MAX);
        } else if (key == MULLER)
            clades.over_time = true;
        else
            table_option(&table, key, optarg);
    if (clades.over_time && clades.max_reported >= DISTINCT)
        die(EXIT_USAGE, "--muller: colours are for --most %d at most", DISTINCT - 1);
    if (table.live)
        die(EXIT_USAGE, "--live: not here: which species matter is known at the end");

    struct reader *in = reader_open(argv + optind, GENOMES | WANT_BIRTHS);
    if (*in->error)
        return reader_close(in);
    output_open(options.output, false);
    signals_catch();
    for (int got; !signals_caught() && (got = reader_next(in)) > 0;)
        if (!clades_take(&clades, &in->world, got == READ_GENERATION))
            break;
    bool ranked = clades_rank(&clades);
    if (ranked && clades.over_time)
        print_muller(&clades, &table);
    else if (ranked)
        print_lives(&clades, &table);
    output_close();
    const char *error = clades.lineage.error;
    if (*error)
        complain("%s", error);
    int status = reader_close(in) || *error ? EXIT_FAILED : signals_status();
    clades_free(&clades);
    free(options.history);
    if (!status && !ranked && !signals_caught())
        die(EXIT_FAILED, "--clade %" PRIu64 ": the stream has no such generation", clades.from);
    return status;
}
