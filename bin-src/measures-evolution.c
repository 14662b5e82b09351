/* SPDX-License-Identifier: MIT */
/* Measures of evolution and of space: the columns of each, and its plot. */
#include "bin-src/measure.h"
#include "common/err.h"
#include "kernels/measures/activity.h"
#include "kernels/measures/hill.h"
#include "kernels/measures/phenotype.h"
#include "kernels/measures/space.h"

#include <math.h>
#include <stdlib.h>

/* Hill numbers */

struct numbers {
    struct hill hill;
    uint32_t levels;
};

static const char hill_plot[] =
    "set multiplot layout 2,2 margins 0.08,0.96,0.15,0.94 spacing 0.09,0.13\n"
    "unset xlabel\nunset ylabel\nset key off\n"
    "scale log 2:5\nset title 'Hill numbers of genotypes'\n"
    "plot for [i=2:5] $hill using 1:i with lines linewidth 1.5\n"
    "scale log 7:10\nset title 'Hill numbers of clades'\n"
    "plot for [i=7:10] $hill using 1:i with lines linewidth 1.5\n"
    "set xlabel 'generation'\n"
    "scale log 12:15\nset title 'Hill numbers of genotypic hash colours'\n"
    "plot for [i=12:15] $hill using 1:i with lines linewidth 1.5\n"
    "scale log 17:20\nset title 'Hill numbers of cell types'\n"
    "set key at screen 0.52,0.01 center bottom horizontal samplen 3\n"
    "plot for [i=17:20] $hill using 1:i with lines linewidth 1.5 \\\n"
    "     title word('D_0 D_1 D_2 D_∞', i - 16)\n"
    "unset multiplot\n";

static void *hill_begin(struct table *table, const struct world *world,
                        const struct choices *choices) {
    struct numbers *numbers = allocate(1, sizeof *numbers, "clades");
    (void)table;
    (void)world;
    numbers->levels = phenotype_levels(choices->digits);
    return numbers;
}

static void hill_row(void *work, const struct world *world, double *row) {
    struct numbers *numbers = work;
    struct hill_numbers group[HILL_GROUPS];
    hill_take(&numbers->hill, world, numbers->levels, group);
    for (int g = 0; g < HILL_GROUPS; g++) {
        *row++ = group[g].d0;
        *row++ = group[g].d1;
        *row++ = group[g].d2;
        *row++ = group[g].dinf;
        *row++ = group[g].evenness;
    }
}

static void hill_births(void *work, const struct world *world) {
    hill_left_out(&((struct numbers *)work)->hill, world);
}

static void hill_end(void *work) {
    hill_free(&((struct numbers *)work)->hill);
    free(work);
}

const struct measure hill = {
    .name = "hill",
    .purpose =
        "Hill numbers of genotypes, clades, colours and cell types, generation by generation.",
    .specs = measure_types_specs,
    .title = "Hill numbers",
    .ylabel = "effective number",
    MEASURE_COLUMNS("genotypes_d0", "genotypes_d1", "genotypes_d2", "genotypes_dinf",
                    "genotypes_evenness", "clades_d0", "clades_d1", "clades_d2", "clades_dinf",
                    "clades_evenness", "ghc_d0", "ghc_d1", "ghc_d2", "ghc_dinf", "ghc_evenness",
                    "types_d0", "types_d1", "types_d2", "types_dinf", "types_evenness"),
    .plot = hill_plot,
    .height = 7,
    .panel = {1, 5, HILL_GROUPS},
    .sections = GENOMES | WANT_ALPHA | WANT_BIRTHS,
    .begin = hill_begin,
    .take = hill_row,
    .left_out = hill_births,
    .end = hill_end,
};

/* Evolutionary activity */

static const char activity_plot[] =
    "set multiplot layout 2,2 margins 0.08,0.96,0.15,0.94 spacing 0.09,0.13\n"
    "unset xlabel\nunset ylabel\nset key off\n"
    "scale log 4:4\nset title 'Mean activity of genotypes'\n"
    "plot $activity using 1:9 with lines linewidth 3 linecolor '#b0b0b0', \\\n"
    "     $activity using 1:4 with lines linewidth 1.5 linetype 1\n"
    "scale log 6:6\nset title 'New activity per genotype'\n"
    "plot $activity using 1:11 with lines linewidth 3 linecolor '#b0b0b0', \\\n"
    "     $activity using 1:6 with lines linewidth 1.5 linetype 1\n"
    "set xlabel 'generation'\n"
    "scale log 2:2\nset title 'Diversity: genotypes'\n"
    "set key at screen 0.52,0.01 center bottom horizontal samplen 3\n"
    "plot $activity using 1:7 with lines linewidth 3 linecolor '#b0b0b0' \\\n"
    "     title 'neutral shadow', \\\n"
    "     $activity using 1:2 with lines linewidth 1.5 linetype 1 title 'run'\n"
    "set key off\nscale 12:12\nset title 'Excess: mean activity over that of the shadow'\n"
    "plot 1 with lines linewidth 3 linecolor '#b0b0b0', \\\n"
    "     $activity using 1:12 with lines linewidth 1.5 linetype 1\n"
    "unset multiplot\n";

