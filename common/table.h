/* SPDX-License-Identifier: MIT */
/* Tables, printed alone or inside a gnuplot program that draws them. */
#ifndef NCA_TABLE_H
#define NCA_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TABLE_TSV = 1024, TABLE_CSV, TABLE_PNG, TABLE_PDF, TABLE_SVG, TABLE_SIZE, TABLE_LIVE };
/* Programs whose rows come at the end only have no --live. */
#define OPTIONS_TABLE_WHOLE                                                                        \
    {TABLE_TSV, "tsv", NULL, "print only the table, tab-separated", true},                         \
        {TABLE_CSV, "csv", NULL, "print only the table, comma-separated", true},                   \
        {TABLE_PNG, "png", "FILE", "make gnuplot draw into FILE, as PNG", true},                   \
        {TABLE_PDF, "pdf", "FILE", "make gnuplot draw into FILE, as PDF", true},                   \
        {TABLE_SVG, "svg", "FILE", "make gnuplot draw into FILE, as SVG", true}, {                 \
        TABLE_SIZE, "size", "W,H", "width and height of that, in cm", true                         \
    }
#define OPTIONS_TABLE                                                                              \
    OPTIONS_TABLE_WHOLE, {                                                                         \
        TABLE_LIVE, "live", "K", "make gnuplot redraw after every K generations", true             \
    }

struct table {
    const char *name;           /* of the data block: "entropy" gives $entropy */
    const char *title, *ylabel; /* of the plot */
    const char *const *columns; /* [count] names, after "generation" */
    int count;
    int label_column;  /* the one, from 0, that is of text; 0: there is none, */
    const char *label; /* which the next row has there, without blanks and commas */
    /* gnuplot commands that draw the block; NULL: a line for each column. A line "scale A:B" or
       "scale log A:B" is replaced by commands that fit the scale of y to columns A to B. */
    const char *plot;
    int colours;      /* that the plot needs, if more than 7 */
    int height;       /* of the sheet, in hundreds of pixels, if not 6 */
    const char *path; /* the file to print to; NULL: standard output */

    /* set by table_option(): */
    int style;           /* TABLE_TSV to TABLE_SVG; 0: a plot on gnuplot's own terminal */
    bool bare;           /* --tsv or --csv was given */
    const char *file;    /* for gnuplot to draw into */
    double sheet[2];     /* its size in cm; 0: 16, and by height */
    uint64_t rows, live; /* redraw after each "live" rows; 0: draw once, at the end */
    /* private: */
    FILE *to;
    int64_t tenth;       /* of a second, when a file was flushed last */
    unsigned char *seen; /* [count] what kinds of values a column has had */
    FILE *kept;          /* with live: the rows so far, as text */
    char *text;
    size_t size;
};

/* Handles one of OPTIONS_TABLE; false if key is none of them. Wrong usage ends the program, status
   2. */
bool table_option(struct table *table, int key, const char *argument);

/* Prints what comes before the rows, to path if that is set, which is created. If that or any write
   fails, the program ends, status 1. Plots always go to standard output. */
void table_begin(struct table *table);

/* One row: the generation, and a value for each column. Numbers are printed in the fewest digits
   that read back as the same double. With live, draws when it is due. */
void table_row(struct table *table, uint64_t generation, const double *values);

/* Prints what comes after the rows, also if there were none, and closes the file. */
void table_end(struct table *table);

#endif
