/* SPDX-License-Identifier: MIT */
/* nca-measure: several measures of a stream in one pass, as one table or as one for each. */
#include "bin-src/measure.h"
#include "common/err.h"
#include "common/inputs.h"
#include "common/output.h"
#include "common/signals.h"
#include "common/thread_pool.h"
#include "bin-src/scatter.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ONLY = 256, MAX_LIST = 64 };
enum { MAX_LINES = 11 }; /* in one panel, with a legend */

static const struct option_spec specs[] = {
    {ONLY, "only", "LIST", "these measures (all but hill, activity and space)", true},
    {'d', "directory", "DIR", "write one table for each measure into DIR", true},
    OPTION_THREADS,
    OPTION_DIGITS("types and weights"),
    OPTION_WEIGHTS,
    OPTION_SPECIES,
    OPTION_CARRIERS,
    OPTION_TRACK,
    OPTION_NEW,
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

/* Sets the measures of a list, in their usual order. */
static void choose(struct measuring *m, const char *list) {
    const char *names[MEASURES];
    bool chosen[MEASURES] = {false};
    int index[MAX_LIST];
    for (int i = 0; i < MEASURES; i++)
        names[i] = measures[i]->name;
    for (int n = option_list("--only", list, names, MEASURES, index, MAX_LIST); n--;)
        chosen[index[n]] = true;
    m->count = 0;
    for (int i = 0; i < MEASURES; i++)
        if (chosen[i])
            m->measure[m->count++] = measures[i];
}

/* The path of a table in the directory; the program ends if that is an input. */
static char *table_path(const char *directory, const char *name, int style) {
    size_t size = strlen(directory) + strlen(name) + sizeof "/.tsv";
    char *text = allocate(size, 1, "name");
    snprintf(text, size, "%s/%s.%s", directory, name, style == TABLE_CSV ? "csv" : "tsv");
    inputs_protect(AT_FDCWD, text, text);
    return text;
}

/* A panel for each measure, one below the other. Several lines are counts from 1 to all cells, so
   they get a logarithmic scale. Of CNWA, only cells are drawn, not proportions. */
static char *overview(const struct measuring *m) {
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        die(EXIT_FAILED, "plot:");
    fprintf(to,
            "set multiplot layout %zu,1\nset lmargin 10\nset rmargin 28\n"
            "unset xlabel\nunset ylabel\n",
            m->count);
    int column = 2;
    for (size_t i = 0; i < m->count; i++) {
        const struct measure *measure = m->measure[i];
        const struct table *table = &m->table[i];
        int all = table->count - measure->late, lines = measure->panel.lines, step = 1, skipped = 0;
        if (lines) {
            step = measure->panel.step;
            skipped = measure->panel.first;
        } else
            lines = measure == &cnwa ? all / 2 : all;
        int first = column + skipped, last = first + (lines - 1) * step;
        if (i + 1 == m->count)
            fputs("set xlabel 'generation'\n", to);
        fprintf(to, "set title '%s: %s'\nscale %s%d:%d\nset key %s\n", table->title, table->ylabel,
                lines > 1 ? "log " : "", first, last,
                lines > 1 && lines <= MAX_LINES ? "on outside samplen 1" : "off");
        fprintf(to, step > 1 ? "plot for [i=%d:%d:%d]" : "plot for [i=%d:%d]", first, last, step);
        fputs(" $measures using 1:i with lines linewidth 1.5 \\\n     title word('", to);
        for (int c = 0; c < lines; c++)
            fprintf(to, "%s%s", c ? " " : "", table->columns[skipped + c * step]);
        fprintf(to, step > 1 ? "', (i - %d) / %d) noenhanced\n" : "', i - %d) noenhanced\n",
                first - step, step);
        column += all;
    }
    fputs("unset multiplot\n", to);
    if (fclose(to))
        die(EXIT_FAILED, "plot:");
    return text;
}

/* Prepares a table for each measure in the directory. */
static void tables_in(struct measuring *m, const char *directory, struct table *scatter) {
    for (size_t i = 0; i < m->count; i++) {
        m->table[i].style = scatter->style;
        m->table[i].path = table_path(directory, m->measure[i]->name, scatter->style);
    }
    scatter->path = table_path(directory, scatter->name, scatter->style);
    if (remove(scatter->path) && errno != ENOENT) /* from an earlier run */
        die(EXIT_FAILED, "%s:", scatter->path);
}

/* The genomes of the last generation, if CNWA is among the measures. */
static void print_scatter(const struct measuring *m, struct table *scatter) {
    for (size_t i = 0; i < m->count; i++)
        if (m->measure[i] == &cnwa && m->got == READ_END && m->in->generations)
            scatter_print(cnwa_clusters(m->work[i]), scatter);
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...", "Several measures of each generation, in one pass.",
                              .specs = specs, .example = "nca-measure --csv run.zst >run.csv"};
    struct table table = {.name = "measures", .title = "", .ylabel = ""};
    struct measuring m = {.count = MEASURES_DEFAULT, .choices = CHOICES_DEFAULT};
    const char *directory = NULL;
    memcpy(m.measure, measures, sizeof m.measure);
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == ONLY)
            choose(&m, optarg);
        else if (key == 'd')
            directory = optarg;
        else if (key == KEY_THREADS)
            m.threads = option_threads(optarg);
        else if (!table_option(&table, key, optarg))
            choices_option(&m.choices, key, optarg);
    if (directory && (options.output || table.live || table.file))
        die(EXIT_USAGE, "--directory: not with %s: only tables are written",
            options.output ? "--output" : "--png, --pdf, --svg and --live");

    unsigned sections = 0;
    for (size_t i = 0; i < m.count; i++)
        sections |= m.measure[i]->sections;
    struct reader *in = program_input(argv + optind, sections);
    if (!m.threads)
        m.threads = processors();
    m.joined = directory ? NULL : &table;
    measuring_begin(&m, in);
    struct table scatter = {.name = "scatter",
                            .style = table.style == TABLE_CSV ? TABLE_CSV : TABLE_TSV};
    char *plot = NULL;
    int locked = directory ? output_directory(directory, true) : -1;
    if (directory)
        tables_in(&m, directory, &scatter);
    else {
        table.plot = plot = overview(&m);
        table.colours = MAX_LINES;
        table.height = m.count > 2 ? 5 * (int)m.count / 2 : 6;
    }

    if (directory)
        signals_catch();
    else
        program_output(&options, false);
    measuring_run(&m);
    if (directory)
        print_scatter(&m, &scatter);
    int status = program_end(&options, in);
    if (directory)
        close(locked);
    for (size_t i = 0; i < m.count; i++)
        free((char *)m.table[i].path);
    free((char *)scatter.path);
    free(plot);
    measuring_end(&m);
    return status;
}
