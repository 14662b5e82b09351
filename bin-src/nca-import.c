/* nca-import: arrays of numpy, from nca-export or from elsewhere, as a stream. */
#include "common/err.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "format/npy.h"
#include "format/stream.h"
#include "kernels/descent.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NPY = 256, LEVEL, MODEL };

static const struct option_spec specs[] = {
    {NPY, "npy", "DIR", "read DIR/state.npy and so on, as nca-export writes them", true},
    {LEVEL, "level", "N", "zstd compression level, -7..19 (1)", true},
    {MODEL, "init", "F", "fraction of cells alive at generation 0; this one and those", false},
    {MODEL + 1, "alpha", "F", "below are as in DIR/header.txt, or as of nca-seed", false},
    {MODEL + 2, "activation", "NAME", "of the board: sigmoid or tanh", false},
    {MODEL + 3, "hidden", "NAME", "of the hidden layer: also relu, leakyrelu, none", false},
    {MODEL + 4, "ip", "F", "inheritance probability", false},
    {MODEL + 5, "ppp", "F", "parameter perturbation probability", false},
    {MODEL + 6, "budget", "N|inf", "generations a cell may live", false},
    {MODEL + 7, "schedule", "NAME", "whose genome a parent hands over: raster or sync", false},
    {MODEL + 8, "seed", "N", "seed of all random numbers", false},
    OPTIONS_COMMON,
};

enum {
    GENERATION,
    CELL_ALPHA,
    CELL_STATE,
    CELL_AGES,
    CELL_GENOMES,
    CELL_GENOTYPES,
    PARAMETERS,
    SERIALS,
    PARENTS,
    BORN,
    SLOTS,
    ARRAYS
};
static struct array {
    const char *name, *type;
    const uint8_t *data; /* NULL: there is none */
    struct npy npy;
    struct npy_map map;
} arrays[ARRAYS] = {
    [GENERATION] = {.name = "generations.npy", .type = "<u8"},
    [CELL_ALPHA] = {.name = "alpha.npy", .type = "<f4"},
    [CELL_STATE] = {.name = "state.npy", .type = "<f4"},
    [CELL_AGES] = {.name = "ages.npy", .type = "<u4"},
    [CELL_GENOMES] = {.name = "genomes.npy", .type = "<f4"},
    [CELL_GENOTYPES] = {.name = "genotypes.npy", .type = "<u4"},
    [PARAMETERS] = {.name = "parameters.npy", .type = "<f4"},
    [SERIALS] = {.name = "serials.npy", .type = "<u8"},
    [PARENTS] = {.name = "parents.npy", .type = "<u8"},
    [BORN] = {.name = "born.npy", .type = "<u8"},
    [SLOTS] = {.name = "slots.npy", .type = "<u4"},
};
static const char *folder;

enum { MOST_PARAMETERS = 10 * MOST_CHANNELS * MOST_CHANNELS + 2 * MOST_CHANNELS };

static _Noreturn void die_in(int a, const char *why) {
    die(EXIT_FAILED, "%s/%s: %s", folder, arrays[a].name, why);
}

/* Row number index of an array. */
static const uint8_t *row_of(int a, uint64_t index) {
    return arrays[a].data + index * npy_row(&arrays[a].npy);
}

/* Row number index of an array of single numbers, or that number itself where there is no array. */
static uint64_t number_of(int a, uint64_t index) {
    uint64_t number = index;
    if (arrays[a].data)
        memcpy(&number, row_of(a, index), sizeof number);
    return number;
}

static uint64_t length_of(int a) {
    return arrays[a].npy.shape[0];
}

static void need_shape(int a, int dimensions, const uint64_t shape[]) {
    struct npy needed = {.dimensions = dimensions};
    char is[128], should[128];
    if (!arrays[a].data)
        return;
    memcpy(needed.shape, shape, (size_t)dimensions * sizeof *shape);
    if (arrays[a].npy.dimensions != dimensions ||
        memcmp(arrays[a].npy.shape, shape, (size_t)dimensions * sizeof *shape))
        die(EXIT_FAILED, "%s/%s: its shape is %s, but by the other arrays it should be %s", folder,
            arrays[a].name, npy_shape(&arrays[a].npy, is), npy_shape(&needed, should));
}

/* Opens all arrays, and checks that they agree. Sets geometry and channels of the model, which may
   come from a header (known); returns the sections that there are and the number of generations. */
