/* SPDX-License-Identifier: MIT */
/* The measures: the columns of each, and its plot. */
#include "bin-src/measure.h"
#include "bin-src/measure_plots.h"
#include "common/err.h"
#include "common/plots.h"
#include "kernels/measures/census.h"
#include "kernels/measures/cnwa.h"
#include "kernels/measures/colours.h"
#include "kernels/measures/phenotype.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

bool choices_option(struct choices *choices, int key, const char *argument) {
    switch (key) {
    case KEY_DIGITS:
        choices->digits = (int)option_integer("--digits", argument, 1, MAX_DIGITS);
        return true;
    case KEY_WEIGHTS:
        choices->weights = argument;
        return true;
    case KEY_CARRIERS:
        choices->carriers = true;
        return true;
    case KEY_TRACK:
        choices->track = true;
        return true;
    case KEY_NEW:
        if (!option_numbers(argument, choices->fresh, 2, UINT32_MAX) ||
            choices->fresh[0] >= choices->fresh[1])
            die(EXIT_USAGE, "--new: %s: not two whole numbers A0,A1 with A0 < A1", argument);
        return true;
    case 'k':
        choices->species = (unsigned)option_integer("--species", argument, 1, MAX_CLUSTERS);
        return true;
    default:
        return false;
    }
}

void choices_rwsp(const struct choices *choices, const struct model *model,
                  struct colours *colours) {
    size_t P = genome_size(model->channels);
    uint32_t *at = colours->position;
    colours->digits = choices->digits;
    if (!choices->weights)
        colours_positions(model->seed, P, at);
    else if (!option_numbers(choices->weights, at, 3, (uint32_t)P - 1) || at[0] == at[1] ||
             at[0] == at[2] || at[1] == at[2])
        die(EXIT_USAGE, "--weights: %s: not three different positions from 0 to %zu",
            choices->weights, P - 1);
}

/* Types: CTFP, GEP, GCVP, CLOGV */

struct types {
    int digits;
    uint32_t levels;
    uint64_t *count; /* [levels + 1] */
    double *scratch; /* CLOGV's */
    char (*name)[8]; /* CTFP's columns */
    const char **columns;
    char plot[1024]; /* CTFP's */
};

static void *types_begin(struct table *table, const struct world *world,
                         const struct choices *choices) {
    struct types *types = allocate(1, sizeof *types, "types");
    (void)table;
    (void)world;
    types->digits = choices->digits;
    types->levels = phenotype_levels(choices->digits);
    types->count = allocate(types->levels + 1, sizeof *types->count, "counts");
    return types;
}

static void types_end(void *work) {
    struct types *types = work;
    free(types->count);
    free(types->scratch);
    free(types->name);
    free(types->columns);
    free(types);
}

static void *ctfp_begin(struct table *table, const struct world *world,
                        const struct choices *choices) {
    struct types *types = types_begin(table, world, choices);
    uint32_t levels = types->levels;
    types->name = allocate(levels + 1, sizeof *types->name, "columns");
    types->columns = allocate(levels + 1, sizeof *types->columns, "columns");
    for (uint32_t k = 0; k <= levels; k++) {
        snprintf(types->name[k], sizeof *types->name, "%.*f", types->digits, (double)k / levels);
        types->columns[k] = types->name[k];
    }
    /* logarithmic, so that rare types can be seen beside the many dead cells */
    if (types->digits == 1)
        snprintf(types->plot, sizeof types->plot, ctfp_marked_plot, plot_cell_types);
    else
        snprintf(types->plot, sizeof types->plot, ctfp_scale_plot, levels + 2, plot_cell_types,
                 levels, levels);
    table->columns = types->columns;
    table->count = (int)levels + 1;
    table->plot = types->plot;
    return types;
}

static void ctfp_take(void *work, const struct world *world, double *row) {
    struct types *types = work;
    phenotype_count(world->state, world->cells, types->levels, types->count);
    for (uint32_t k = 0; k <= types->levels; k++)
        row[k] = (double)types->count[k];
}

