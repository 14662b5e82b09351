/* SPDX-License-Identifier: MIT */
/* Pictures, drawn in pixels and written one after the other to standard output: as y4m or PPM for
   other programs, or as text for a terminal, with two pixels in each character. */
#ifndef NCA_CANVAS_H
#define NCA_CANVAS_H

#include "common/font.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum canvas_format { Y4M, PPM, ANSI, CANVAS_FORMATS };
extern const char *const canvas_formats[CANVAS_FORMATS];

enum { MAX_SIDE = 32766 }; /* pixels a side */

struct canvas {
    /* set by the caller before canvas_open(): */
    enum canvas_format format;
    unsigned fps;  /* stated in y4m; a terminal is written to no faster */
    unsigned zoom; /* pixels per pixel of the font; unused for ANSI */

    uint32_t width, height;             /* of every picture; even in y4m; the height also in ANSI */
    uint32_t shown_width, shown_height; /* ANSI: the upper left part, all that is written */
    size_t step, plane; /* byte k of pixel i is bytes[k * plane + i * step], rows from the top */
    uint8_t *bytes;     /* [3 * width * height] Y, Cb, Cr or R, G, B */
    char *letters;      /* ANSI: [height / 2][width] of text, 0 where pixels show */
    int64_t due;        /* when the next picture may go to a terminal, ns */
};

/* The pixels that a letter takes, with the space above and below it. */
static inline uint32_t letter_width(const struct canvas *canvas) {
    return canvas->format == ANSI ? 1 : FONT_WIDTH * canvas->zoom;
}

static inline uint32_t letter_height(const struct canvas *canvas) {
    return canvas->format == ANSI ? 2 : (FONT_HEIGHT + 3) * canvas->zoom;
}

/* If standard output is a terminal: true, and the most pixels that a picture in ANSI may have, so
   that nothing scrolls, also when a prompt follows. */
bool canvas_terminal(uint32_t *width, uint32_t *height);

/* Starts the output of pictures of width x height pixels (1..MAX_SIDE), one more where the format
   needs even numbers, all black. Ends the program if memory runs out. */
void canvas_open(struct canvas *canvas, uint32_t width, uint32_t height);

/* These draw in colours 0xRRGGBB with the upper left corner at pixel (x, y), all of which must lie
   within the canvas: a rectangle; cells, rgb[rows][columns], of scale x scale pixels; text, in ANSI
   at an even y. */
void canvas_fill(struct canvas *canvas, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
                 uint32_t rgb);
void canvas_cells(struct canvas *canvas, uint32_t x, uint32_t y, const uint32_t *rgb,
                  uint32_t columns, uint32_t rows, uint32_t scale);
void canvas_text(struct canvas *canvas, uint32_t x, uint32_t y, const char *text, uint32_t rgb);

/* Writes the current picture; waits if a terminal would get it too early for fps. A failed write
   ends the program, status 1. */
void canvas_write(struct canvas *canvas);

/* Ends the output, and frees what canvas_open() took. */
void canvas_close(struct canvas *canvas);

#endif
