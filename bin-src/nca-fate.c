/* SPDX-License-Identifier: MIT */
/* nca-fate: whether births persist, and whether that depends on which weights mutated. */
#include "bin-src/program.h"
#include "common/colormap.h"
#include "common/err.h"
#include "common/table.h"
#include "kernels/measures/fate.h"
#include "kernels/model/rule.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { HORIZON = 256, WINDOW, MAX_NAMED = 400 /* weights, all of them named in the plot */ };

static const struct option_spec specs[] = {
    {HORIZON, "horizon", "T", "generations after which a birth persists or not (20)", true},
    {WINDOW, "window", "G", "print a table for the births of every G generations", true},
    OPTIONS_TABLE_WHOLE,
    OPTIONS_COMMON,
};

static const char *const columns[] = {
    "position", "weight",  "births",        "persisting",    "omega",         "se",
    "z",        "p_value", "persistence_1", "persistence_2", "persistence_3", "persistence_4"};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* What goes into the table, and, for the plot, comes of it. */
struct printer {
    struct table *table;
    size_t channels;
    struct fate_sums *total; /* [weights] of all windows together */
    double threshold;        /* 0.05 / weights */
    double low, high;        /* of all intervals */
};

/* W1[L][9L] and W2[L][L] */
static void name_weight(char name[32], size_t weight, size_t L) {
    bool output = weight >= 9 * L * L;
    size_t index = output ? weight - 9 * L * L : weight, width = output ? L : 9 * L;
    snprintf(name, 32, "W%d[%zu][%zu]", output ? 2 : 1, index / width, index % width);
}

static void print_weights(struct fate *fate, void *context) {
    struct printer *p = context;
    char name[32];
    p->table->label = name;
    for (size_t w = 0; w < fate->weights; w++) {
        const struct fate_sums *sums = &fate->sums[w];
        struct fate_result r = fate_result(sums);
        double row[COLUMNS] = {(double)rule_weight((uint32_t)p->channels, (uint32_t)w),
                               NAN,
                               (double)sums->births,
                               (double)sums->persisting,
                               r.omega,
                               r.se,
                               r.z,
                               r.p_value};
        for (int bin = 0; bin < FATE_BINS; bin++)
            row[COLUMNS - FATE_BINS + bin] = r.persistence[bin];
        name_weight(name, w, p->channels);
        table_row(p->table, fate->generation, row);
        p->total[w].births += sums->births;
        p->total[w].persisting += sums->persisting;
        p->total[w].expected += sums->expected;
        p->total[w].variance += sums->variance;
        p->low = fmin(p->low, r.omega - 1.96 * r.se);
        p->high = fmax(p->high, r.omega + 1.96 * r.se);
    }
}

/* Over all windows: of many windows some have a small p-value by chance. */
static bool marked(const struct printer *p, size_t weight) {
    return fate_result(&p->total[weight]).p_value < p->threshold;
}

/* The weights from the top down, each with its interval. */
static void draw_forest(FILE *to, const struct printer *p, size_t weights) {
    double margin = 0.05 * (p->high - p->low) + 0.01;
    bool named = weights <= MAX_NAMED;
    fprintf(to,
            "set xlabel 'omega: births that persist, relative to those expected, "
            "with 95 %% intervals'\n"
            "set key off\nset grid noytics\nset ytics scale 0 font ',10'\n"
            "set yrange [%g:-1]\nset xrange [%.4f:%.4f]\nset arrow 1 from 1,graph 0 to 1,graph 1 "
            "nohead linecolor '#606060'\n",
            (double)weights, p->low - margin, p->high + margin);
    fprintf(
        to,
        "marked(p) = p < %.9g\n"
        "plot $fate using (1):0:ytic(%s) with dots linecolor 'white', \\\n"
        "     $fate using (marked($9) ? NaN : $6):0:($6-1.96*$7):($6+1.96*$7) \\\n"
        "         with xerrorbars linecolor '#808080' pointtype 7 pointsize 0.7, \\\n"
        "     $fate using (marked($9) ? $6 : NaN):0:($6-1.96*$7):($6+1.96*$7) \\\n"
        "         with xerrorbars linecolor '#d62728' linewidth 3 pointtype 7 pointsize 1.3, \\\n"
        "     $fate using (marked($9) ? $6+1.96*$7 : NaN):0:3 \\\n"
        "         with labels left offset 1,0 textcolor '#d62728'\n",
        p->threshold, named ? "stringcolumn(3)" : "marked($9) ? stringcolumn(3) : ''");
}

