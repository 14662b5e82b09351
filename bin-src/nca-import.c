/* SPDX-License-Identifier: MIT */
/* nca-import: arrays of numpy, from nca-export or from elsewhere, as a stream. */
#include "bin-src/overrides.h"
#include "bin-src/program.h"
#include "common/err.h"
#include "common/inputs.h"
#include "common/number.h"
#include "common/output.h"
#include "common/signals.h"
#include "format/arrays.h"
#include "kernels/measures/ancestry.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NPY = 256 };

static const struct option_spec specs[] = {
    {NPY, "npy", "DIR", "read DIR/state.npy and so on, as nca-export writes them", true},
    OPTION_LEVEL,
    OPTION_INIT(""),
    OPTION_ALPHA(""),
    OPTION_ACTIVATION(""),
    OPTION_HIDDEN(""),
    OPTION_IP("", ""),
    OPTION_PPP("", ""),
    OPTION_BUDGET("", ""),
    OPTION_SCHEDULE,
    OPTION_SEED(""),
    OPTIONS_COMMON,
};

static const char *folder;
static struct arrays in;

static const uint8_t *row_of(enum array array, uint64_t index) {
    return arrays_row(&in, array, index);
}

static uint64_t number_of(enum array array, uint64_t index) {
    return arrays_number(&in, array, index);
}

/* The genotype of a cell, as a row of the tables. */
static uint32_t genotype_of(uint64_t index, size_t cell) {
    uint32_t row;
    memcpy(&row, row_of(CELL_GENOTYPES, index) + cell * sizeof row, sizeof row);
    if (row >= in.npy[PARAMETERS].shape[0])
        arrays_die(&in, CELL_GENOTYPES,
                   "row %" PRIu64 ", cell %zu: genotype %" PRIu32 " of %" PRIu64, index, cell, row,
                   in.npy[PARAMETERS].shape[0]);
    return row;
}

/* Channels and ages of a generation, gap after the one in world (0: there is none before). If there
   is no array of ages, cells that are alive in both generations count as alive in between. */
static void take_cells(struct world *world, uint64_t index, uint64_t gap) {
    size_t cells = world->cells, L = world->model.channels;
    enum array a = in.data[CELL_STATE] ? CELL_STATE : CELL_ALPHA;
    uint32_t unborn = gap || world->generation;
    char text[32];
    for (size_t i = 0; world->ages && !in.data[CELL_AGES] && i < cells; i++) {
        float alpha;
        memcpy(&alpha, row_of(a, index) + i * sizeof alpha, sizeof alpha);
        bool lived = gap && world->state[i] != 0.0f;
        world->ages[i] = alpha == 0.0f ? 0 : lived ? world->ages[i] + (uint32_t)gap : unborn;
    }
    if (world->ages && in.data[CELL_AGES])
        memcpy(world->ages, row_of(CELL_AGES, index), cells * sizeof *world->ages);
    if (world->state)
        memcpy(world->state, row_of(a, index), L * cells * sizeof *world->state);
    for (size_t i = 0; world->state && i < L * cells; i++)
        if (!(world->state[i] >= (i < cells ? 0.0f : -1.0f) && world->state[i] <= 1.0f))
            arrays_die(&in, a, "row %" PRIu64 ", cell %zu: %s in channel %zu, not from %d to 1",
                       index, i % cells, float_text(text, world->state[i]), i / cells,
                       i < cells ? 0 : -1);
}

static void check_finite(uint64_t row, const float *genome, size_t P) {
    enum array a = in.data[CELL_GENOTYPES] ? PARAMETERS : CELL_GENOMES;
    for (size_t p = 0; p < P; p++)
        if (genome[p] - genome[p] != 0.0f)
            arrays_die(&in, a, "row %" PRIu64 ": parameter %zu is not finite", row, p);
}

/* Genomes without their history: those with the same parameters are the same genotype. False: they
   took more slots than there are, so that a POOL is needed. */
