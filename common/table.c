/* SPDX-License-Identifier: MIT */
#include "common/table.h"

#include "common/colormap.h"
#include "common/err.h"
#include "common/escape.h"
#include "common/inputs.h"
#include "common/number.h"
#include "common/options.h"
#include "common/output.h"
#include "common/plots.h"

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FINITE = 1, POSITIVE = 2, NEGATIVE = 4 }; /* values that a column has had */

static void read_size(const char *text, double size[2]) {
    char *end;
    size[0] = strtod(text, &end);
    size[1] = *end == ',' ? strtod(end + 1, &end) : NAN;
    if (*end || !(size[0] >= 3 && size[0] <= 100 && size[1] >= 3 && size[1] <= 100))
        die(EXIT_USAGE, "--size: %s: not two lengths in cm from 3 to 100, as in 8.5,6", text);
}

static const char *const style_names[] = {"tsv", "csv", "png", "pdf", "svg"};

bool table_option(struct table *table, int key, const char *argument) {
    if (key < TABLE_TSV || key > TABLE_LIVE)
        return false;
    if (key == TABLE_SIZE)
        read_size(argument, table->sheet);
    else if (key == TABLE_LIVE)
        table->live = option_integer("--live", argument, 1, UINT32_MAX);
    else {
        if (table->style && table->style != key)
            die(EXIT_USAGE, "--%s: not with --%s: give one format", style_names[key - TABLE_TSV],
                style_names[table->style - TABLE_TSV]);
        table->style = key;
        table->file = argument;
        if (argument) /* gnuplot would draw on the terminal instead */
            output_check(argument);
    }
    table->bare |= key == TABLE_TSV || key == TABLE_CSV;
    if (table->bare && table->live)
        die(EXIT_USAGE, "--live: not with --tsv or --csv, which print only the table");
    return true;
}

static bool draws(const struct table *table) {
    return table->style != TABLE_TSV && table->style != TABLE_CSV;
}

static _Noreturn void failed(const struct table *table) {
    if (table->path)
        die(EXIT_FAILED, "%s:", table->path);
    output_failed();
}

void table_begin(struct table *table) {
    FILE *to = table->to = table->path ? fdopen(output_create(table->path), "wb") : stdout;
    if (!to)
        failed(table);
    if (table->file)
        inputs_protect(AT_FDCWD, table->file, table->file);
    if (draws(table))
        puts("# A gnuplot program: pipe it into gnuplot, or use --tsv for the table alone.");
    if (table->live) {
        to = table->kept = open_memstream(&table->text, &table->size);
        if (!to)
            die(EXIT_FAILED, "rows:");
    } else if (!table->path)
        setvbuf(to, NULL, _IOLBF, 0); /* readers get each row at once */
    if (draws(table)) {
        fprintf(to, "$%s << EOD\n", table->name);
        table->seen = allocate((size_t)table->count, sizeof *table->seen, "columns");
    }
    fprintf(to, "%sgeneration", table->style == TABLE_CSV ? "" : "# ");
    for (int i = 0; i < table->count; i++)
        fprintf(to, "%c%s", table->style == TABLE_CSV ? ',' : '\t', table->columns[i]);
    putc('\n', to);
}

static void print_number(FILE *to, double value) {
    char text[32];
    if (!signbit(value) && value < 1e15 && value == (double)(uint64_t)value) {
        fprintf(to, "%" PRIu64, (uint64_t)value); /* the common case, and faster */
        return;
    }
    fputs(double_text(text, value), to);
}

/* Flushes a file at most ten times a second, so that its rows can be watched. */
static void flush_rows(struct table *table) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t tenth = (int64_t)now.tv_sec * 10 + now.tv_nsec / 100000000;
    if (tenth != table->tenth)
        fflush(table->to);
    table->tenth = tenth;
}