/* Omega over time: a line for each weight, those that are marked in colour. */
static void draw_windows(FILE *to, const struct printer *p, size_t weights) {
    char name[32];
    fprintf(to,
            "set ylabel 'omega: births that persist, relative to those expected'\n"
            "set key outside\nscale 6:6\n"
            "plot for [i=0:%zu] $fate using 1:6 every %zu::i with linespoints linewidth 1.5 "
            "pointtype 7 \\\n"
            "     pointsize 0.4 linecolor '#d0d0d0' notitle",
            weights - 1, weights);
    for (size_t w = 0, colour = 1; w < weights; w++)
        if (marked(p, w)) {
            name_weight(name, w, p->channels);
            fprintf(to,
                    ", \\\n     $fate using 1:6 every %zu::%zu with linespoints linewidth 1.5 "
                    "pointtype 7 \\\n"
                    "     pointsize 0.4 linetype %zu title '%s'",
                    weights, w, colour++, name);
        }
    putc('\n', to);
}

static char *make_plot(struct table *table, const struct printer *p, const struct fate *fate) {
    char *plot;
    size_t size, colours = 0;
    FILE *to = open_memstream(&plot, &size);
    if (!to)
        die(EXIT_FAILED, "plot:");
    for (size_t w = 0; w < fate->weights; w++)
        colours += marked(p, w);
    table->colours = colours < DISTINCT ? (int)colours : DISTINCT - 1;
    if (fate->window)
        draw_windows(to, p, fate->weights);
    else {
        draw_forest(to, p, fate->weights);
        table->height = fate->weights < 800 ? 2 + (int)fate->weights / 6 : 135;
    }
    if (fclose(to))
        die(EXIT_FAILED, "plot:");
    return plot;
}

/* Where few births count, a table looks as if there was no selection. */
static void warn_few(const struct fate *f) {
    enum { FEW = 4 };
    if (f->last - f->first < f->horizon)
        complain("warning: no birth counts: the stream has generations %" PRIu64 " to %" PRIu64
                 ", fewer than --horizon %" PRIu64 " needs",
                 f->first, f->last, f->horizon);
    else if (f->judged * FEW < f->judged + f->missed)
        complain("warning: %" PRIu64 " of %" PRIu64 " births count: the stream lacks the "
                 "others or the generation %" PRIu64
                 " later; nca-replay recomputes what is left out",
                 f->judged, f->judged + f->missed, f->horizon);
}

int main(int argc, char **argv) {
    struct options options = {
        "[FILE]...", "Which mutations make births persist: selection, weight by weight.",
        .specs = specs, .example = "nca-fate --png fate.png run.zst | gnuplot"};
    struct table table = {.name = "fate",
                          .title = "Fate of births, by the weight that mutated",
                          .ylabel = "",
                          .columns = columns,
                          .count = COLUMNS,
                          .label_column = 1};
    struct printer printer = {.table = &table, .low = 0.9, .high = 1.1};
    struct fate fate = {.horizon = 20, .done = print_weights, .context = &printer};
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == HORIZON)
            fate.horizon = option_integer("--horizon", optarg, 1, UINT32_MAX);
        else if (key == WINDOW)
            fate.window = option_integer("--window", optarg, 1, UINT32_MAX);
        else
            table_option(&table, key, optarg);

    struct reader *in = program_input(argv + optind, GENOMES | WANT_BIRTHS);
    size_t L = printer.channels = in->header.model.channels;
    printer.threshold = 0.05 / (double)(10 * L * L);
    printer.total = allocate(10 * L * L, sizeof *printer.total, "weights");
    program_output(&options, false);
    table_begin(&table);
    for (int got; (got = program_next(in)) > 0;)
        if (!fate_take(&fate, &in->world, got == READ_GENERATION))
            break;
    if (fate.any)
        print_weights(&fate, &printer);
    char *plot = NULL;
    if (table.rows)
        table.plot = plot = make_plot(&table, &printer, &fate);
    table_end(&table);
    bool any = in->generations > 0;
    int status = program_end_or(&options, in, fate.error);
    if (!status && any)
        warn_few(&fate);
    fate_free(&fate);
    free(printer.total);
    free(plot);
    return status;
}