static const char entropy_plot[] =
    "set multiplot layout 2,1\nset lmargin 10\n"
    "unset xlabel\nset ylabel 'share of its maximum'\nscale 2:3\n"
    "plot $entropy using 1:2 with lines linewidth 1.5 title 'GEP', \\\n"
    "     $entropy using 1:3 with lines linewidth 1.5 title 'of the living'\n"
    "unset title\nset xlabel 'generation'\nset ylabel 'bits'\nscale 4:5\n"
    "plot $entropy using 1:(log($5)/log(2)) with lines linewidth 1.5 linecolor '#b0b0b0' \\\n"
    "     title 'maximum', $entropy using 1:4 with lines linewidth 1.5 linetype 1 title 'H'\n"
    "unset multiplot\n";

static void entropy_take(void *work, const struct world *world, double *row) {
    struct types *types = work;
    phenotype_count(world->state, world->cells, types->levels, types->count);
    uint64_t living = world_living(world);
    uint32_t kinds;
    row[0] = phenotype_entropy(types->count, types->levels, world->cells);
    row[2] = phenotype_bits(types->count, types->levels, world->cells, &kinds);
    row[3] = kinds;
    types->count[0] -= world->cells - living; /* of type 0 are the dead, and few others */
    row[1] = living ? phenotype_entropy(types->count, types->levels, living) : NAN;
}

static void gcvp_take(void *work, const struct world *world, double *row) {
    struct types *types = work;
    phenotype_count(world->state, world->cells, types->levels, types->count);
    *row = phenotype_variance(types->count, types->digits, world->cells);
}

static void *clogv_begin(struct table *table, const struct world *world,
                         const struct choices *choices) {
    struct types *types = types_begin(table, world, choices);
    size_t size = phenotype_scratch(world->model.height, world->model.width, types->levels);
    types->scratch = allocate(size, sizeof *types->scratch, "deviations");
    return types;
}

static void clogv_take(void *work, const struct world *world, double *row) {
    struct types *types = work;
    phenotype_count(world->state, world->cells, types->levels, types->count);
    *row = phenotype_organisation(world->state, world->model.height, world->model.width,
                                  types->count, types->levels, types->scratch);
}

/* Colours: GHC, RWSP */

static void *ghc_begin(struct table *table, const struct world *world,
                       const struct choices *choices) {
    struct colours *colours = allocate(1, sizeof *colours, "colours");
    (void)table;
    (void)world;
    (void)choices;
    colours->collisions = true;
    return colours;
}

static void colours_end(void *work) {
    colours_free(work);
    free(work);
}

static void colours_take(void *work, const struct world *world, double *row) {
    colours_update(work, world);
    row[0] = colours_count(work, world, &row[1]); /* row[1] is GHC's alone */
}

static void *rwsp_begin(struct table *table, const struct world *world,
                        const struct choices *choices) {
    struct colours *colours = allocate(1, sizeof *colours, "colours");
    (void)table;
    choices_rwsp(choices, &world->model, colours);
    return colours;
}

/* CNWA */

struct sorter {
    struct cnwa *clusters; /* of the first generation, and of all where nothing runs beside it */
    struct cnwa **job;     /* [jobs] of later ones */
    size_t jobs, jobs_capacity;
    struct cnwa *last; /* of these, of the last generation */
    char name[2 * MAX_CLUSTERS][24];
    const char *columns[2 * MAX_CLUSTERS];
    char plot[640];
};

struct cnwa *cnwa_clusters(void *work) {
    return ((struct sorter *)work)->last;
}

/* Column 1 + k + s is the proportion of species s. The top of the stack is drawn first, the others
   over it. */
static const char stack_plot[] =
    "set yrange [0:1]\n"
    "plot for [s=%u:1:-1] $cnwa using 1:(sum [i=1:s] column(1 + %u + i)) \\\n"
    "     with filledcurves y1=0 linetype s notitle, \\\n"
    "     for [s=1:%u] keyentry with boxes fillstyle solid linetype s title sprintf('%%d', s)\n";

