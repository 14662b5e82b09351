/* SPDX-License-Identifier: MIT */
/* nca-lineage: the phylogeny of the genotypes in a stream. */
#include "bin-src/phylogeny.h"
#include "bin-src/program.h"
#include "common/err.h"
#include "common/signals.h"
#include "common/table.h"
#include "kernels/measures/diversity.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ALL = 256, NEWICK, MIN_CELLS, DRAW, LEAVES, CLADE, STATS };

static const struct option_spec specs[] = {
    {ALL, "all", NULL, "include extinct genotypes without living descendants", true},
    {MIN_CELLS, "min-cells", "N", "omit genotypes that never had N cells at once", true},
    {NEWICK, "newick", NULL, "print a Newick tree instead of an ALife standard table", true},
    {DRAW, "draw", NULL, "draw the tree of the living over the generations, with options:", true},
    {LEAVES, "leaves", "N", "draw the N genotypes that most cells carry (50)", true},
    {CLADE, "clade", "G", "colour clades of the genotypes alive in generation G (the first)", true},
    {STATS, "stats", NULL, "print a measure, the diversity of each generation", true},
    OPTIONS_TABLE,
    OPTIONS_COMMON,
};

static const char plot[] =
    "set multiplot layout 3,1\nset lmargin 10\n"
    "unset xlabel\nscale log 2:3\n"
    "plot $lineage using 1:2 with lines linewidth 1.5 title 'genotypes', \\\n"
    "     $lineage using 1:3 with lines linewidth 1.5 title 'ancestors'\n"
    "unset title\nscale 4:5\nset ylabel 'births'\n"
    "plot $lineage using 1:5 with lines linewidth 1.5 title 'greatest depth', \\\n"
    "     $lineage using 1:4 with lines linewidth 1.5 title 'mean depth'\n"
    "set xlabel 'generation'\nscale log 6:8\nset ylabel 'generations'\n"
    "plot $lineage using 1:7 with lines linewidth 1.5 title 'diversity', \\\n"
    "     $lineage using 1:8 with lines linewidth 1.5 title 'mean distance', \\\n"
    "     $lineage using 1:6 with lines linewidth 1.5 title 'since ancestor'\n"
    "unset multiplot\n";

static uint32_t keep(struct lineage *lineage, uint32_t entry, void *context) {
    (void)lineage, (void)entry, (void)context;
    return 0;
}

/* The genotypes to print, by serial, so that parents come before their children. */
struct tree {
    const struct genotype *genotype;
    uint32_t *entry;    /* [count] to print */
    uint32_t *ancestor; /* [used] of each entry: itself or its nearest ancestor that is printed */
    size_t count;
};

static const struct genotype *order;

static int by_serial(const void *a, const void *b) {
    uint64_t x = order[*(const uint32_t *)a].serial, y = order[*(const uint32_t *)b].serial;
    return (x > y) - (x < y);
}

static struct tree tree_of(const struct lineage *lineage, uint32_t min_cells) {
    struct tree tree = {.genotype = lineage->genotype};
    tree.entry = allocate(lineage->used, sizeof *tree.entry, "tree");
    tree.ancestor = allocate(lineage->used, sizeof *tree.ancestor, "tree");
    size_t all = 0;
    bool sorted = true;
    for (uint32_t e = 1; e < lineage->used; e++)
        if (lineage->genotype[e].serial) {
            sorted = sorted && (!all || lineage->genotype[tree.entry[all - 1]].serial <
                                            lineage->genotype[e].serial);
            tree.entry[all++] = e;
        }
    order = lineage->genotype;
    if (!sorted)
        qsort(tree.entry, all, sizeof *tree.entry, by_serial);
    for (size_t i = 0; i < all; i++) {
        uint32_t e = tree.entry[i];
        const struct genotype *g = &lineage->genotype[e];
        bool printed = g->max_cells >= min_cells;
        tree.ancestor[e] = printed ? e : tree.ancestor[g->parent];
        tree.entry[tree.count] = e;
        tree.count += printed;
    }
    return tree;
}

static const struct genotype *ancestor_of(const struct tree *tree, uint32_t entry) {
    return &tree->genotype[tree->ancestor[tree->genotype[entry].parent]];
}

static char *put(char *to, const char *text) {
    size_t length = strlen(text);
    memcpy(to, text, length);
    return to + length;
}

