/* SPDX-License-Identifier: MIT */
/* nca-export: a stream as arrays for numpy. */
#include "bin-src/program.h"
#include "common/thread_pool.h"
#include "common/err.h"
#include "common/inputs.h"
#include "common/options.h"
#include "common/output.h"
#include "common/signals.h"
#include "format/arrays.h"
#include "format/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { NPY = 256, CHOICE };

static const struct option_spec specs[] = {
    {NPY, "npy", "DIR", "write DIR/generations.npy, DIR/alpha.npy and so on", false},
    {CHOICE, "arrays", "LIST", "only these; the manual page has their names", false},
    OPTIONS_ABOUT,
};

enum { ALL_ARRAYS = (1 << ARRAYS) - 1, DEFAULT_ARRAYS = ALL_ARRAYS & ~(1 << CELL_GENOMES) };

static struct output {
    struct npy npy; /* its rows are those that are complete */
    int file;       /* -1: not wanted */
    char *bytes;    /* to be written */
    size_t count, capacity;
} outputs[ARRAYS];

static const char *folder;

/* Which genotype each slot of the pool holds: its number, 1 and up, is its row. */
struct genotypes {
    size_t capacity;         /* slots */
    uint64_t *serial, *hash; /* [capacity] of the genome last seen in a slot; serial 0: none */
    uint32_t *number;        /* [capacity] */
    uint32_t *fresh;         /* [capacity] slots whose genotype is new in this generation */
    uint64_t count;          /* of genotypes, with the empty one */
    uint64_t pools;          /* records read when they were last compared */
};

static unsigned parse_choice(const char *text) {
    enum { MOST = 64 }; /* names, which may repeat */
    int choice[MOST], count = option_list("--arrays", text, array_names, ARRAYS, choice, MOST);
    unsigned set = 1 << GENERATION;
    for (int i = 0; i < count; i++)
        set |= 1u << choice[i];
    return set;
}

/* Appends bytes to what will be written of an array with this generation; if they are NULL, the
   caller puts them where the returned pointer says. Returns NULL if the array is not wanted. */
static void *append(enum array array, const void *bytes, size_t count) {
    struct output *out = &outputs[array];
    if (out->file < 0)
        return NULL;
    out->bytes = grow(out->bytes, &out->capacity, out->count + count, 1, array_names[array]);
    char *to = out->bytes + out->count;
    out->count += count;
    if (bytes)
        memcpy(to, bytes, count);
    return to;
}

/* False: a write failed, and that was reported; so it is with all below. */
static bool write_arrays(void) {
    for (enum array array = 0; array < ARRAYS; array++) {
        struct output *out = &outputs[array];
        if (!write_all(out->file, out->bytes, out->count)) {
            complain("%s/%s.npy:", folder, array_names[array]);
            return false;
        }
        out->count = 0;
    }
    return true;
}

/* Writes the header of an array with its complete rows, and cuts what is beyond them. */
static bool finish(enum array array, uint64_t rows) {
    struct output *out = &outputs[array];
    char text[NPY_TEXT];
    if (out->file < 0)
        return true;
    out->npy.shape[0] = rows;
    size_t length = npy_header(&out->npy, text);
    if (pwrite(out->file, text, length, 0) == (ssize_t)length &&
        !ftruncate(out->file, (off_t)(length + rows * npy_row(&out->npy))) && !close(out->file)) {
        free(out->bytes);
        return true;
    }
    complain("%s/%s.npy:", folder, array_names[array]);
    return false;
}

/* Opens the directory. No file that will be replaced may be an input, or not a regular file. */
static int take_directory(unsigned chosen) {
    int directory = output_directory(folder, true);
    for (enum array array = 0; array <= ARRAYS; array++) {
        char name[32], path[1024];
        snprintf(path, sizeof path, "%s/%s", folder, array_file(array, name));
        inputs_protect(directory, name, path);
        if (array == ARRAYS || chosen >> array & 1)
            output_may_replace(path);
    }
    return directory;
}

