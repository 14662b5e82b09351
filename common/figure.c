/* SPDX-License-Identifier: MIT */
#include "common/figure.h"

#include "common/err.h"
#include "common/output.h"
#include "common/plots.h"
#include "common/sheet.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Sizes in dots, 300 an inch. Text has 8 points, of which gnuplot takes 96 for an inch. */
enum {
    INCH = 300,
    LETTER = 20,
    LINE = 44,
    GAP = 12,
    SIDES = 2 * GAP,
    WHOLE = 25 /* 6 points: pages have whole ones */
};

extern char **environ;

/* A pipe whose ends only those processes get that are meant to. */
static void open_pipe(int ends[2]) {
    if (pipe(ends) || fcntl(ends[0], F_SETFD, FD_CLOEXEC) || fcntl(ends[1], F_SETFD, FD_CLOEXEC))
        die(EXIT_FAILED, "pipe to gnuplot:");
}

/* Starts gnuplot, with neither the user's settings nor the terminal's signals. It prints nothing
   before it has read everything, so that neither waits for the other. */
static void start_gnuplot(struct figure *figure) {
    char name[] = "gnuplot", defaults[] = "-d", *arguments[] = {name, defaults, NULL};
    int in[2], out[2];
    sigset_t signals;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    open_pipe(in);
    open_pipe(out);
    signal(SIGPIPE, SIG_IGN); /* if it ends early, its status says so */
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, out[1], STDOUT_FILENO);
    int error = posix_spawnp(&figure->gnuplot, name, &files, &attributes, arguments, environ);
    if (error)
        die(EXIT_FAILED, "gnuplot, which draws png and pdf: %s", strerror(error));
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    close(in[0]);
    close(out[1]);
    figure->from = out[0];
    figure->to = fdopen(in[1], "w");
    if (!figure->to)
        die(EXIT_FAILED, "pipe to gnuplot:");
}

/* Where everything is, in dots from the upper left corner. */
struct layout {
    struct room room;
    uint64_t panel, height; /* of a panel's cells */
    uint64_t width;         /* of the figure */
    uint64_t pitch, left, top, bottom;
};

static struct layout lay_out(const struct sheet *sheet, unsigned lines) {
    struct layout l = {.panel = (uint64_t)sheet->columns * sheet->scale,
                       .height = (uint64_t)sheet->rows * sheet->scale};
    l.room.height = l.height;
    l.left = GAP;
    l.top = GAP + (lines + sheet->annotate) * LINE + lines * GAP / 2;
    if (sheet->axes) {
        l.room = key_room(sheet->keys, sheet->panels, sheet->rows, l.height, LETTER, LINE);
        l.room.below += LINE / 2;
        l.left += l.room.left + LINE;
        l.top += sheet->annotate ? 0 : LINE / 2;
    }
    l.pitch = l.room.left + l.panel + l.room.right + LINE;
    l.width = l.left + (sheet->panels - 1) * l.pitch + l.panel + l.room.right + GAP;
    l.width = (l.width + WHOLE - 1) / WHOLE * WHOLE;
    l.bottom = l.top + l.room.height + l.room.below + GAP;
    l.bottom = (l.bottom + WHOLE - 1) / WHOLE * WHOLE;
    if (l.width > MAX_SIDE || l.bottom > MAX_SIDE)
        die(EXIT_FAILED,
            "a figure of %" PRIu64 " x %" PRIu64 " dots: larger than %d a side: lower --scale or "
            "show fewer views",
            l.width, l.bottom, MAX_SIDE);
    return l;
}

static double across(const struct layout *l, double x) {
    return x / (double)l->width;
}

static double up(const struct layout *l, double y) {
    return 1 - y / (double)l->bottom;
}

static void print_label(FILE *to, const struct layout *l, double x, double y, const char *how,
                        const char *text) {
    fprintf(to, "set label '%s' at screen %.9f,%.9f %s\n", text, across(l, x), up(l, y), how);
}

/* The caption, in lines that fit; how many. With to NULL only counts. */
static unsigned print_caption(FILE *to, const struct sheet *sheet, const struct layout *l) {
    enum { LONGEST = PIECES * (PIECE + 3) };
    char line[LONGEST] = "";
    size_t most = l->width > SIDES ? (l->width - SIDES) / LETTER : 1;
    unsigned lines = 0;
    for (int i = 0; i <= PIECES; i++) {
        const char *piece = i < PIECES ? sheet->caption[i] : "";
        bool last = i == PIECES;
        if (*line && (last || (*piece && strlen(line) + 3 + strlen(piece) > most))) {
            if (to)
                print_label(to, l, GAP, GAP / 2.0 + (lines + 0.5) * LINE, "left", line);
            lines++;
            *line = '\0';
        }
        if (*piece)
            snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", *line ? "   " : "",
                     piece);
    }
    return lines;
}

