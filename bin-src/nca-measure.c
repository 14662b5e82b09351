/* nca-measure: several measures of a stream in one pass, as one table or as one for each. */
#include "common/thread_pool.h"
#include "common/err.h"
#include "common/inputs.h"
#include "common/output.h"
#include "common/signals.h"
#include "bin-src/measure.h"
#include "bin-src/scatter.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ONLY = 256, THREADS, MAX_LINES = 11 /* in one panel, with a legend */ };

static const struct option_spec specs[] = {
    {ONLY, "only", "LIST", "any of ctfp, entropy, gcvp, clogv, ghc, rwsp, cnwa, census (all)",
     true},
    {'d', "directory", "DIR", "a table for each, in DIR, rather than one for all", true},
    {THREADS, "threads", "N", "threads to work on (as many as there are processors)", true},
    OPTION_DIGITS("types and weights"),
    OPTION_WEIGHTS,
    OPTION_SPECIES,
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

/* Takes "name,name" apart; sets the measures, in their usual order. */
static void choose(struct measuring *m, char *list) {
    const char *names[MEASURES];
    bool chosen[MEASURES] = {false};
    for (int i = 0; i < MEASURES; i++)
        names[i] = measures[i]->name;
    for (char *name = list, *end; name; name = end) {
        if ((end = strchr(name, ',')))
            *end++ = '\0';
        chosen[option_choice("--only", name, names, MEASURES)] = true;
    }
    m->count = 0;
    for (int i = 0; i < MEASURES; i++)
        if (chosen[i])
            m->measure[m->count++] = measures[i];
}

/* Of a table in the directory, which is no input. */
static char *path(const char *directory, const char *name, int style) {
    size_t size = strlen(directory) + strlen(name) + sizeof "/.tsv";
    char *text = allocate(size, 1, "name");
    snprintf(text, size, "%s/%s.%s", directory, name, style == TABLE_CSV ? "csv" : "tsv");
    inputs_protect(AT_FDCWD, text, text);
    return text;
}

/* A panel for each measure, one below the other. Where there are several lines, counts go from 1 to
   all cells: on a logarithmic scale each is to be seen. Of CNWA, cells alone and not proportions.
 */
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
        const struct table *table = &m->table[i];
        int lines = m->measure[i] == &cnwa ? table->count / 2 : table->count;
        if (i + 1 == m->count)
            fputs("set xlabel 'generation'\n", to);
        fprintf(to, "set title '%s: %s'\nscale %s%d:%d\nset key %s\n", table->title, table->ylabel,
                lines > 1 ? "log " : "", column, column + lines - 1,
                lines > 1 && lines <= MAX_LINES ? "on outside samplen 1" : "off");
        fprintf(to,
                "plot for [i=%d:%d] $measures using 1:i with lines linewidth 1.5 \\\n"
                "     title word('",
                column, column + lines - 1);
        for (int c = 0; c < lines; c++)
            fprintf(to, "%s%s", c ? " " : "", table->columns[c]);
        fprintf(to, "', i - %d) noenhanced\n", column - 1);
        column += table->count;
    }
    fputs("unset multiplot\n", to);
    if (fclose(to))
        die(EXIT_FAILED, "plot:");
    return text;
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...", "Several measures of each generation, in one pass.",
                              .specs = specs};
    struct table table = {.name = "measures", .title = "", .ylabel = ""};
    struct measuring m = {.count = MEASURES, .choices = CHOICES_DEFAULT};
    const char *directory = NULL;
    memcpy(m.measure, measures, sizeof m.measure);
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == ONLY)
            choose(&m, optarg);
        else if (key == 'd')
            directory = optarg;
        else if (key == THREADS)
            m.threads = (unsigned)option_integer("--threads", optarg, 1, MAX_THREADS);
        else if (!table_option(&table, key, optarg))
            choices_option(&m.choices, key, optarg);
    if (directory && (options.output || table.live || table.file))
        die(EXIT_USAGE, "--directory: not with %s: the tables are all that is written",
            options.output ? "--output" : "what draws");

    unsigned sections = 0;
    for (size_t i = 0; i < m.count; i++)
        sections |= m.measure[i]->sections;
    struct reader *in = reader_open(argv + optind, sections);
    if (*in->error)
        return reader_close(in);
    if (!m.threads)
        m.threads = processors();
    if (m.threads > m.count + 1)
        m.threads = (unsigned)m.count + 1;
    m.joined = directory ? NULL : &table;
    measuring_begin(&m, in);
    int suffix = table.style == TABLE_CSV ? TABLE_CSV : TABLE_TSV;
    struct table points = {.name = "scatter", .style = suffix};
    char *plot = NULL;
    int locked = directory ? output_directory(directory, true) : -1;
    if (directory) {
        for (size_t i = 0; i < m.count; i++) {
            m.table[i].style = suffix;
            m.table[i].path = path(directory, m.measure[i]->name, suffix);
        }
        points.path = path(directory, points.name, suffix);
        if (remove(points.path) && errno != ENOENT) /* that of another run */
            die(EXIT_FAILED, "%s:", points.path);
    } else {
        table.plot = plot = overview(&m);
        table.colours = MAX_LINES;
        table.height = m.count > 2 ? 5 * (int)m.count / 2 : 6;
    }

    if (!directory)
        output_open(options.output, false);
    signals_catch();
    measuring_run(&m);
    for (size_t i = 0; directory && i < m.count; i++)
        if (m.measure[i] == &cnwa && m.got == 0 && in->generations)
            scatter_print(cnwa_clusters(m.work[i]), &points);
    output_close();
    if (directory)
        close(locked);
    for (size_t i = 0; i < m.count; i++)
        free((char *)m.table[i].path);
    free((char *)points.path);
    free(plot);
    measuring_end(&m);
    free(options.history);
    int status = reader_close(in);
    return status ? status : signals_status();
}
