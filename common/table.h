/* What every measure prints: a table, alone or inside a gnuplot program that draws it. */
#ifndef NCA_TABLE_H
#define NCA_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum { TABLE_TSV = 1024, TABLE_CSV, TABLE_PNG, TABLE_PDF, TABLE_SVG };
#define OPTIONS_TABLE                                                                              \
    {TABLE_TSV, "tsv", NULL, "print the table alone, tab-separated", true},                        \
        {TABLE_CSV, "csv", NULL, "print the table alone, comma-separated", true},                  \
        {TABLE_PNG, "png", "FILE", "have gnuplot draw into FILE", true},                           \
        {TABLE_PDF, "pdf", "FILE", "likewise", true}, {                                            \
        TABLE_SVG, "svg", "FILE", "likewise", true                                                 \
    }

struct table {
    const char *name;           /* of the data block: "entropy" gives $entropy */
    const char *title, *ylabel; /* of the plot */
    const char *const *columns; /* [count] names, after "generation" */
    int count;
    const char *plot; /* gnuplot commands that draw the block; NULL: a line for each column */

    int style; /* the rest is private: zero at first */
    const char *file;
    uint64_t rows;
};

/* Takes one of OPTIONS_TABLE; false if key is none of them. */
bool table_option(struct table *table, int key, const char *argument);

/* Prints what comes before the rows, on standard output. */
void table_begin(struct table *table);

/* One row: the generation, and a value for each column. Numbers are printed in the fewest digits
   that read back as the same double. */
void table_row(struct table *table, uint64_t generation, const double *values);

/* Prints what comes after the rows, so that a plot is complete however many there were. */
void table_end(struct table *table);

#endif