/* With as many lines for the caption as it needs in this width. */
static struct layout lay_out_all(const struct sheet *sheet) {
    struct layout l = lay_out(sheet, 0);
    return sheet->annotate ? lay_out(sheet, print_caption(NULL, sheet, &l)) : l;
}

static void print_head(FILE *to, const struct sheet *sheet, const struct layout *l) {
    fputs(plot_settings, to);
    if (sheet->format == PNG)
        fprintf(to,
                "set terminal pngcairo size %" PRIu64 ",%" PRIu64 " noenhanced font 'Sans,8' \\\n"
                "    fontscale %.6f linewidth 2 background 'white'\n",
                l->width, l->bottom, INCH / 96.0);
    else
        fprintf(to,
                "set terminal pdfcairo size %.6fin,%.6fin noenhanced font 'Sans,8' \\\n"
                "    fontscale 0.75 linewidth 0.5 background 'white'\n",
                (double)l->width / INCH, (double)l->bottom / INCH);
    /* a point outside the grid, for which a colour bar is drawn */
    fputs("$outside << EOD\n-9 -9 0\nEOD\nset format '%g'\nset multiplot\n", to);
    if (sheet->annotate)
        print_caption(to, sheet, l);
}

static void print_numbers(FILE *to, const struct sheet *sheet, const struct layout *l, double x,
                          bool first) {
    uint64_t gap = (2 + key_digits(sheet->columns - 1)) * LETTER;
    fprintf(to, "set xtics out nomirror scale 0.5 offset 0,0.5 0,%" PRIu64 ",%" PRIu32 "\n",
            key_cell_step(sheet->columns, sheet->scale, gap), sheet->columns - 1);
    fprintf(to, "set ytics out nomirror scale 0.5 offset 0.5,0 0,%" PRIu64 ",%" PRIu32 "\n",
            key_cell_step(sheet->rows, sheet->scale, LINE), sheet->rows - 1);
    double below = (double)(l->top + l->height + l->room.below) - LINE / 3.0;
    print_label(to, l, x + (double)l->panel / 2, below, "center", "column");
    if (first)
        print_label(to, l, GAP + LINE / 2.0, (double)l->top + (double)l->height / 2,
                    "center rotate by 90", "row");
}

static void print_bar(FILE *to, const struct key *key, const struct layout *l, double x) {
    double range = key->most - key->least;
    fputs("set palette defined (", to);
    for (int i = 0; i < 256; i++)
        fprintf(to, "%s%d '#%06" PRIx32 "'", i ? "," : "", i, key->colours[i]);
    fprintf(to,
            ")\nset cbrange [%.17g:%.17g]\nset cbtics out nomirror scale 0.5 offset -0.5,0 "
            "%.17g,%.17g\n",
            key->least, range > 0 ? key->most : key->least + 1, key->least,
            key_bar_step(key, l->height, LINE));
    fprintf(to, "set colorbox vertical user origin screen %.9f,%.9f size screen %.9f,%.9f\n",
            across(l, x + LETTER), up(l, (double)(l->top + l->height)), across(l, 1.2 * LETTER),
            (double)l->height / (double)l->bottom);
}

static void print_classes(FILE *to, const struct key *key, const struct layout *l, double x) {
    uint64_t lines = key_lines(l->height, LINE), width = key_class_width(key, LETTER);
    for (uint32_t c = 0; c < key->classes; c++) {
        char text[PIECE];
        uint64_t column = c / lines;
        double left = x + LETTER + (double)(column * width);
        double y = (double)l->top + (double)(c % lines) * LINE;
        snprintf(text, sizeof text, "%s %" PRIu64, key->name, key_number(key, c));
        fprintf(to,
                "set object rectangle from screen %.9f,%.9f to screen %.9f,%.9f \\\n"
                "    fillcolor rgb '#%06" PRIx32 "' fillstyle solid noborder\n",
                across(l, left), up(l, y + LINE * 0.2), across(l, left + LINE * 0.6),
                up(l, y + LINE * 0.8), key->colours[c]);
        print_label(to, l, left + 2 * LETTER, y + LINE / 2.0, "left", text);
    }
}

