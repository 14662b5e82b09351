/* SPDX-License-Identifier: MIT */
/* A sheet: panels of coloured cells side by side, each with a title, numbers at its edges and a
   key, and one caption above them. It is drawn in pixels (canvas.h), or by gnuplot (figure.h). */
#ifndef NCA_SHEET_H
#define NCA_SHEET_H

#include "common/canvas.h"
#include "common/figure.h"
#include "common/key.h"

#include <stdbool.h>

/* Those of a canvas, and then those of gnuplot's figures. */
enum { PNG = CANVAS_FORMATS, PDF, SHEET_FORMATS };
extern const char *const sheet_formats[SHEET_FORMATS];

enum { PAPER = 0x262626, TEXT = 0xe0e0e0 };
enum { TITLE = 24, PIECES = 8, PIECE = 40, DEFAULT_SIDE = 600 };

struct sheet {
    /* set by the caller before sheet_open(): */
    int format;
    unsigned fps;
    uint32_t columns, rows;      /* cells of a panel */
    uint32_t scale;              /* pixels that a cell is wide and high; 0: 1 for ANSI, or less, as
                                    below; else as many as fit into DEFAULT_SIDE, at least 1 */
    uint32_t panels;             /* how many */
    const char (*titles)[TITLE]; /* [panels] */
    bool annotate;               /* titles and caption are wanted */
    bool axes;                   /* numbers and keys are wanted; not for ANSI */
    /* set by the caller at any time; at sheet_open() the longest that each will be: */
    char caption[PIECES][PIECE]; /* "" for none */
    const struct key *keys;      /* [panels] */
    const char *path;            /* of a figure; NULL: standard output */

    struct canvas canvas; /* the rest is private */
    uint32_t shrink;      /* a pixel shows shrink x shrink cells; 1: scale counts */
    uint32_t *small;      /* [ceil(rows / shrink)][ceil(columns / shrink)] with shrink > 1 */
    struct figure figure;
    uint32_t margin;                /* around all of it */
    uint32_t left, top;             /* edges of the first panel's cells */
    uint32_t panel;                 /* width of a panel's cells or title */
    uint32_t key_width, key_height; /* of what stands to the right of it */
    uint32_t pitch;                 /* from a panel to the next */
    uint32_t caption_width, caption_lines;
    bool starts_line[PIECES];
};

/* Lays out the sheet so that nothing moves later: it is wide enough for panels, titles and the
   longest piece of the caption, which gets as many lines as it needs. Starts the output. Ends the
   program, status 1, if a side of the picture is larger than MAX_SIDE. On a terminal that is too
   small, a pixel of ANSI shows the mean colour of several cells or, if scale is given, what does
   not fit is cut off at the right and below. */
void sheet_open(struct sheet *sheet);

/* Draws one panel from rgb[rows][columns]; panels come in their order, after the caption is set. */
void sheet_panel(struct sheet *sheet, uint32_t panel, const uint32_t *rgb);

/* Writes the sheet with its current caption and keys, as canvas_write(); a figure to its path. */
void sheet_write(struct sheet *sheet);

/* Ends the output, and frees what sheet_open() took. */
void sheet_close(struct sheet *sheet);

#endif