/* printf() would take most of this program's time. */
static char *put_number(char *to, uint64_t number) {
    char digits[20];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while (number /= 10);
    while (n)
        *to++ = digits[--n];
    return to;
}

static char *put_colour(char *to, uint32_t rgb) {
    *to++ = '#';
    for (int shift = 20; shift >= 0; shift -= 4)
        *to++ = "0123456789abcdef"[rgb >> shift & 15];
    return to;
}

static void print_table(const struct tree *tree, uint32_t width) {
    puts("id,ancestor_list,origin_time,destruction_time,max_cells,total_cells,births,row,col,ghc");
    for (size_t i = 0; i < tree->count && !ferror(stdout); i++) {
        const struct genotype *g = &tree->genotype[tree->entry[i]];
        const struct genotype *ancestor = ancestor_of(tree, tree->entry[i]);
        char line[256], *end = put_number(line, g->serial);
        end = put(end, ",[");
        end = ancestor->serial ? put_number(end, ancestor->serial) : put(end, "none");
        end = put_number(put(end, "],"), g->origin);
        *end++ = ',';
        end = g->destruction == EXTANT ? put(end, "inf") : put_number(end, g->destruction);
        *end++ = ',';
        end = put_number(end, g->max_cells);
        *end++ = ',';
        end = put_number(end, g->total_cells);
        *end++ = ',';
        end = put_number(end, g->births);
        *end++ = ',';
        if (g->cell != UNKNOWN)
            end = put_number(end, g->cell / width);
        *end++ = ',';
        if (g->cell != UNKNOWN)
            end = put_number(end, g->cell % width);
        *end++ = ',';
        if (g->colour != UNKNOWN)
            end = put_colour(end, g->colour);
        *end++ = '\n';
        fwrite(line, 1, (size_t)(end - line), stdout);
    }
}

/* Depth first, without recursion: the tree can be as deep as the run is long. */
static void print_newick(const struct tree *tree, uint32_t used) {
    if (!tree->count) {
        puts(";");
        return;
    }
    uint32_t *child = allocate(used, 2 * sizeof *child, "tree"), *sibling = child + used, roots = 0;
    for (size_t i = tree->count; i--;) {
        uint32_t e = tree->entry[i], parent = tree->ancestor[tree->genotype[e].parent];
        sibling[e] = child[parent];
        child[parent] = e;
        roots += parent == 0;
    }
    uint32_t top = roots == 1 ? child[0] : 0, e = top;
    bool down = true;
    for (;;) {
        if (down && child[e]) {
            putchar('(');
            e = child[e];
            continue;
        }
        const struct genotype *g = &tree->genotype[e];
        if (g->serial)
            printf("%" PRIu64, g->serial);
        if (e == top)
            break;
        printf(":%" PRIu64, g->origin - ancestor_of(tree, e)->origin);
        down = sibling[e];
        putchar(down ? ',' : ')');
        e = down ? sibling[e] : tree->ancestor[g->parent];
    }
    puts(";");
    free(child);
}

static void print_stats(const struct lineage *lineage, struct diversity_work *work,
                        struct table *table) {
    struct diversity d = lineage_diversity(lineage, work);
    double row[] = {(double)d.genotypes,
                    (double)d.ancestors,
                    d.depth_mean,
                    (double)d.depth_max,
                    d.mrca_age,
                    d.diversity,
                    d.distance,
                    (double)d.founders,
                    d.sackin,
                    d.colless_like,
                    d.ed_mean,
                    d.ed_max,
                    d.vpd,
                    d.mutations};
    table_row(table, lineage->generation, row);
}

/* The tree, coloured by clades of one generation: the first, if from is NULL. */
static int draw_tree(struct options *options, char **files, const uint64_t *from, size_t leaves,
                     struct table *table) {
    struct clades clades = {.by_clade = true,
                            .founders = !from,
                            .from = from ? *from : 0,
                            .tree = true,
                            .max_reported = PHYLOGENY_CLADES};
    struct reader *in = program_input(files, GENOMES | WANT_BIRTHS);
    program_output(options, false);
    for (int got; (got = program_next(in)) > 0;)
        if (!clades_take(&clades, &in->world, got == READ_GENERATION))
            break;
    bool ranked = clades_rank(&clades);
    if (ranked || !from)
        phylogeny_print(&clades, leaves, table);
    int status = program_end_or(options, in, clades.lineage.error);
    clades_free(&clades);
    if (!status && !ranked && from && !signals_caught())
        die(EXIT_FAILED, "--clade %" PRIu64 ": the stream has no such generation", *from);
    return status;
}

