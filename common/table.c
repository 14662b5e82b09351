#include "common/table.h"

#include "common/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool table_option(struct table *table, int key, const char *argument) {
    if (key < TABLE_TSV || key > TABLE_SVG)
        return false;
    table->style = key;
    table->file = argument;
    return true;
}

static bool bare(const struct table *table) {
    return table->style == TABLE_TSV || table->style == TABLE_CSV;
}

void table_begin(struct table *table) {
    char separator = table->style == TABLE_CSV ? ',' : '\t';
    if (!bare(table))
        printf("# A gnuplot program: pipe it into gnuplot, or use --tsv for the table alone.\n"
               "$%s << EOD\n",
               table->name);
    printf("%sgeneration", table->style == TABLE_CSV ? "" : "# ");
    for (int i = 0; i < table->count; i++)
        printf("%c%s", separator, table->columns[i]);
    putchar('\n');
}

static void print_number(double value) {
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fputs(text, stdout);
}

void table_row(struct table *table, uint64_t generation, const double *values) {
    char separator = table->style == TABLE_CSV ? ',' : '\t';
    printf("%" PRIu64, generation);
    for (int i = 0; i < table->count; i++) {
        putchar(separator);
        print_number(values[i]);
    }
    putchar('\n');
    table->rows++;
    if (ferror(stdout))
        output_failed();
}

/* gnuplot's own default terminal; text where there is none, or no display for it. */
static void print_terminal(const struct table *table) {
    static const char *const terminals[] = {"pngcairo size 960,600", "pdfcairo size 16cm,10cm",
                                            "svg size 960,600 dynamic background 'white'"};
    if (!table->style) {
        puts("if (GPVAL_TERM eq 'unknown' || (strstrt('qt wxt x11', GPVAL_TERM) > 0 && \\\n"
             "    system('echo \"$DISPLAY$WAYLAND_DISPLAY\"') eq '')) set terminal dumb\n"
             "if (strstrt('qt wxt x11', GPVAL_TERM) > 0) eval 'set terminal '.GPVAL_TERM.' "
             "persist'");
        return;
    }
    printf("set terminal %s\nset output '", terminals[table->style - TABLE_PNG]);
    for (const char *c = table->file; *c; c++)
        printf(*c == '\'' ? "''" : "%c", *c);
    puts("'");
}

/* Colours that colour-blind readers tell apart, dark enough for lines on white: Wong, "Points of
   view: color blindness", Nature Methods 8, 2011, in another order and without the yellow. */
static const char linetypes[] = "set linetype 1 linecolor '#0072b2'\n"
                                "set linetype 2 linecolor '#d55e00'\n"
                                "set linetype 3 linecolor '#009e73'\n"
                                "set linetype 4 linecolor '#cc79a7'\n"
                                "set linetype 5 linecolor '#e69f00'\n"
                                "set linetype 6 linecolor '#56b4e9'\n"
                                "set linetype 7 linecolor '#000000'\n"
                                "set linetype cycle 7\n";

void table_end(struct table *table) {
    if (bare(table))
        return;
    puts("EOD");
    if (!table->rows) {
        puts("# no generations: nothing to draw");
        return;
    }
    print_terminal(table);
    printf("set title '%s'\nset xlabel 'generation'\nset ylabel '%s'\n"
           "set grid\n%s",
           table->title, table->ylabel, linetypes);
    if (table->plot) {
        fputs(table->plot, stdout);
        return;
    }
    if (table->count == 1)
        puts("set key off");
    else
        puts("set key outside");
    fputs("plot ", stdout);
    for (int i = 0; i < table->count; i++)
        printf("%s$%s using 1:%d with lines linewidth 1.5 title '%s'", i ? ", \\\n     " : "",
               table->name, i + 2, table->columns[i]);
    putchar('\n');
}
