/* SPDX-License-Identifier: MIT */
/* nca-diff: how far apart two runs are, generation by generation. */
#include "bin-src/program.h"
#include "common/err.h"
#include "common/signals.h"
#include "common/table.h"
#include "kernels/measures/phenotype.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 256, COLUMNS = 4 };

static const struct option_spec specs[] = {
    {DIGITS, "digits", "D", "decimals that types are rounded to, 1..3 (1)", true},
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

static const char plot[] = "set multiplot layout 2,1\nset lmargin 10\n"
                           "set key outside\nset yrange [0:*]\n"
                           "plot for [i=2:4] $diff using 1:i with lines linewidth 1.5 \\\n"
                           "     title word('life type genotype', i - 1)\n"
                           "unset title\nset ylabel 'distance of channels'\n"
                           "plot $diff using 1:5 with lines linewidth 1.5 title 'mean'\n"
                           "unset multiplot\n";

/* Whether the genomes in slots a and b of two pools are the same, parameter by parameter. same[a]
   caches the slot in which the genome of a was found, or 0: many cells have the same pair. */
static bool equal(const struct pool *A, uint32_t a, const struct pool *B, uint32_t b,
                  uint32_t *same) {
    if (!a || !b)
        return a == b;
    if (same[a] != b && !memcmp(pool_genome(A, a), pool_genome(B, b), A->genome * sizeof(float)))
        same[a] = b;
    return same[a] == b;
}

/* Shares of cells that differ in life, type and genotype, and the mean distance of channels. */
static void compare(const struct world *A, const struct world *B, uint32_t levels, uint32_t *same,
                    double row[COLUMNS]) {
    size_t cells = A->cells, L = A->model.channels;
    uint64_t differ[COLUMNS - 1] = {0};
    double distance = 0.0;
    for (size_t i = 0; i < cells; i++) {
        float a = A->state[i], b = B->state[i];
        differ[0] += (a != 0.0f) != (b != 0.0f);
        differ[1] += phenotype_level(a, levels) != phenotype_level(b, levels);
        differ[2] += !equal(&A->pool, A->slots[i], &B->pool, B->slots[i], same);
        double square = 0.0;
        for (size_t at = i; at < L * cells; at += cells) {
            double d = (double)A->state[at] - (double)B->state[at];
            square += d * d;
        }
        distance += sqrt(square);
    }
    for (int d = 0; d < COLUMNS - 1; d++)
        row[d] = (double)differ[d] / (double)cells;
    row[COLUMNS - 1] = distance / (double)cells;
}

/* Reads on until both are at the same generation; false if there is none. */
static bool next_common(struct reader *A, struct reader *B) {
    int a = program_next(A), b = program_next(B);
    if (a <= 0 || b <= 0)
        return false;
    while (A->world.generation != B->world.generation)
        if (program_next(A->world.generation < B->world.generation ? A : B) <= 0)
            return false;
    return true;
}

int main(int argc, char **argv) {
    struct options options = {
        "FILE FILE", "Measures how far apart two runs are in each generation that both have.",
        .specs = specs, .example = "nca-diff a.zst b.zst | gnuplot"};
    static const char *const columns[COLUMNS] = {"life", "type", "genotype", "distance"};
    struct table table = {.name = "diff",
                          .title = "Difference of two runs",
                          .ylabel = "share of cells that differ",
                          .columns = columns,
                          .count = COLUMNS,
                          .plot = plot};
    int digits = 1;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == DIGITS)
            digits = (int)option_integer("--digits", optarg, 1, MAX_DIGITS);
        else
            table_option(&table, key, optarg);
    if (argc - optind != 2)
        die(EXIT_USAGE, "two files are compared, not %d; try '%s --help'", argc - optind, program);
    if (!strcmp(argv[optind], "-") && !strcmp(argv[optind + 1], "-"))
        die(EXIT_USAGE, "only one of the two can be standard input");

    char *first[] = {argv[optind], NULL}, *second[] = {argv[optind + 1], NULL};
    struct reader *A = program_input(first, GENOMES | STATE);
    struct reader *B = program_input(second, GENOMES | STATE);
    const struct model *a = &A->header.model, *b = &B->header.model;
    if (a->width != b->width || a->height != b->height || a->channels != b->channels)
        die(EXIT_FAILED,
            "%s has %" PRIu32 "x%" PRIu32 " cells of %" PRIu32 " channels, but %s %" PRIu32
            "x%" PRIu32 " of %" PRIu32,
            first[0], a->width, a->height, a->channels, second[0], b->width, b->height,
            b->channels);

    program_output(&options, false);
    table_begin(&table);
    uint32_t *same = NULL;
    uint64_t rows = 0;
    for (; next_common(A, B); rows++) {
        double row[COLUMNS];
        size_t slots = (size_t)A->world.pool.capacity + 1;
        same = reallocate(same, slots, sizeof *same, "slots");
        memset(same, 0, slots * sizeof *same);
        compare(&A->world, &B->world, phenotype_levels(digits), same, row);
        table_row(&table, A->world.generation, row);
    }
    table_end(&table);
    /* The rest of the longer one is read too, so that its writer does not get SIGPIPE. */
    for (struct reader *rest = A; rest; rest = rest == A ? B : NULL)
        while (!*A->error && !*B->error && program_next(rest) > 0)
            ;
    free(same);
    int status = program_end(&options, A);
    if (reader_close(B))
        status = EXIT_FAILED;
    if (!status && !rows && !signals_caught())
        die(EXIT_FAILED, "%s and %s have no generation in common", first[0], second[0]);
    return status;
}