static bool take_genomes(struct ancestry *ancestry, struct world *world, uint64_t index) {
    size_t P = world->pool.genome, bytes = P * sizeof(float);
    float genome[10 * MAX_CHANNELS * MAX_CHANNELS + 2 * MAX_CHANNELS];
    ancestry_begin(ancestry, world);
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i];
        if (in.data[CELL_GENOTYPES])
            memcpy(genome, row_of(PARAMETERS, genotype_of(index, i)), bytes);
        else
            memcpy(genome, row_of(CELL_GENOMES, index) + i * bytes, bytes);
        if (slot && !memcmp(genome, pool_genome(&world->pool, slot), bytes))
            continue;
        bool empty = true;
        for (size_t p = 0; empty && p < P; p++)
            empty = genome[p] == 0.0f;
        slot = empty ? 0 : ancestry_find(ancestry, world, genome);
        if (!empty && !slot) {
            check_finite(index, genome, P);
            slot = ancestry_birth(ancestry, world, ancestry_parent(ancestry, world, i, genome),
                                  genome);
        }
        world->slots[i] = slot;
    }
    const struct births *births = &world->births;
    return !births->count || births->slot[births->count - 1] <= world->cells;
}

/* Genotypes with their history, as nca-export writes it: serials, parents and slots stay. */
struct history {
    uint64_t next;  /* row of the next birth */
    uint64_t *row;  /* [cells + 1] of the genotype in each slot, 0 if there is none */
    uint8_t *mark;  /* [cells + 1] slots that cells carry */
    uint64_t last;  /* generation that the stream has had before */
    bool connected; /* births lead from the generation before to this one, without a POOL */
};

/* The slot of a genotype that is in the pool, or 0. */
static uint32_t slot_of(const struct history *h, const struct world *world, uint64_t row) {
    uint32_t slot;
    memcpy(&slot, row_of(SLOTS, row), sizeof slot);
    if (row && (!slot || slot > world->cells))
        arrays_die(&in, SLOTS, "row %" PRIu64 ": slot %" PRIu32 ", not from 1 to %zu", row, slot,
                   world->cells);
    return row && h->row[slot] == row ? slot : 0;
}

/* The row of a serial, or 0. */
static uint64_t row_of_serial(uint64_t serial) {
    uint64_t low = 0, high = in.npy[SERIALS].shape[0];
    while (low + 1 < high) {
        uint64_t middle = low + (high - low) / 2;
        *(number_of(SERIALS, middle) <= serial ? &low : &high) = middle;
    }
    return number_of(SERIALS, low) == serial ? low : 0;
}

/* A genotype enters the pool, by a birth, or from an unknown parent. */
static void enter(struct history *h, struct world *world, uint64_t row) {
    struct pool *pool = &world->pool;
    uint64_t serial = number_of(SERIALS, row), parent = number_of(PARENTS, row);
    uint32_t slot, parent_slot = slot_of(h, world, row_of_serial(parent));
    if (!serial || serial == UINT64_MAX || parent >= serial)
        arrays_die(&in, SERIALS, "row %" PRIu64 ": serial %" PRIu64 " with parent %" PRIu64, row,
                   serial, parent);
    slot_of(h, world, row);
    memcpy(&slot, row_of(SLOTS, row), sizeof slot);
    const struct births *births = &world->births;
    bool ascends = !births->count || births->slot[births->count - 1] < slot;
    bool carried = h->mark[slot] && world->generation == h->last + 1;
    h->connected &= serial == pool->next_serial && (parent_slot || !parent) &&
                    slot != parent_slot && ascends && !carried;
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

/* The births of the generations after the one in world up to this one, and the genotypes of this
   one's cells. Births of generations left out go to the writer, if it is not NULL. */
static void take_history(struct history *h, struct world *world, uint64_t index,
                         struct writer *writer) {
    const uint64_t K = in.npy[PARAMETERS].shape[0], end = number_of(GENERATION, index);
    h->connected = writer;
    world->births.count = 0;
    for (; h->next < K && number_of(BORN, h->next) <= end; h->next++) {
        uint64_t born = number_of(BORN, h->next);
        if (born < number_of(BORN, h->next - 1))
            arrays_die(&in, BORN, "row %" PRIu64 ": %" PRIu64 " after %" PRIu64, h->next, born,
                       number_of(BORN, h->next - 1));
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
    world->generation = h->last = end;
    memset(h->mark, 0, world->cells + 1);
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t row = genotype_of(index, i);
        if (row && !slot_of(h, world, row)) {
            h->connected = false;
            enter(h, world, row);
        }
        world->slots[i] = slot_of(h, world, row);
        h->mark[world->slots[i]] = 1;
    }
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t row = genotype_of(index, i);
        if (h->row[world->slots[i]] != row)
            arrays_die(&in, SLOTS,
                       "row %" PRIu32 ": slot %" PRIu32
                       " is another's, too, in generation %" PRIu64,
                       row, world->slots[i], end);
    }
    for (size_t slot = 1; slot <= world->cells; slot++)
        h->row[slot] = h->mark[slot] ? h->row[slot] : 0;
    /* serials may have been used up that no cell carries now: the next birth shows it */
    if (!h->connected && h->next < K && number_of(BORN, h->next) == end + 1 &&
        number_of(SERIALS, h->next) > world->pool.next_serial)
        world->pool.next_serial = number_of(SERIALS, h->next);
}