static unsigned open_arrays(int directory, struct model *model, bool known, uint64_t *generations) {
    char why[256];
    for (int a = 0; a < ARRAYS; a++) {
        struct array *array = &arrays[a];
        array->data = npy_map(&array->map, &array->npy, directory, array->name, array->type, why);
        if (!array->data && *why)
            die_in(a, why);
    }
    int grid = arrays[CELL_STATE].data       ? CELL_STATE
               : arrays[CELL_ALPHA].data     ? CELL_ALPHA
               : arrays[CELL_GENOTYPES].data ? CELL_GENOTYPES
               : arrays[CELL_AGES].data      ? CELL_AGES
                                             : CELL_GENOMES;
    if (!arrays[grid].data)
        die(EXIT_FAILED,
            "%s: has none of state.npy, alpha.npy, ages.npy, genotypes.npy, genomes.npy", folder);
    if (arrays[CELL_GENOTYPES].data && !arrays[PARAMETERS].data)
        die(EXIT_FAILED, "%s: has genotypes.npy, but not the parameters.npy that it refers to",
            folder);
    const struct npy *npy = &arrays[grid].npy;
    int planes = grid == CELL_STATE || grid == CELL_GENOMES ? 4 : 3;
    bool flat = grid == CELL_GENOMES && npy->dimensions == 3 && known;
    if (npy->dimensions != planes && !flat)
        die(EXIT_FAILED, "%s/%s: %d dimensions, not %d", folder, arrays[grid].name, npy->dimensions,
            planes);
    const uint64_t G = npy->shape[0];
    uint64_t rows = model->height, cols = model->width, L = known ? model->channels : 1;
    if (!flat) {
        rows = npy->shape[grid == CELL_STATE ? 2 : 1];
        cols = npy->shape[grid == CELL_STATE ? 3 : 2];
    }
    /* with tables, genomes at length say nothing more */
    int genomes = arrays[CELL_GENOTYPES].data ? PARAMETERS : CELL_GENOMES;
    const struct npy *parameters = &arrays[genomes].npy;
    uint64_t P = arrays[genomes].data ? parameters->shape[parameters->dimensions - 1] : 0;
    if (grid == CELL_STATE)
        L = npy->shape[1];
    else if (grid == CELL_ALPHA)
        L = 1; /* all there is */
    else if (P)
        for (L = 1; L < MOST_CHANNELS && genome_size((uint32_t)L) < P;)
            L++;
    if (L < 1 || L > MOST_CHANNELS)
        die(EXIT_FAILED, "%s/%s: %" PRIu64 " channels, not from 1 to %d", folder, arrays[grid].name,
            L, MOST_CHANNELS);
    if (arrays[genomes].data && P != genome_size((uint32_t)L))
        die(EXIT_FAILED,
            "%s/%s: genomes of %" PRIu64 " parameters, not %zu as for %" PRIu64 " channel%s",
            folder, arrays[genomes].name, P, genome_size((uint32_t)L), L,
            L > 1                ? "s"
            : grid == CELL_ALPHA ? ", alpha alone: state.npy is missing"
                                 : "");
    if (!rows || !cols || rows > MOST_CELLS || cols > MOST_CELLS)
        die_in(grid, "a grid without cells, or with too many");
    model->height = (uint32_t)rows;
    model->width = (uint32_t)cols;
    model->channels = (uint32_t)L;
    if (!model_geometry(model, why))
        die_in(grid, why);
    const uint64_t K = length_of(PARAMETERS);
    need_shape(CELL_STATE, 4, (const uint64_t[]){G, L, rows, cols});
    if (!arrays[CELL_STATE].data)
        need_shape(CELL_ALPHA, 3, (const uint64_t[]){G, rows, cols});
    need_shape(CELL_AGES, 3, (const uint64_t[]){G, rows, cols});
    need_shape(CELL_GENOTYPES, 3, (const uint64_t[]){G, rows, cols});
    if (genomes == CELL_GENOMES && parameters->dimensions == 3)
        need_shape(CELL_GENOMES, 3, (const uint64_t[]){G, rows * cols, P});
    else if (genomes == CELL_GENOMES)
        need_shape(CELL_GENOMES, 4, (const uint64_t[]){G, rows, cols, P});
    else
        need_shape(PARAMETERS, 2, (const uint64_t[]){K, P});
    need_shape(GENERATION, 1, &G);
    for (int a = SERIALS; genomes == PARAMETERS && a <= SLOTS; a++)
        need_shape(a, 1, &K);
    for (uint64_t g = 1; g < G; g++)
        if (number_of(GENERATION, g) <= number_of(GENERATION, g - 1))
            die(EXIT_FAILED, "%s/%s: row %" PRIu64 ": %" PRIu64 " after %" PRIu64, folder,
                arrays[GENERATION].name, g, number_of(GENERATION, g), number_of(GENERATION, g - 1));
    *generations = G;
    bool state = arrays[CELL_STATE].data || arrays[CELL_ALPHA].data;
    return (state ? STATE | AGES : 0) | (arrays[CELL_AGES].data ? AGES : 0) |
           (arrays[genomes].data ? GENOMES : 0);
}