static const char line_plot[] = "scale 2:%u\n"
                                "plot for [s=1:%u] $cnwa using 1:1+s with lines linewidth 1.5 \\\n"
                                "     title sprintf('%%d', s)\n";

static void *cnwa_begin(struct table *table, const struct world *world,
                        const struct choices *choices) {
    struct sorter *sorter = allocate(1, sizeof *sorter, "species");
    unsigned k = choices->species;
    sorter->last = sorter->clusters = cnwa_new(world, k);
    sorter->clusters->carriers = choices->carriers;
    sorter->clusters->track = choices->track;
    for (unsigned s = 0; s < k; s++) {
        snprintf(sorter->name[s], sizeof *sorter->name, "species_%u", s + 1);
        snprintf(sorter->name[k + s], sizeof *sorter->name, "proportion_%u", s + 1);
    }
    for (unsigned c = 0; c < 2 * k; c++)
        sorter->columns[c] = sorter->name[c];
    if (choices->stack)
        snprintf(sorter->plot, sizeof sorter->plot, stack_plot, k, k, k);
    else
        snprintf(sorter->plot, sizeof sorter->plot, line_plot, k + 1, k);
    if (choices->stack)
        table->ylabel = "share of all cells, by species";
    table->columns = sorter->columns;
    table->count = (int)(2 * k);
    table->plot = sorter->plot;
    table->colours = (int)k;
    return sorter;
}

static void cnwa_row(const struct cnwa *clusters, double *row) {
    uint64_t all = 0;
    for (unsigned s = 0; s < clusters->k; s++)
        all += clusters->cells[s];
    for (unsigned s = 0; s < clusters->k; s++) {
        row[s] = (double)clusters->cells[s];
        row[clusters->k + s] = row[s] / (double)all;
    }
}

static void cnwa_take_row(void *work, const struct world *world, double *row) {
    struct sorter *sorter = work;
    cnwa_take(sorter->clusters, world);
    sorter->last = sorter->clusters;
    cnwa_row(sorter->clusters, row);
}

/* As wide as a genome: in hundredths, and standardised. */
static size_t cnwa_job_bytes(const struct world *world) {
    return world->cells * (2 * sizeof(float) * genome_size(world->model.channels) + 64);
}

static void *cnwa_begin_job(void *work, const struct world *world, size_t number, double *row) {
    struct sorter *sorter = work;
    const struct cnwa *first = sorter->clusters;
    sorter->job =
        grow(sorter->job, &sorter->jobs_capacity, number + 1, sizeof(struct cnwa *), "species");
    for (; sorter->jobs <= number; sorter->jobs++) {
        sorter->job[sorter->jobs] = cnwa_new(world, first->k);
        sorter->job[sorter->jobs]->carriers = first->carriers;
    }
    struct cnwa *job = sorter->job[number];
    if (first->track || !cnwa_follow(job, first)) {
        cnwa_take_row(work, world, row);
        return NULL;
    }
    cnwa_collect(job, world);
    return sorter->last = job;
}

static void cnwa_end_job(void *job, double *row) {
    cnwa_cluster(job);
    cnwa_row(job, row);
}

static void cnwa_end(void *work) {
    struct sorter *sorter = work;
    cnwa_free(sorter->clusters);
    for (size_t i = 0; i < sorter->jobs; i++)
        cnwa_free(sorter->job[i]);
    free(sorter->job);
    free(sorter);
}

/* Census */

static void *census_begin(struct table *table, const struct world *world,
                          const struct choices *choices) {
    (void)table;
    (void)world;
    (void)choices;
    return census_state_new();
}

static void census_row(void *work, const struct world *world, double *row) {
    struct census c = census_take(work, world);
    row[0] = (double)c.alive;
    row[1] = (double)c.genomes;
    row[2] = (double)c.genotypes;
    row[3] = (double)c.births;
    row[4] = (double)c.deaths;
    row[5] = c.mean_age;
    row[6] = c.cell_sd;
    row[7] = c.genome_sd;
    row[8] = c.genome_sd_carriers;
}

static void census_end(void *work) {
    census_state_free(work);
}

/* All of them */

