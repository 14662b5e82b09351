/* SPDX-License-Identifier: MIT */
#include "format/arrays.h"

#include "kernels/model/parameters.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const array_names[ARRAYS] = {
    [GENERATION] = "generations",
    [CELL_ALPHA] = "alpha",
    [CELL_STATE] = "state",
    [CELL_AGES] = "ages",
    [CELL_GENOMES] = "genomes",
    [CELL_GENOTYPES] = "genotypes",
    [PARAMETERS] = "parameters",
    [SERIALS] = "serials",
    [PARENTS] = "parents",
    [BORN] = "born",
    [SLOTS] = "slots",
};

const unsigned array_sections[ARRAYS] = {
    [CELL_ALPHA] = STATE,       [CELL_STATE] = STATE,   [CELL_AGES] = AGES,
    [CELL_GENOMES] = GENOMES,   [PARAMETERS] = GENOMES, [SERIALS] = GENOMES,
    [CELL_GENOTYPES] = GENOMES, [PARENTS] = GENOMES,    [BORN] = GENOMES,
    [SLOTS] = GENOMES,
};

const char *array_file(enum array array, char name[32]) {
    if (array == ARRAYS)
        snprintf(name, 32, "header.txt");
    else
        snprintf(name, 32, "%s.npy", array_names[array]);
    return name;
}

struct npy array_npy(enum array array, const struct model *model) {
    const uint64_t rows = model->height, cols = model->width, L = model->channels;
    const uint64_t P = genome_size(model->channels);
    const struct npy npy[ARRAYS] = {
        [GENERATION] = {"<u8", 1, {0}},
        [CELL_ALPHA] = {"<f4", 3, {0, rows, cols}},
        [CELL_STATE] = {"<f4", 4, {0, L, rows, cols}},
        [CELL_AGES] = {"<u4", 3, {0, rows, cols}},
        [CELL_GENOMES] = {"<f4", 3, {0, rows * cols, P}},
        [CELL_GENOTYPES] = {"<u4", 3, {0, rows, cols}},
        [PARAMETERS] = {"<f4", 2, {0, P}},
        [SERIALS] = {"<u8", 1, {0}},
        [PARENTS] = {"<u8", 1, {0}},
        [BORN] = {"<u8", 1, {0}},
        [SLOTS] = {"<u4", 1, {0}},
    };
    return npy[array];
}

void arrays_die(const struct arrays *arrays, enum array array, const char *format, ...) {
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    die(EXIT_FAILED, "%s/%s.npy: %s", arrays->folder, array_names[array], text);
}

const uint8_t *arrays_row(const struct arrays *arrays, enum array array, uint64_t index) {
    return arrays->data[array] + index * npy_row(&arrays->npy[array]);
}

uint64_t arrays_number(const struct arrays *arrays, enum array array, uint64_t index) {
    uint64_t number = index;
    if (arrays->data[array])
        memcpy(&number, arrays_row(arrays, array, index), sizeof number);
    return number;
}

static const struct arrays *mapped;

/* SIGBUS: a mapped page is beyond the end of its file, which became shorter. It is raised
   by the thread that reads a row, while it does, so this may call any function. */
static void bus_error(int number, siginfo_t *info, void *context) {
    const char *at = info->si_addr;
    (void)context;
    for (enum array a = 0; a < ARRAYS; a++) {
        const char *start = mapped->map[a].start;
        if (start && at >= start && at < start + mapped->map[a].size)
            arrays_die(mapped, a, "became shorter while it was read");
    }
    signal(number, SIG_DFL); /* of another cause: it comes again, and ends the program */
}

static void map_all(struct arrays *arrays, int directory) {
    const uint8_t **data = arrays->data;
    char why[256], name[32];
    struct sigaction action = {.sa_sigaction = bus_error, .sa_flags = SA_SIGINFO};
    mapped = arrays;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
    for (enum array a = 0; a < ARRAYS; a++) {
        data[a] = npy_map(&arrays->map[a], &arrays->npy[a], directory, array_file(a, name),
                          array_npy(a, &model_default).type, why);
        if (!data[a] && *why)
            arrays_die(arrays, a, "%s", why);
    }
    if (data[CELL_GENOTYPES] && !data[PARAMETERS])
        die(EXIT_FAILED, "%s: has genotypes.npy, but not the parameters.npy that it refers to",
            arrays->folder);
    /* those that others contain */
    if (data[CELL_STATE])
        data[CELL_ALPHA] = NULL;
    if (data[CELL_GENOTYPES])
        data[CELL_GENOMES] = NULL;
    for (enum array a = BY_GENOTYPE; !data[CELL_GENOTYPES] && a < ARRAYS; a++)
        data[a] = NULL;
}