/* Channels and ages of a generation, gap after the one in world (0: there is none before). Where
   nobody tells, the ages are what they are at least if no life was broken in between. */
static void take_cells(struct world *world, uint64_t index, uint64_t gap) {
    size_t cells = world->cells, L = world->model.channels;
    int a = arrays[CELL_STATE].data ? CELL_STATE : CELL_ALPHA;
    uint32_t unborn = gap || world->generation;
    for (size_t i = 0; world->ages && !arrays[CELL_AGES].data && i < cells; i++) {
        float alpha;
        memcpy(&alpha, row_of(a, index) + i * sizeof alpha, sizeof alpha);
        bool lived = gap && world->state[i] != 0.0f;
        world->ages[i] = alpha == 0.0f ? 0 : lived ? world->ages[i] + (uint32_t)gap : unborn;
    }
    if (world->ages && arrays[CELL_AGES].data)
        memcpy(world->ages, row_of(CELL_AGES, index), cells * sizeof *world->ages);
    if (world->state)
        memcpy(world->state, row_of(a, index), L * cells * sizeof *world->state);
    for (size_t i = 0; world->state && i < L * cells; i++)
        if (!(world->state[i] >= (i < cells ? 0.0f : -1.0f) && world->state[i] <= 1.0f))
            die(EXIT_FAILED,
                "%s/%s: row %" PRIu64 ", cell %zu: %g in channel %zu, not from %d to 1", folder,
                arrays[a].name, index, i % cells, (double)world->state[i], i / cells,
                i < cells ? 0 : -1);
}

/* The genome of a cell. */
static void copy_genome(float *genome, const struct world *world, uint64_t index, size_t cell) {
    size_t bytes = world->pool.genome * sizeof *genome;
    uint32_t row;
    if (!arrays[CELL_GENOTYPES].data) {
        memcpy(genome, row_of(CELL_GENOMES, index) + cell * bytes, bytes);
        return;
    }
    memcpy(&row, row_of(CELL_GENOTYPES, index) + cell * sizeof row, sizeof row);
    if (row >= length_of(PARAMETERS))
        die(EXIT_FAILED, "%s/%s: row %" PRIu64 ", cell %zu: genotype %" PRIu32 " of %" PRIu64,
            folder, arrays[CELL_GENOTYPES].name, index, cell, row, length_of(PARAMETERS));
    memcpy(genome, row_of(PARAMETERS, row), bytes);
}

static void check_finite(uint64_t row, const float *genome, size_t P) {
    int a = arrays[CELL_GENOTYPES].data ? PARAMETERS : CELL_GENOMES;
    for (size_t p = 0; p < P; p++)
        if (genome[p] - genome[p] != 0.0f)
            die(EXIT_FAILED, "%s/%s: row %" PRIu64 ": parameter %zu is not finite", folder,
                arrays[a].name, row, p);
}

/* Genomes without their history: those with the same parameters are the same. False: it took more
   slots than there are, and needs a POOL. */
static bool take_genomes(struct descent *descent, struct world *world, uint64_t index) {
    size_t P = world->pool.genome;
    float genome[MOST_PARAMETERS];
    descent_begin(descent, world);
    for (size_t i = 0; i < world->cells; i++) {
        copy_genome(genome, world, index, i);
        uint32_t slot = world->slots[i];
        if (slot && !memcmp(genome, pool_genome(&world->pool, slot), P * sizeof *genome))
            continue;
        bool empty = true;
        for (size_t p = 0; empty && p < P; p++)
            empty = genome[p] == 0.0f;
        slot = empty ? 0 : descent_find(descent, world, genome);
        if (!empty && !slot) {
            check_finite(index, genome, P);
            slot = descent_birth(descent, world, descent_parent(descent, world, i, genome), genome);
        }
        world->slots[i] = slot;
    }
    const struct births *births = &world->births;
    return !births->count || births->slot[births->count - 1] <= world->cells;
}