/* All files that may be read: the output must be none of them. */
static void note_inputs(int directory) {
    char name[32];
    for (enum array a = 0; a <= ARRAYS; a++)
        inputs_add(directory, array_file(a, name));
}

/* header.txt, if it is there: true. */
static bool read_header(int directory, struct header *header) {
    static char text[MAX_HEADER_BYTES + 1];
    char why[256];
    struct stat status;
    int file = openat(directory, "header.txt", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return false;
    if (file >= 0 && !fstat(file, &status) && !S_ISREG(status.st_mode))
        die(EXIT_FAILED, "%s/header.txt: not a regular file", folder);
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
    struct options options = {"",
                              "Makes a stream from .npy files; parameters not given are those of "
                              "DIR/header.txt or of nca-seed.",
                              .specs = specs, .example = "nca-import --npy run -o same.zst"};
    struct header header = {.model = model_default};
    struct overrides overrides = {0}; /* of header.txt */
    int level = LEVEL_DEFAULT;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == NPY)
            folder = optarg;
        else if (key == KEY_LEVEL)
            level = option_level(optarg);
        else
            overrides_add(&overrides, options.name, optarg);
    options_no_operands(argc, argv);
    if (!folder)
        die(EXIT_USAGE, "--npy DIR is required");
    int directory = output_directory(folder, false);
    note_inputs(directory);
    bool known = read_header(directory, &header);
    overrides_apply(&overrides, &header.model);
    header.sections = arrays_open(&in, folder, directory, &header.model, known);
    if (header.sections & STATE)
        header.sections |= AGES; /* which follow from it */
    header_add_history(&header, options.history);
    program_output(&options, true);

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
    bool recorded = in.data[CELL_GENOTYPES];
    for (enum array a = SERIALS; a < ARRAYS; a++)
        recorded = recorded && in.data[a];
    struct ancestry *ancestry = ancestry_new(&world);
    struct history history = {.next = 1};
    history.row = allocate(cells + 1, sizeof *history.row, "genotypes");
    history.mark = allocate(cells + 1, 1, "genotypes");

    struct writer *writer = writer_open(STDOUT_FILENO, &header, level);
    for (uint64_t g = 0; writer && g < in.generations && !signals_caught(); g++) {
        uint64_t number = number_of(GENERATION, g), gap = g ? number - world.generation : 0;
        bool connected = true;
        if (recorded) {
            take_history(&history, &world, g, g ? writer : NULL);
            connected = history.connected;
        } else if (world.slots) {
            connected = take_genomes(ancestry, &world, g) && g;
            if (!connected)
                ancestry_compact(ancestry, &world);
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
    arrays_close(&in);
    close(directory);
    ancestry_free(ancestry);
    free(history.row);
    free(history.mark);
    world_free(&world);
    header_free(&header);
    free(overrides.list);
    return program_end(&options, NULL);
}
