/* SPDX-License-Identifier: MIT */
/* nca-rwsp: the colours that three selected weights give to genomes (RWSP), in each generation: how
   many distinct ones there are, or how many cells have each. */
#include "bin-src/measure.h"
#include "common/err.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { COLOURS = 256 };

static const struct option_spec specs[] = {
    {COLOURS, "colours", "N", "print a row for each colour that N cells or more have", true},
    OPTION_WEIGHTS,
    OPTION_DIGITS("weights"),
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

struct share {
    uint32_t colour, cells;
};
struct shares { /* of a generation, ordered by colour */
    struct share *share;
    size_t count, capacity;
    uint64_t generation;
};

static int compare_colours(const void *a, const void *b) {
    const struct share *x = a, *y = b;
    return x->colour < y->colour ? -1 : x->colour > y->colour;
}

/* The cells of each colour. Cells without a genome are black. */
static void count_cells(struct shares *now, const struct colours *colours,
                        const struct world *world) {
    size_t slots = (size_t)world->pool.capacity + 1, kinds = 0;
    if (now->capacity < slots) {
        now->share = reallocate(now->share, slots, sizeof *now->share, "colours");
        now->capacity = slots;
    }
    memset(now->share, 0, slots * sizeof *now->share);
    for (size_t i = 0; i < world->cells; i++)
        now->share[world->slots[i]].cells++;
    for (size_t slot = 0; slot < slots; slot++)
        if (colours->carried[slot])
            now->share[kinds++] =
                (struct share){slot ? colours->colour[slot] : 0, now->share[slot].cells};
    qsort(now->share, kinds, sizeof *now->share, compare_colours);
    now->count = 0;
    for (size_t i = 0; i < kinds; i++)
        if (now->count && now->share[now->count - 1].colour == now->share[i].colour)
            now->share[now->count - 1].cells += now->share[i].cells;
        else
            now->share[now->count++] = now->share[i];
    now->generation = world->generation;
}

/* A row for each colour that had enough cells in one of the two generations. */
static void print_rows(struct table *table, const struct shares *was, const struct shares *now,
                       uint32_t least) {
    static char label[16];
    table->label = label;
    for (size_t i = 0, j = 0; i < now->count || j < was->count;) {
        uint32_t next = i < now->count ? now->share[i].colour : UINT32_MAX;
        uint32_t past = j < was->count ? was->share[j].colour : UINT32_MAX;
        uint32_t colour = next < past ? next : past;
        double cells = i < now->count && next == colour ? now->share[i++].cells : 0.0;
        double before = j < was->count && past == colour ? was->share[j++].cells : 0.0;
        if (cells < least && before < least)
            continue;
        snprintf(label, sizeof label, "0x%06" PRIx32, colour);
        table_row(table, now->generation, (double[]){cells, (double)was->generation, before, 0.0});
    }
}

static int print_colours(uint32_t least, const struct choices *choices, struct table *table,
                         struct options *options, char **files) {
    static const char *const columns[] = {"cells", "previous", "previous_cells", "colour"};
    struct reader *in = program_input(files, GENOMES);
    struct colours colours = {0};
    struct shares of[2] = {{0}};
    char plot[256];
    choices_rwsp(choices, &in->world.model, &colours);
    snprintf(plot, sizeof plot,
             "set key off\nset logscale y\nset yrange [%g:*]\nshown(n) = n < 0.5 ? 0.5 : n\n"
             "plot $rwsp using 3:(shown($4)):($1-$3):(shown($2)-shown($4)):(int($5)) \\\n"
             "     with vectors nohead linewidth 1.5 linecolor rgb variable\n",
             0.8 * least);
    *table = (struct table){.name = rwsp.name,
                            .title = "Cells of each colour (RWSP)",
                            .ylabel = "cells",
                            .columns = columns,
                            .count = 4,
                            .label_column = 3,
                            .plot = plot,
                            .style = table->style,
                            .file = table->file,
                            .sheet = {table->sheet[0], table->sheet[1]}};
    program_output(options, false);
    table_begin(table);
    struct shares *now = &of[0], *was = &of[1];
    while (program_next(in) > 0) {
        colours_update(&colours, &in->world);
        count_cells(now, &colours, &in->world);
        print_rows(table, in->generations == 1 ? now : was, now, least);
        struct shares *last = was;
        was = now;
        now = last;
    }
    table_end(table);
    free(of[0].share);
    free(of[1].share);
    colours_free(&colours);
    return program_end(options, in);
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...", rwsp.purpose, .specs = specs};
    struct choices choices = CHOICES_DEFAULT;
    struct table table = {0};
    uint32_t least = 0;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == COLOURS)
            least = (uint32_t)option_integer("--colours", optarg, 1, UINT32_MAX);
        else if (!table_option(&table, key, optarg))
            choices_option(&choices, key, optarg);
    if (least && table.live)
        die(EXIT_USAGE, "--live: not with --colours, which has a row for each colour");
    return least ? print_colours(least, &choices, &table, &options, argv + optind)
                 : measure_files(&rwsp, &choices, &table, &options, argv + optind);
}