static int print_all(struct options *options, char **files, struct lineage *lineage, bool newick,
                     uint32_t min_cells) {
    struct reader *in = program_input(files, GENOMES | WANT_BIRTHS);
    program_output(options, false);
    for (int got; (got = program_next(in)) > 0;)
        if (!lineage_take(lineage, &in->world, got == READ_GENERATION))
            break;
    lineage_update(lineage);
    struct tree tree = tree_of(lineage, min_cells);
    if (newick)
        print_newick(&tree, lineage->used);
    else
        print_table(&tree, in->header.model.width);
    free(tree.entry);
    free(tree.ancestor);
    int status = program_end_or(options, in, lineage->error);
    lineage_free(lineage);
    return status;
}

static int print_all_stats(struct options *options, char **files, struct table *table) {
    static const char *const columns[] = {"genotypes", "ancestors",    "depth_mean", "depth_max",
                                          "mrca_age",  "diversity",    "distance",   "founders",
                                          "sackin",    "colless_like", "ed_mean",    "ed_max",
                                          "vpd",       "mutations"};
    struct lineage lineage = {.count_changes = true};
    struct diversity_work work = {0};
    table->title = "Phylogeny of the living genotypes";
    table->ylabel = "genotypes";
    table->columns = columns;
    table->count = sizeof columns / sizeof *columns;
    table->plot = plot;
    struct reader *in = program_input(files, GENOMES | WANT_BIRTHS);
    program_output(options, false);
    table_begin(table);
    for (int got; (got = program_next(in)) > 0;) {
        if (!lineage_take(&lineage, &in->world, got == READ_GENERATION))
            break;
        if (got == READ_GENERATION)
            print_stats(&lineage, &work, table);
    }
    table_end(table);
    int status = program_end_or(options, in, lineage.error);
    diversity_work_free(&work);
    lineage_free(&lineage);
    return status;
}

int main(int argc, char **argv) {
    struct options options = {
        "[FILE]...",
        "Prints the phylogeny of a stream's genotypes: the living and their "
        "ancestors.",
        .specs = specs,
        .example = "nca-lineage --draw --leaves 30 --png tree.png run.zst | gnuplot"};
    struct table table = {.name = "lineage"};
    struct lineage lineage = {0};
    uint32_t min_cells = 0;
    uint64_t from = 0;
    size_t leaves = 0;
    bool newick = false, stats = false, draw = false, clade = false;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == ALL)
            lineage.forget = keep;
        else if (key == MIN_CELLS)
            min_cells = (uint32_t)option_integer("--min-cells", optarg, 0, MAX_CELLS);
        else if (key == NEWICK)
            newick = true;
        else if (key == STATS)
            stats = true;
        else if (key == DRAW)
            draw = true;
        else if (key == LEAVES)
            leaves = option_integer("--leaves", optarg, 1, MAX_LEAVES);
        else if (key == CLADE) {
            from = option_integer("--clade", optarg, 0, UINT32_MAX);
            clade = true;
        } else
            table_option(&table, key, optarg);
    bool drawn = table.live || table.sheet[0] > 0.0 || (table.style && table.style != TABLE_CSV);
    if (drawn && !stats && !draw)
        die(EXIT_USAGE, "--tsv, --png, --pdf, --svg, --size and --live are for --stats and --draw: "
                        "the phylogeny is CSV, or with --newick a tree");
    if (newick && table.style == TABLE_CSV)
        die(EXIT_USAGE, "--newick: not with --csv");
    if ((leaves || clade) && !draw)
        die(EXIT_USAGE, "--leaves and --clade are for --draw");
    if (stats + draw + (newick || min_cells || lineage.forget) > 1)
        die(EXIT_USAGE, "--%s: not with --newick, --min-cells%s", stats ? "stats" : "draw",
            stats ? ", --all and --draw" : " and --all");
    if (draw && table.live)
        die(EXIT_USAGE, "--draw: not with --live: the tree needs the whole run");

    if (draw)
        return draw_tree(&options, argv + optind, clade ? &from : NULL, leaves ? leaves : 50,
                         &table);
    if (stats)
        return print_all_stats(&options, argv + optind, &table);
    return print_all(&options, argv + optind, &lineage, newick, min_cells);
}
