/* SPDX-License-Identifier: MIT */
/* Sheets (sheet.h) as figures for papers and slides, PNG or PDF, which gnuplot draws. Cells are
   exact: a whole number of pixels, or a picture without interpolation. */
#ifndef NCA_FIGURE_H
#define NCA_FIGURE_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct figure {
    pid_t gnuplot; /* that draws the figure; 0: none is begun */
    FILE *to;      /* its commands */
    int from;      /* what it has drawn */
};

struct sheet;

/* Draws a panel from rgb[rows][columns]; the first one begins the figure. Without gnuplot the
   program ends, status 1. */
void figure_panel(struct sheet *sheet, uint32_t panel, const uint32_t *rgb);

/* Ends the figure, and writes it to sheet->path or standard output. If that fails, or gnuplot does,
   the program ends, status 1; with status 2 if path is an input. */
void figure_write(struct sheet *sheet);

#endif