static void *activity_begin(struct table *table, const struct world *world,
                            const struct choices *choices) {
    struct activity *work = allocate(1, sizeof *work, "activity");
    (void)table;
    (void)world;
    work->from = choices->fresh[0];
    work->until = choices->fresh[1];
    return work;
}

static void activity_row(void *work, const struct world *world, double *row) {
    struct activity_numbers of[2];
    activity_take(work, world, &of[0], &of[1]);
    for (int i = 0; i < 2; i++) {
        *row++ = of[i].diversity;
        *row++ = of[i].sum;
        *row++ = of[i].mean;
        *row++ = of[i].median;
        *row++ = of[i].fresh;
    }
    *row = of[0].mean / of[1].mean;
}

static void activity_births(void *work, const struct world *world) {
    activity_left_out(work, world);
}

static void activity_end(void *work) {
    activity_free(work);
    free(work);
}

static const struct option_spec activity_specs[] = {OPTION_NEW, OPTIONS_TABLE, OPTIONS_COMMON};

const struct measure activity = {
    .name = "activity",
    .purpose = "Evolutionary activity of each generation, beside that of a neutral shadow.",
    .specs = activity_specs,
    .title = "Evolutionary activity",
    .ylabel = "mean, generations",
    MEASURE_COLUMNS("diversity", "a_cum", "a_mean", "a_median", "a_new", "shadow_diversity",
                    "shadow_a_cum", "shadow_a_mean", "shadow_a_median", "shadow_a_new", "excess"),
    .plot = activity_plot,
    .height = 7,
    .panel = {2, 5, 2},
    .sections = GENOMES | AGES | WANT_ALPHA | WANT_BIRTHS,
    .begin = activity_begin,
    .take = activity_row,
    .left_out = activity_births,
    .end = activity_end,
};

/* Structure in space */

struct structure {
    struct space space;
    uint32_t levels;
};

static const char space_plot[] =
    "set multiplot layout 3,2 margins 0.08,0.96,0.1,0.95 spacing 0.09,0.1\n"
    "unset xlabel\nunset ylabel\nset key off\n"
    "scale 2:2\nset title \"Moran's I of alpha\"\n"
    "plot 0 with lines linewidth 3 linecolor '#b0b0b0', \\\n"
    "     $space using 1:2 with lines linewidth 1.5 linetype 1\n"
    "scale 9:9\nset title 'Mutual information of neighbours, bits'\n"
    "plot 0 with lines linewidth 3 linecolor '#b0b0b0', \\\n"
    "     $space using 1:9 with lines linewidth 1.5 linetype 1\n"
    "scale 5:5\nset title 'Correlation length of alpha, cells'\n"
    "plot 1-exp(-1) with lines linewidth 3 linecolor '#b0b0b0', \\\n"
    "     $space using 1:5 with lines linewidth 1.5 linetype 1\n"
    "scale log 3:4\nset title 'Neighbours of one genotype, share'\n"
    "plot $space using 1:4 with lines linewidth 3 linecolor '#b0b0b0', \\\n"
    "     $space using 1:3 with lines linewidth 1.5 linetype 1\n"
    "set xlabel 'generation'\n"
    "scale log 6:6\nset title 'Patches of living cells'\n"
    "set key at screen 0.52,0.005 center bottom horizontal samplen 3\n"
    "plot NaN with lines linewidth 3 linecolor '#b0b0b0' title 'without structure', \\\n"
    "     $space using 1:6 with lines linewidth 1.5 linetype 1 title 'run'\n"
    "set key off\nscale log 7:7\nset title 'Cells of the largest patch'\n"
    "plot $space using 1:7 with lines linewidth 1.5 linetype 1\n"
    "unset multiplot\n";

static void *space_begin(struct table *table, const struct world *world,
                         const struct choices *choices) {
    struct structure *work = allocate(1, sizeof *work, "space");
    (void)table;
    (void)world;
    work->levels = phenotype_levels(choices->digits);
    return work;
}

static void space_row(void *work, const struct world *world, double *row) {
    struct structure *structure = work;
    struct space_numbers n = space_take(&structure->space, world, structure->levels);
    row[0] = n.moran;
    row[1] = n.join;
    row[2] = n.join_expected;
    row[3] = n.xi;
    row[4] = (double)n.patches;
    row[5] = (double)n.largest;
    row[6] = n.h0;
    row[7] = n.mi;
}

static void space_end(void *work) {
    space_free(&((struct structure *)work)->space);
    free(work);
}

const struct measure space = {
    .name = "space",
    .purpose = "Structure in space of each generation: how alike neighbouring cells are.",
    .specs = measure_types_specs,
    .title = "Structure in space",
    .ylabel = "Moran index of alpha",
    MEASURE_COLUMNS("moran", "join", "join_expected", "xi", "patches", "largest", "h0", "mi"),
    .plot = space_plot,
    .height = 9,
    .panel = {0, 1, 1},
    .sections = GENOMES | WANT_ALPHA,
    .begin = space_begin,
    .take = space_row,
    .end = space_end,
};