/* Genotypes with their history, as nca-export tells it: everything is where it was. */
struct history {
    uint64_t next;  /* row of the next birth */
    uint64_t *row;  /* [cells + 1] of the genotype in each slot, 0 if there is none */
    uint8_t *mark;  /* [cells + 1] slots that cells carry */
    bool connected; /* births lead from the generation before to this one, without a POOL */
};

/* The slot of a genotype that is in the pool, or 0. */
static uint32_t slot_of(const struct history *h, const struct world *world, uint64_t row) {
    uint32_t slot;
    memcpy(&slot, row_of(SLOTS, row), sizeof slot);
    if (row && (!slot || slot > world->cells))
        die(EXIT_FAILED, "%s/%s: row %" PRIu64 ": slot %" PRIu32 ", not from 1 to %zu", folder,
            arrays[SLOTS].name, row, slot, world->cells);
    return row && h->row[slot] == row ? slot : 0;
}

/* The row of a serial, or 0. */
static uint64_t row_of_serial(uint64_t serial) {
    uint64_t low = 0, high = length_of(SERIALS);
    while (low + 1 < high) {
        uint64_t middle = low + (high - low) / 2;
        *(number_of(SERIALS, middle) <= serial ? &low : &high) = middle;
    }
    return number_of(SERIALS, low) == serial ? low : 0;
}

/* A genotype enters the pool, by birth or, as far as is known, from nowhere. */
static void enter(struct history *h, struct world *world, uint64_t row) {
    struct pool *pool = &world->pool;
    uint64_t serial = number_of(SERIALS, row), parent = number_of(PARENTS, row);
    uint32_t slot, parent_slot = slot_of(h, world, row_of_serial(parent));
    if (!serial || serial == UINT64_MAX || parent >= serial)
        die(EXIT_FAILED, "%s/%s: row %" PRIu64 ": serial %" PRIu64 " with parent %" PRIu64, folder,
            arrays[SERIALS].name, row, serial, parent);
    slot_of(h, world, row);
    memcpy(&slot, row_of(SLOTS, row), sizeof slot);
    h->connected &= serial == pool->next_serial && (parent_slot || !parent) && slot != parent_slot;
    h->row[slot] = row;
    pool_reserve(pool, slot);
    memcpy(pool_genome(pool, slot), row_of(PARAMETERS, row), pool->genome * sizeof(float));
    check_finite(row, pool_genome(pool, slot), pool->genome);
    pool->serial[slot] = serial;
    pool->parent[slot] = parent;
    if (pool->next_serial <= serial)
        pool->next_serial = serial + 1;
    births_add(&world->births, slot, parent_slot);
}

/* The births of the generations from there on to this one, those left out being told to the writer
   (NULL: of none), and the genotypes of this one's cells. */
static void take_history(struct history *h, struct world *world, uint64_t index,
                         struct writer *writer) {
    const uint64_t K = length_of(PARAMETERS), end = number_of(GENERATION, index);
    h->connected = writer;
    world->births.count = 0;
    for (; h->next < K && number_of(BORN, h->next) <= end; h->next++) {
        uint64_t born = number_of(BORN, h->next);
        if (born < number_of(BORN, h->next - 1))
            die(EXIT_FAILED, "%s/%s: row %" PRIu64 ": %" PRIu64 " after %" PRIu64, folder,
                arrays[BORN].name, h->next, born, number_of(BORN, h->next - 1));
        if (writer && world->births.count && born > world->generation) {
            writer_skip(writer, world);
            world->births.count = 0;
        }
        world->generation = born;
        if (writer)
            enter(h, world, h->next);
    }
    if (writer && world->births.count && world->generation < end) {
        writer_skip(writer, world);
        world->births.count = 0;
    }
    world->generation = end;
    memset(h->mark, 0, world->cells + 1);
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t row;
        memcpy(&row, row_of(CELL_GENOTYPES, index) + i * sizeof row, sizeof row);
        if (row >= K)
            die(EXIT_FAILED, "%s/%s: row %" PRIu64 ", cell %zu: genotype %" PRIu32 " of %" PRIu64,
                folder, arrays[CELL_GENOTYPES].name, index, i, row, K);
        if (row && !slot_of(h, world, row)) {
            h->connected = false;
            enter(h, world, row);
        }
        world->slots[i] = slot_of(h, world, row);
        h->mark[world->slots[i]] = 1;
    }
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t row;
        memcpy(&row, row_of(CELL_GENOTYPES, index) + i * sizeof row, sizeof row);
        if (h->row[world->slots[i]] != row)
            die(EXIT_FAILED,
                "%s/%s: row %" PRIu32 ": slot %" PRIu32 " is another's, too, in "
                "generation %" PRIu64,
                folder, arrays[SLOTS].name, row, world->slots[i], end);
    }
    for (size_t slot = 1; slot <= world->cells; slot++)
        h->row[slot] = h->mark[slot] ? h->row[slot] : 0;
    /* serials that nobody carries now may have been given: the next birth tells, if it is near */
    if (!h->connected && h->next < K && number_of(BORN, h->next) == end + 1 &&
        number_of(SERIALS, h->next) > world->pool.next_serial)
        world->pool.next_serial = number_of(SERIALS, h->next);
}