/* The array that says most about geometry and channels. */
static enum array find_grid(const struct arrays *arrays) {
    static const enum array grids[] = {CELL_STATE, CELL_ALPHA, CELL_GENOTYPES, CELL_AGES,
                                       CELL_GENOMES};
    for (size_t g = 0; g < sizeof grids / sizeof *grids; g++)
        if (arrays->data[grids[g]])
            return grids[g];
    die(EXIT_FAILED, "%s: has none of state.npy, alpha.npy, ages.npy, genotypes.npy, genomes.npy",
        arrays->folder);
}

/* Sets geometry and channels of the model from that array and those of genomes. */
static void find_model(const struct arrays *arrays, enum array grid, struct model *model,
                       bool known) {
    const struct npy *npy = &arrays->npy[grid];
    enum array genomes = arrays->data[CELL_GENOTYPES] ? PARAMETERS : CELL_GENOMES;
    int planes = grid == CELL_STATE || grid == CELL_GENOMES ? 4 : 3;
    bool flat = grid == CELL_GENOMES && npy->dimensions == 3 && known;
    char why[256];
    if (npy->dimensions != planes && !flat)
        arrays_die(arrays, grid, "%d dimensions, not %d", npy->dimensions, planes);
    uint64_t rows = model->height, cols = model->width, L = known ? model->channels : 1, P = 0;
    if (!flat) {
        rows = npy->shape[grid == CELL_STATE ? 2 : 1];
        cols = npy->shape[grid == CELL_STATE ? 3 : 2];
    }
    if (arrays->data[genomes])
        P = arrays->npy[genomes].shape[arrays->npy[genomes].dimensions - 1];
    if (grid == CELL_STATE)
        L = npy->shape[1];
    else if (grid == CELL_ALPHA)
        L = 1; /* all there is */
    else if (P)
        for (L = 1; L < MAX_CHANNELS && genome_size((uint32_t)L) < P;)
            L++;
    if (L < 1 || L > MAX_CHANNELS)
        arrays_die(arrays, grid, "%" PRIu64 " channels, not from 1 to %d", L, MAX_CHANNELS);
    if (arrays->data[genomes] && P != genome_size((uint32_t)L))
        arrays_die(arrays, genomes,
                   "genomes of %" PRIu64 " parameters, not %zu as for %" PRIu64 " channel%s", P,
                   genome_size((uint32_t)L), L,
                   L > 1                ? "s"
                   : grid == CELL_ALPHA ? ", alpha alone: state.npy is missing"
                                        : "");
    if (!rows || !cols || rows > MAX_CELLS || cols > MAX_CELLS)
        arrays_die(arrays, grid, "a grid without cells, or with too many");
    model->height = (uint32_t)rows;
    model->width = (uint32_t)cols;
    model->channels = (uint32_t)L;
    if (!model_geometry(model, why))
        arrays_die(arrays, grid, "%s", why);
}

unsigned arrays_open(struct arrays *arrays, const char *folder, int directory, struct model *model,
                     bool known) {
    arrays->folder = folder;
    map_all(arrays, directory);
    const uint8_t *const *data = arrays->data;
    const enum array grid = find_grid(arrays);
    find_model(arrays, grid, model, known);
    arrays->generations = arrays->npy[grid].shape[0];

    unsigned sections = 0;
    for (enum array a = 0; a < ARRAYS; a++) {
        struct npy needed = array_npy(a, model), *npy = &arrays->npy[a];
        char is[128], should[128];
        if (!data[a])
            continue;
        if (a == CELL_GENOMES && npy->dimensions == 4) /* with the grid's rows and columns apart */
            needed = (struct npy){.dimensions = 4,
                                  .shape = {0, model->height, model->width, needed.shape[2]}};
        needed.shape[0] = a < BY_GENOTYPE ? arrays->generations : arrays->npy[PARAMETERS].shape[0];
        if (npy->dimensions != needed.dimensions ||
            memcmp(npy->shape, needed.shape, (size_t)needed.dimensions * sizeof *npy->shape))
            arrays_die(arrays, a, "its shape is %s, but by the other arrays it should be %s",
                       npy_shape(npy, is), npy_shape(&needed, should));
        sections |= array_sections[a];
    }
    for (uint64_t i = 1; i < arrays->generations; i++)
        if (arrays_number(arrays, GENERATION, i) <= arrays_number(arrays, GENERATION, i - 1))
            arrays_die(arrays, GENERATION, "row %" PRIu64 ": %" PRIu64 " after %" PRIu64, i,
                       arrays_number(arrays, GENERATION, i),
                       arrays_number(arrays, GENERATION, i - 1));
    return sections;
}

void arrays_close(struct arrays *arrays) {
    for (enum array a = 0; a < ARRAYS; a++)
        npy_unmap(&arrays->map[a]);
}