/* How many pixels a cell is wide. Viewers may interpolate pictures in a PDF all the same, and then
   blur the edges of pixels only: those are half a dot wide, or more where gnuplot would need
   gigabytes. It draws no picture of one row or column. */
static uint32_t pixels_a_cell(const struct sheet *sheet) {
    enum { MOST = 1 << 24 };
    uint64_t cells = (uint64_t)sheet->columns * sheet->rows;
    uint32_t more = 2 * sheet->scale;
    if (sheet->format == PNG)
        return sheet->columns == 1 || sheet->rows == 1 ? 2 : 1;
    while (more > 2 && cells * more * more > MOST)
        more /= 2;
    return more;
}

/* The colours of all cells, each as more x more pixels. */
static void print_cells(FILE *to, const struct sheet *sheet, const uint32_t *rgb, uint32_t more) {
    size_t size = (size_t)3 * more * sheet->columns;
    uint8_t *row = allocate(size, 1, "picture");
    for (uint32_t r = 0; r < sheet->rows; r++, rgb += sheet->columns) {
        uint8_t *at = row;
        for (uint32_t c = 0; c < sheet->columns; c++)
            for (uint32_t i = 0; i < more; i++) {
                *at++ = (uint8_t)(rgb[c] >> 16);
                *at++ = (uint8_t)(rgb[c] >> 8);
                *at++ = (uint8_t)rgb[c];
            }
        for (uint32_t i = 0; i < more; i++)
            fwrite(row, 1, size, to);
    }
    free(row);
}

void figure_panel(struct sheet *sheet, uint32_t panel, const uint32_t *rgb) {
    struct figure *figure = &sheet->figure;
    const struct key *key = &sheet->keys[panel];
    bool first = !figure->gnuplot;
    if (first)
        start_gnuplot(figure);
    FILE *to = figure->to;
    struct layout l = lay_out_all(sheet);
    if (first)
        print_head(to, sheet, &l);
    double x = (double)(l.left + panel * l.pitch);
    fprintf(to, "set margins at screen %.9f, screen %.9f, screen %.9f, screen %.9f\n",
            across(&l, x), across(&l, x + (double)l.panel), up(&l, (double)(l.top + l.height)),
            up(&l, (double)l.top));
    fprintf(to, "set xrange [-0.5:%" PRIu32 "-0.5]\nset yrange [%" PRIu32 "-0.5:-0.5]\n",
            sheet->columns, sheet->rows);
    fputs("unset tics\nunset colorbox\nset key off\n", to);
    if (sheet->annotate)
        print_label(to, &l, x + (double)l.panel / 2, (double)l.top - LINE / 2.0 - GAP / 2.0,
                    "center", sheet->titles[panel]);
    bool keyed = sheet->axes && key->colours, bar = keyed && !key->classes;
    if (sheet->axes)
        print_numbers(to, sheet, &l, x, first);
    if (bar)
        print_bar(to, key, &l, x + (double)l.panel);
    else if (keyed)
        print_classes(to, key, &l, x + (double)l.panel);
    uint32_t more = pixels_a_cell(sheet);
    fprintf(to,
            "plot '-' binary array=(%" PRIu32 ",%" PRIu32 ") dx=%.17g dy=%.17g \\\n"
            "    origin=(%.17g,%.17g) format='%%uchar%%uchar%%uchar' with rgbimage%s\n",
            sheet->columns * more, sheet->rows * more, 1.0 / more, 1.0 / more, 0.5 / more - 0.5,
            0.5 / more - 0.5, bar ? ", $outside using 1:2:3 with points palette" : "");
    print_cells(to, sheet, rgb, more);
    fputs("unset label\nunset object\n", to);
}

void figure_write(struct sheet *sheet) {
    struct figure *figure = &sheet->figure;
    static char bytes[1 << 16];
    bool any = false;
    int status, file = sheet->path ? output_create(sheet->path) : STDOUT_FILENO;
    fputs("unset multiplot\n", figure->to);
    bool good = !ferror(figure->to) && !fclose(figure->to);
    for (ssize_t n; (n = read(figure->from, bytes, sizeof bytes)) > 0; any = true)
        if (!write_all(file, bytes, (size_t)n)) {
            if (sheet->path)
                die(EXIT_FAILED, "%s:", sheet->path);
            output_failed();
        }
    close(figure->from);
    if (waitpid(figure->gnuplot, &status, 0) < 0 || status || !good || !any)
        die(EXIT_FAILED, "gnuplot could not draw the figure");
    if (sheet->path && close(file))
        die(EXIT_FAILED, "%s:", sheet->path);
    figure->gnuplot = 0;
}