/* Terminals get all their options, as gnuplot keeps those of an earlier command. */
static void print_terminal(const struct table *table) {
    int height = table->height ? table->height : 6;
    double dots = 60.0, wide = 16.0, high = height / 0.6, scale = 1.0;
    if (table->sheet[0] > 0.0) { /* text of 8 points, as in the PDF, and 300 dots an inch */
        wide = table->sheet[0];
        high = table->sheet[1];
        dots = table->style == TABLE_PNG ? 300.0 / 2.54 : 96.0 / 2.54;
        scale = dots * 2.54 / 72.0 * 8.0 / (table->style == TABLE_PNG ? 16.0 : 12.0);
    }
    fputs(plot_settings, stdout);
    switch (table->style) {
    case TABLE_PNG:
        printf(
            "set terminal pngcairo size %.0f,%.0f enhanced font 'Sans,12' fontscale %.3g \\\n"
            "    linewidth %.3g pointscale %.3g butt color dashlength 1 nocrop notransparent \\\n"
            "    background 'white'\n",
            wide * dots, high * dots, scale, scale, scale);
        break;
    case TABLE_PDF:
        printf("set terminal pdfcairo size %gcm,%gcm enhanced font 'Sans,12' fontscale 0.5 \\\n"
               "    linewidth 1 pointscale 1 butt color dashlength 1 transparent nobackground\n",
               wide, high);
        break;
    case TABLE_SVG:
        printf(
            "set terminal svg size %.0f,%.0f dynamic enhanced font 'Arial,12' fontscale %.3g \\\n"
            "    linewidth 1 butt dashlength 1 solid standalone name 'gnuplot' background "
            "'white'\n",
            wide * dots, high * dots, scale);
        break;
    default:
        fputs("text_size = '", stdout);
        if (height != 6)
            printf("size 79,%d", 6 * height);
        puts("'");
        fputs(plot_display, stdout);
    }
    int colours = table->colours > 7 ? table->colours : 7;
    for (int i = 0; i < colours; i++)
        printf("set linetype %d linecolor '#%06" PRIx32 "' linewidth 1 dashtype solid \\\n"
               "    pointtype 7 pointsize default\n",
               i + 1, distinct_colours[i]);
    printf("do for [i=%d:1001] { unset linetype i }\nset linetype cycle %d\n", colours + 1,
           colours);
}

static void print_output(const struct table *table) {
    fputs("set output ", stdout);
    print_gnuplot_file(stdout, table->file);
    putchar('\n');
}

static const char lines[] = "with lines linewidth 1.5", point[] = "with points pointtype 7";

/* The scale of y for columns "from" to "last" (the generation is column 1): a linear one begins at
   0, unless there are negative values. If no value can be drawn, or 0 alone, gnuplot would find no
   range. */
static void print_scale(const struct table *table, bool logarithmic, int from, int last) {
    unsigned seen = 0;
    for (int column = from; column <= last; column++)
        seen |= table->seen[column - 2];
    const char *range = logarithmic ? "1:10" : "0:1";
    if (!logarithmic && seen & NEGATIVE)
        range = "*:*";
    else if (seen & POSITIVE)
        range = logarithmic ? "*:*" : "0:*";
    printf("%sset logscale y\nset yrange [%s]\n", logarithmic ? "" : "un", range);
    if (table->rows == 1) /* or the border would hide the point */
        printf("set offsets 0, 0, %s, 0\n", logarithmic ? "0" : "graph 0.1");
}

/* One line of a plot. A single generation is drawn as points, as lines would show nothing. */
static void print_command(const struct table *table, const char *line, const char *end) {
    if (!strncmp(line, "scale ", 6)) {
        bool logarithmic = !strncmp(line, "scale log ", 10);
        char *colon;
        int from = (int)strtol(line + (logarithmic ? 10 : 6), &colon, 10);
        print_scale(table, logarithmic, from, (int)strtol(colon + 1, NULL, 10));
        return;
    }
    for (const char *at; table->rows == 1 && (at = strstr(line, lines)) && at < end;
         line = at + sizeof lines - 1)
        printf("%.*s%s", (int)(at - line), line, point);
    fwrite(line, 1, (size_t)(end - line), stdout);
}