/* Replaces a file: programs that have the old one open or mapped keep it. -1: see errno. */
static int make_file(int directory, const char *name) {
    if (unlinkat(directory, name, 0) && errno != ENOENT)
        return -1;
    return openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* Makes the files, with their headers. */
static void begin(int directory, unsigned chosen, const struct model *model) {
    char name[32], text[NPY_TEXT];
    for (enum array array = 0; array < ARRAYS; array++) {
        struct output *out = &outputs[array];
        out->npy = array_npy(array, model);
        out->file = -1;
        if (!(chosen >> array & 1))
            continue;
        if ((out->file = make_file(directory, array_file(array, name))) < 0)
            die(EXIT_FAILED, "%s/%s:", folder, name);
        append(array, text, npy_header(&out->npy, text));
    }
}

static bool write_header(int directory, const struct header *header) {
    char *text = header_text(header);
    int file = make_file(directory, "header.txt");
    bool good = file >= 0 && write_all(file, text, strlen(text));
    good = file >= 0 && !close(file) && good;
    if (!good)
        complain("%s/header.txt:", folder);
    free(text);
    return good;
}

/* For people: three digits and a unit. */
static const char *size_text(double bytes, char text[32]) {
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    int unit = 0;
    for (; bytes >= 999.5 && unit < 5; unit++)
        bytes /= 1000;
    snprintf(text, 32, "%.3g %s", bytes, units[unit]);
    return text;
}

static bool are_files(char **files) {
    struct stat status;
    bool all = *files;
    for (; all && *files; files++)
        all = !stat(*files, &status) && S_ISREG(status.st_mode);
    return all;
}

/* About how many genotypes the births of a stream are: each stores what differs from its parent, at
   least one weight. */
static double births_in(const struct reader *in) {
    size_t L = in->header.model.channels, P = genome_size(in->header.model.channels);
    double weights = 10 * (double)(L * L), ppp = in->header.model.ppp;
    double none = pow(1 - ppp, weights), changed = none < 1 ? ppp * weights / (1 - none) : 1;
    size_t slots_and_marks = 8 + (P + 7) / 8;
    return (double)in->payload[TAG_GENE] / ((double)slots_and_marks + 4 * changed);
}

/* On a terminal: says how many bytes will be written. Of files only hashes are computed. */
static void say_size(char **files, unsigned chosen, const struct model *model) {
    double generation = 0, genotype = 0, genotypes = 0;
    char size[32], each[32], more[64] = "";
    if (!isatty(STDERR_FILENO))
        return;
    for (enum array array = 0; array < ARRAYS; array++) {
        struct npy npy = array_npy(array, model);
        if (chosen >> array & 1)
            *(array < BY_GENOTYPE ? &generation : &genotype) += (double)npy_row(&npy);
    }
    if (!are_files(files)) {
        complain("writes %s for each generation and %s for each genotype into %s",
                 size_text(generation, size), size_text(genotype, each), folder);
        return;
    }
    struct reader *in = reader_open(files, 0);
    if (!*in->error && reader_next(in) > 0 && genotype > 0)
        genotypes = (double)in->payload[TAG_POOL] / (double)(20 + 4 * genome_size(model->channels));
    while (!*in->error && reader_next(in) > 0)
        ;
    if (genotype > 0) {
        genotypes += births_in(in);
        snprintf(more, sizeof more, " and about %.0f genotypes", genotypes);
    }
    complain("writes %s%s into %s: %" PRIu64 " generations%s", *more ? "about " : "",
             size_text(generation * (double)in->generations + genotype * genotypes, size), folder,
             in->generations, more);
    *in->error = '\0'; /* which will be reported */
    reader_close(in);
}

static const struct pool *sorted; /* qsort() passes no context */
static int by_serial(const void *a, const void *b) {
    uint64_t x = sorted->serial[*(const uint32_t *)a], y = sorted->serial[*(const uint32_t *)b];
    return (x > y) - (x < y);
}

/* Whether the genome in this slot is not the one seen there last; notes it. In another part of the
   stream a serial may be reused, so with compare the parameters are compared, too. */
static bool is_fresh(struct genotypes *g, const struct pool *pool, uint32_t slot, bool compare) {
    if (g->serial[slot] == pool->serial[slot] && !compare)
        return false;
    uint64_t hash = XXH64(pool_genome(pool, slot), pool->genome * sizeof(float), 0);
    bool fresh = g->serial[slot] != pool->serial[slot] || g->hash[slot] != hash;
    g->serial[slot] = pool->serial[slot];
    g->hash[slot] = hash;
    return fresh;
}

/* Finds the genotypes that are new: all that were born, even if no cell carries them now, and those
   that cells carry (0 cells: the generation is left out of the stream). Numbers them in order of
   their serials, and appends their rows. */
static void append_genotypes(struct genotypes *g, const struct world *world, size_t cells,
                             uint64_t pools) {
    const struct pool *pool = &world->pool;
    size_t slots = (size_t)pool->capacity + 1, n = 0;
    if (slots > g->capacity) {
        g->serial = reallocate(g->serial, slots, sizeof *g->serial, "genotypes");
        g->hash = reallocate(g->hash, slots, sizeof *g->hash, "genotypes");
        g->number = reallocate(g->number, slots, sizeof *g->number, "genotypes");
        g->fresh = reallocate(g->fresh, slots, sizeof *g->fresh, "genotypes");
        memset(g->serial + g->capacity, 0, (slots - g->capacity) * sizeof *g->serial);
        g->number[0] = 0;
        g->capacity = slots;
    }
    for (uint32_t b = 0; b < world->births.count; b++)
        if (is_fresh(g, pool, world->births.slot[b], false))
            g->fresh[n++] = world->births.slot[b];
    uint8_t *seen = cells && pools != g->pools ? allocate(slots, 1, "genotypes") : NULL;
    for (size_t i = 0; i < cells; i++) {
        uint32_t slot = world->slots[i];
        if (slot && is_fresh(g, pool, slot, seen && !seen[slot]))
            g->fresh[n++] = slot;
        if (seen)
            seen[slot] = 1;
    }
    free(seen);
    g->pools = cells ? pools : g->pools;
    sorted = pool;
    qsort(g->fresh, n, sizeof *g->fresh, by_serial);
    if (g->count + n > UINT32_MAX)
        die(EXIT_FAILED, "genotypes.npy: more than %" PRIu32 " genotypes", UINT32_MAX);
    for (size_t i = 0; i < n; i++) {
        uint32_t slot = g->fresh[i];
        g->number[slot] = (uint32_t)g->count++;
        append(PARAMETERS, pool_genome(pool, slot), pool->genome * sizeof(float));
        append(SERIALS, &pool->serial[slot], sizeof *pool->serial);
        append(PARENTS, &pool->parent[slot], sizeof *pool->parent);
        append(BORN, &world->generation, sizeof world->generation);
        append(SLOTS, &slot, sizeof slot);
    }
}

/* One generation, to be written while the next one is read. False: it lacks a wanted section. */
static bool append_generation(struct genotypes *g, const struct reader *in) {
    const struct world *world = &in->world;
    size_t cells = world->cells, plane = cells * sizeof(float),
           genome = world->pool.genome * sizeof(float);
    for (enum array a = 0; a < ARRAYS; a++)
        if (outputs[a].file >= 0 && array_sections[a] & ~in->header.sections) {
            complain("generation %" PRIu64 " has no %s, which those before it have",
                     world->generation, sections_text(array_sections[a]));
            return false;
        }
    append(GENERATION, &world->generation, sizeof world->generation);
    append(CELL_ALPHA, world->state, plane);
    append(CELL_STATE, world->state, world->model.channels * plane);
    append(CELL_AGES, world->ages, plane);
    if (world->slots) {
        append_genotypes(g, world, cells, in->records[TAG_POOL]);
        uint32_t *number = append(CELL_GENOTYPES, NULL, plane);
        char *genomes = append(CELL_GENOMES, NULL, cells * genome);
        for (size_t i = 0; number && i < cells; i++)
            number[i] = g->number[world->slots[i]];
        for (size_t i = 0; genomes && i < cells; i++)
            memcpy(genomes + i * genome, pool_genome(&world->pool, world->slots[i]), genome);
    }
    return true;
}

struct work {
    struct reader *in;
    enum read_result got;
    bool written;
};

static void read_or_write(void *context, unsigned chunk, unsigned worker) {
    struct work *work = context;
    (void)worker;
    if (chunk == 0)
        work->got = reader_next(work->in);
    else
        work->written = write_arrays();
}

int main(int argc, char **argv) {
    struct options options = {"[FILE]...",
                              "Writes what is in a stream as .npy files, which numpy.load() reads.",
                              .specs = specs, .example = "nca-export --npy run run.zst"};
    unsigned chosen = DEFAULT_ARRAYS, wanted = ALL_SECTIONS | WANT_IF_PRESENT;
    for (int key; (key = options_next(&options, argc, argv)) != -1;)
        if (key == NPY)
            folder = optarg;
        else {
            chosen = parse_choice(optarg);
            wanted = 0;
        }
    if (!folder)
        die(EXIT_USAGE, "--npy DIR is required");
    for (enum array a = 0; !(wanted & WANT_IF_PRESENT) && a < ARRAYS; a++)
        if (chosen >> a & 1)
            wanted |= a == CELL_ALPHA ? WANT_ALPHA : array_sections[a];

    struct reader *in = program_input(argv + optind, wanted | WANT_BIRTHS);
    for (enum array a = 0; wanted & WANT_IF_PRESENT && a < ARRAYS; a++)
        if (array_sections[a] & ~in->header.sections)
            chosen &= ~(1u << a);
    int directory = take_directory(chosen);
    say_size(argv + optind, chosen, &in->world.model);
    begin(directory, chosen, &in->world.model);
    signals_catch();
    const float empty[10 * MAX_CHANNELS * MAX_CHANNELS + 2 * MAX_CHANNELS] = {0};
    const uint64_t zero = 0;
    struct genotypes genotypes = {.count = 1};
    append(PARAMETERS, empty, in->world.pool.genome * sizeof *empty);
    append(SERIALS, &zero, sizeof zero);
    append(PARENTS, &zero, sizeof zero);
    append(BORN, &zero, sizeof zero);
    append(SLOTS, &zero, sizeof(uint32_t));
    bool good = write_arrays();
    uint64_t generations = 0, count = good; /* rows that are complete */
    struct thread_pool *workers = thread_pool_new(2);
    struct work work = {in, reader_next(in), true};
    while (good && work.got > 0 && !signals_caught()) {
        bool complete = work.got == READ_GENERATION;
        if (complete)
            good = append_generation(&genotypes, in);
        else
            append_genotypes(&genotypes, &in->world, 0, 0);
        if (good)
            thread_pool_run(workers, read_or_write, &work, 2);
        good = good && work.written;
        if (good && complete) {
            generations++;
            count = genotypes.count;
        }
    }
    for (enum array a = 0; a < ARRAYS; a++)
        good &= finish(a, a < BY_GENOTYPE ? generations : count);
    good &= write_header(directory, &in->header);
    close(directory);
    thread_pool_free(workers);
    free(genotypes.serial);
    free(genotypes.hash);
    free(genotypes.number);
    free(genotypes.fresh);
    free(options.history);
    int status = reader_close(in);
    return status || !good ? EXIT_FAILED : signals_status();
}
