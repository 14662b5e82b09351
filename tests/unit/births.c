/* SPDX-License-Identifier: MIT */
/* tier: quick, sanitized */
/* Births of generations left out of a stream: with WANT_BIRTHS the reader delivers them as they
   were in the run. */
#include "common/err.h"
#include "format/stream.h"
#include "kernels/model/seed.h"
#include "kernels/step/step.h"
#include "tests/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LAST = 40 };

/* Writes the births of a generation, with their genomes, to out. */
static void put_births(FILE *out, const struct world *world) {
    const struct pool *pool = &world->pool;
    const struct births *births = &world->births;
    fprintf(out, "%llu %llu:", (unsigned long long)world->generation,
            (unsigned long long)pool->next_serial);
    for (uint32_t b = 0; b < births->count; b++) {
        uint32_t slot = births->slot[b];
        fprintf(out, " %u %u %llu %llu ", slot, births->parent[b],
                (unsigned long long)pool->serial[slot], (unsigned long long)pool->parent[slot]);
        fwrite(pool_genome(pool, slot), sizeof(float), pool->genome, out);
    }
}

static FILE *memory_file(char **text, size_t *size) {
    FILE *file = open_memstream(text, size);
    if (!file)
        die(EXIT_FAILED, "memory file:");
    return file;
}

/* Writes a run of which the stream keeps each every-th generation, and puts its births. */
static void run(const char *file, uint64_t every, float ip, FILE *out) {
    struct header header = {.model = model_default, .sections = GENOMES};
    header.model.width = header.model.height = 20;
    header.model.init = 0.2;
    header.model.ip = ip;
    struct world world = {.model = header.model};
    FILE *stream = fopen(file, "wb");
    seed_world(&world, NULL);
    struct stepper *stepper = stepper_new(&world, NULL, CPU, NULL);
    struct writer *writer = writer_open(fileno(stream), &header, LEVEL_DEFAULT);
    writer_generation(writer, &world);
    while (world.generation < LAST) {
        step(stepper, &world);
        if (world.births.count || world.generation % every == 0)
            put_births(out, &world);
        if (world.generation % every)
            writer_skip(writer, &world);
        else
            writer_generation(writer, &world);
    }
    writer_close(writer);
    stepper_free(stepper);
    world_free(&world);
    fclose(stream);
}

/* Writes the births that a reader reports; counts what it returns. */
static bool births(const char *file, unsigned wanted, FILE *out, unsigned count[3]) {
    char *files[] = {(char *)file, NULL};
    struct reader *in = reader_open(files, wanted);
    for (int got; (got = reader_next(in)) > 0; count[got]++)
        if (in->world.generation)
            put_births(out, &in->world);
    return reader_close(in) == EXIT_SUCCESS;
}

int main(void) {
    static const uint64_t kept[] = {1, 4, 10}; /* of LAST generations the last one, too */
    char file[] = "/tmp/births.XXXXXX", *made = NULL, *read = NULL;
    size_t made_size, read_size;
    close(mkstemp(file));
    for (size_t k = 0; k < sizeof kept / sizeof *kept; k++) {
        uint64_t every = kept[k];
        unsigned count[3] = {0};
        FILE *out = memory_file(&made, &made_size);
        run(file, every, 0.3f, out);
        fclose(out);
        out = memory_file(&read, &read_size);
        ok(births(file, GENOMES | WANT_BIRTHS, out, count), "every %d: read", (int)every);
        fclose(out);
        ok(count[1] == LAST / every + 1 && (every == 1) == (count[2] == 0),
           "%u generations, and births of %u left out", count[1], count[2]);
        ok(made_size > 10000 && made_size == read_size && !memcmp(made, read, made_size),
           "all births as they were made: %zu bytes", made_size);
        free(made);
        free(read);
    }
    unsigned count[3] = {0};
    FILE *out = memory_file(&read, &read_size);
    ok(births(file, GENOMES, out, count) && count[1] == LAST / 10 + 1 && !count[2],
       "without WANT_BIRTHS, only what is in the stream");
    fclose(out);
    free(read);

    out = memory_file(&made, &made_size);
    run(file, 1, 0, out); /* a list of births that never had one is NULL */
    fclose(out);
    out = memory_file(&read, &read_size);
    memset(count, 0, sizeof count);
    ok(births(file, GENOMES | WANT_BIRTHS, out, count) && count[1] == LAST + 1 && !count[2],
       "a run without births");
    fclose(out);
    ok(made_size == read_size && !memcmp(made, read, made_size), "no birth is read of it");
    free(made);
    free(read);
    unlink(file);
    return done();
}