/* header.txt, if it is there: true. */
static bool read_header(int directory, struct header *header) {
    static char text[MOST_HEADER_BYTES + 1];
    char why[256];
    int file = openat(directory, "header.txt", O_RDONLY);
    if (file < 0 && errno == ENOENT)
        return false;
    ssize_t length = 0, n = file < 0 ? -1 : 1;
    while (n > 0 && length < (ssize_t)sizeof text)
        length += n = read(file, text + length, sizeof text - (size_t)length);
    if (n < 0)
        die(EXIT_FAILED, "%s/header.txt:", folder);
    close(file);
    if (!header_parse(header, text, (size_t)length, why))
        die(EXIT_FAILED, "%s/header.txt: %s", folder, why);
    return true;
}

int main(int argc, char **argv) {
    struct options options = {"", "Makes a stream of .npy files.", .specs = specs};
    struct header header = {.model = model_default};
    struct overrides overrides = {0}; /* of what header.txt says */
    int level = LEVEL_DEFAULT;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == NPY)
            folder = optarg;
        else if (key == LEVEL)
            level = option_signed("--level", optarg, LEVEL_LEAST, LEVEL_MOST);
        else
            overrides_add(&overrides, options.name, optarg);
    options_no_operands(argc, argv);
    if (!folder)
        die(EXIT_USAGE, "where from? Give --npy DIR");
    uint64_t generations;
    int directory = open(folder, O_RDONLY | O_DIRECTORY);
    if (directory < 0)
        die(EXIT_FAILED, "%s:", folder);
    bool known = read_header(directory, &header);
    overrides_apply(&overrides, &header.model);
    header.sections = open_arrays(directory, &header.model, known, &generations);
    header_add_history(&header, options.history);
    output_open(options.output, true);

    struct world world = {.model = header.model, .cells = model_cells(&header.model)};
    size_t cells = world.cells;
    world.pool.genome = genome_size(header.model.channels);
    world.pool.next_serial = 1;
    pool_reserve(&world.pool, 0);
    if (header.sections & STATE)
        world.state = allocate(cells, header.model.channels * sizeof *world.state, "state");
    if (header.sections & AGES)
        world.ages = allocate(cells, sizeof *world.ages, "ages");
    if (header.sections & GENOMES)
        world.slots = allocate(cells, sizeof *world.slots, "slots");
    bool told = arrays[CELL_GENOTYPES].data;
    for (int a = SERIALS; a < ARRAYS; a++)
        told = told && arrays[a].data;
    struct descent *descent = descent_new(&world);
    struct history history = {.next = 1};
    history.row = allocate(cells + 1, sizeof *history.row, "genotypes");
    history.mark = allocate(cells + 1, 1, "genotypes");

    signals_catch();
    struct writer *writer = writer_open(STDOUT_FILENO, &header, level);
    for (uint64_t g = 0; writer && g < generations && !signals_caught(); g++) {
        uint64_t number = number_of(GENERATION, g), gap = g ? number - world.generation : 0;
        bool connected = true;
        if (told) {
            take_history(&history, &world, g, g ? writer : NULL);
            connected = history.connected;
        } else if (world.slots) {
            connected = take_genomes(descent, &world, g) && g;
            if (!connected)
                descent_compact(descent, &world);
        }
        world.generation = number;
        if (!connected)
            writer_forget(writer);
        take_cells(&world, g, gap);
        if (!writer || !writer_generation(writer, &world))
            output_failed();
    }
    if (!writer || !writer_close(writer))
        output_failed();
    output_close();
    for (int a = 0; a < ARRAYS; a++)
        npy_unmap(&arrays[a].map);
    close(directory);
    descent_free(descent);
    free(history.row);
    free(history.mark);
    world_free(&world);
    header_free(&header);
    free(overrides.list);
    free(options.history);
    return signals_status();
}
