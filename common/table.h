/* What every measure prints: a table, alone or inside a gnuplot program that draws it. */
#ifndef NCA_TABLE_H
#define NCA_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { TABLE_TSV = 1024, TABLE_CSV, TABLE_PNG, TABLE_PDF, TABLE_SVG, TABLE_LIVE };
#define OPTIONS_TABLE                                                                              \
    {TABLE_TSV, "tsv", NULL, "print the table alone, tab-separated", true},                        \
        {TABLE_CSV, "csv", NULL, "print the table alone, comma-separated", true},                  \
        {TABLE_PNG, "png", "FILE", "have gnuplot draw into FILE", true},                           \
        {TABLE_PDF, "pdf", "FILE", "likewise", true},                                              \
        {TABLE_SVG, "svg", "FILE", "likewise", true}, {                                            \
        TABLE_LIVE, "live", "K", "have it draw anew after every K generations", true               \
    }

struct table {
    const char *name;           /* of the data block: "entropy" gives $entropy */
    const char *title, *ylabel; /* of the plot */
    const char *const *columns; /* [count] names, after "generation" */
    int count;
    /* gnuplot commands that draw the block; NULL: a line for each column. A line "scale A:B", or
       "scale log A:B", stands for those that fit the scale of y to columns A to B. */
    const char *plot;
    int colours;      /* how many the plot needs, if more than 7 */
    int height;       /* of the sheet, in hundreds of pixels, if not 6 */
    const char *path; /* the file to print to; NULL: standard output */

    int style;           /* TABLE_TSV to TABLE_SVG, 0: a plot; as are the rest, from options */
    bool bare;           /* the table alone was asked for */
    const char *file;    /* that gnuplot is to draw into */
    uint64_t rows, live; /* live: draw after so many rows, and again; 0: at the end */
    FILE *to;            /* the rest is private */
    int64_t tenth;       /* of a second, of the last row: those of a file appear ten times in one */
    unsigned char *seen; /* [count] whether there was a finite value, or a positive one */
    FILE *kept;          /* with live: the rows so far, as text */
    char *text;
    size_t size;
};

/* Takes one of OPTIONS_TABLE; false if key is none of them. Wrong usage ends the program, status 2.
 */
bool table_option(struct table *table, int key, const char *argument);

/* Prints what comes before the rows, and opens the file if there is one; if that or any write to
   it fails, the program ends, status 1. Plots go to standard output alone. */
void table_begin(struct table *table);

/* One row: the generation, and a value for each column. Numbers are printed in the fewest digits
   that read back as the same double. A plot that is live is drawn when it is due. */
void table_row(struct table *table, uint64_t generation, const double *values);

/* Prints what comes after the rows, so that a plot is complete however many there were; closes the
   file. */
void table_end(struct table *table);

#endif