static const struct option_spec plain_specs[] = {OPTIONS_TABLE, OPTIONS_COMMON};
const struct option_spec measure_types_specs[] = {OPTION_DIGITS("types"), OPTIONS_TABLE,
                                                  OPTIONS_COMMON};

const struct measure ctfp = {
    .name = "ctfp",
    .purpose = "Counts the cells of each type, generation by generation.",
    .specs = measure_types_specs,
    .title = "Cell types (CTFP)",
    .ylabel = "cells",
    .sections = WANT_ALPHA,
    .begin = ctfp_begin,
    .take = ctfp_take,
    .end = types_end,
};
const struct measure entropy = {
    .name = "entropy",
    .purpose = "Global entropy of the cell types of each generation.",
    .specs = measure_types_specs,
    .title = "Global entropy (GEP)",
    .ylabel = "entropy, share of its maximum",
    MEASURE_COLUMNS("gep", "gep_living", "h", "types"),
    .plot = entropy_plot,
    .late = 3,
    .sections = WANT_ALPHA,
    .begin = types_begin,
    .take = entropy_take,
    .end = types_end,
};
const struct measure gcvp = {
    .name = "gcvp",
    .purpose = "Gross cell variance of each generation.",
    .specs = measure_types_specs,
    .title = "Gross cell variance (GCVP)",
    .ylabel = "variance",
    MEASURE_COLUMNS("gcvp"),
    .sections = WANT_ALPHA,
    .begin = types_begin,
    .take = gcvp_take,
    .end = types_end,
};
const struct measure clogv = {
    .name = "clogv",
    .purpose = "Global variance of the cells' local organisation, generation by generation.",
    .specs = measure_types_specs,
    .title = "Cell local organisation, global variance (CLOGV)",
    .ylabel = "standard deviation",
    MEASURE_COLUMNS("clogv"),
    .sections = WANT_ALPHA,
    .begin = clogv_begin,
    .take = clogv_take,
    .end = types_end,
};
const struct measure ghc = {
    .name = "ghc",
    .purpose = "Counts the distinct genotypic hash colours of each generation.",
    .specs = plain_specs,
    .title = "Genotypic hash colours (GHC)",
    .ylabel = "distinct colours",
    MEASURE_COLUMNS("ghc", "collisions"),
    .plot = ghc_plot,
    .late = 1,
    .sections = GENOMES,
    .begin = ghc_begin,
    .take = colours_take,
    .end = colours_end,
};
const struct measure rwsp = {
    .name = "rwsp",
    .purpose = "Counts the distinct colours of three selected weights, generation by generation.",
    .title = "Random weight selection colours (RWSP)",
    .ylabel = "distinct colours",
    MEASURE_COLUMNS("rwsp"),
    .sections = GENOMES,
    .begin = rwsp_begin,
    .take = colours_take,
    .end = colours_end,
};
const struct measure cnwa = {
    .name = "cnwa",
    .purpose = "Clusters the genomes of each generation into species.",
    .title = "Species (CNWA)",
    .ylabel = "cells of each species",
    .sections = GENOMES,
    .begin = cnwa_begin,
    .take = cnwa_take_row,
    .job_bytes = cnwa_job_bytes,
    .begin_job = cnwa_begin_job,
    .end_job = cnwa_end_job,
    .end = cnwa_end,
};
const struct measure census = {
    .name = "census",
    .purpose = "Census of each generation.",
    .specs = plain_specs,
    .title = "Census",
    .ylabel = "cells, genotypes",
    MEASURE_COLUMNS("alive", "genomes", "genotypes", "births", "deaths", "mean_age", "cell_sd",
                    "genome_sd", "genome_sd_carriers"),
    .plot = census_plot,
    .late = 1,
    .sections = GENOMES | AGES | WANT_ALPHA,
    .begin = census_begin,
    .take = census_row,
    .end = census_end,
};

const struct measure *const measures[MEASURES] = {&ctfp, &entropy, &gcvp, &clogv,    &ghc,  &rwsp,
                                                  &cnwa, &census,  &hill, &activity, &space};