/* The plot of a table without rows. */
static const char nothing[] = "set xrange [0:1]\nset yrange [0:1]\nunset tics\n"
                              "set label 'nothing to draw' at graph 0.5,0.5 center\n"
                              "plot NaN notitle\n";

/* Whether gnuplot draws text on a terminal, which it cannot know: a shell asks for it, with Linux'
   /proc. Elsewhere one plot follows the other. */
static const char in_place[] =
    "in_place = GPVAL_TERM eq 'dumb' && \\\n"
    "    system('{ test -t 3 3>>/proc/$PPID/fd/1; } 2>/dev/null && echo yes') eq 'yes'\n";
static const char clear[] =
    "if (in_place) { set print '-'; print \"\\033[H\\033[2J\"; set print }\n";

/* Ends the block and prints the commands that draw it; the terminal is set only the first time. */
static void print_plot(const struct table *table, bool first) {
    puts("EOD");
    if (first)
        print_terminal(table);
    if (first && table->live)
        fputs(in_place, stdout);
    if (table->live)
        fputs(clear, stdout);
    if (table->file)
        print_output(table);
    printf("set title '%s'\nset xlabel 'generation'\nset ylabel '%s'\n"
           "set grid linecolor '#c0c0c0' linewidth 0.75\nset autoscale xfix\n"
           "set key above left Left reverse samplen 1.5\n",
           table->title, table->ylabel);
    if (!table->rows)
        fputs(nothing, stdout);
    else if (table->plot)
        for (const char *line = table->plot, *end; *line; line = end) {
            end = line + strcspn(line, "\n");
            end += *end == '\n';
            print_command(table, line, end);
        }
    else {
        print_scale(table, false, 2, table->count + 1);
        printf("%splot ", table->count == 1 ? "set key off\n" : "");
        for (int i = 0; i < table->count; i++)
            printf("%s$%s using 1:%d %s title '%s'", i ? ", \\\n     " : "", table->name, i + 2,
                   table->rows == 1 ? point : lines, table->columns[i]);
        putchar('\n');
    }
}

/* Draws the rows so far. gnuplot completes a file when it closes it. */
static void redraw(struct table *table) {
    if (fflush(table->kept))
        die(EXIT_FAILED, "rows:");
    fwrite(table->text, 1, table->size, stdout);
    print_plot(table, table->rows <= table->live);
    if (table->file)
        puts("unset output");
    if (fflush(stdout))
        output_failed();
}

void table_row(struct table *table, uint64_t generation, const double *values) {
    FILE *to = table->live ? table->kept : table->to;
    fprintf(to, "%" PRIu64, generation);
    for (int i = 0; i < table->count; i++) {
        putc(table->style == TABLE_CSV ? ',' : '\t', to);
        if (i && i == table->label_column)
            fputs(table->label, to);
        else
            print_number(to, values[i]);
        if (table->seen && isfinite(values[i]))
            table->seen[i] |= values[i] > 0.0 ? POSITIVE : values[i] < 0.0 ? NEGATIVE : FINITE;
    }
    putc('\n', to);
    table->rows++;
    if (table->live && table->rows % table->live == 0)
        redraw(table);
    if (table->path)
        flush_rows(table);
    if (ferror(table->to))
        failed(table);
}

void table_end(struct table *table) {
    if (table->live && (table->rows % table->live || !table->rows))
        redraw(table);
    else if (!table->live && draws(table))
        print_plot(table, true);
    if (table->live) {
        fclose(table->kept);
        free(table->text);
    }
    free(table->seen);
    if (table->path && fclose(table->to))
        failed(table);
}
