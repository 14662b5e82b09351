/* SPDX-License-Identifier: MIT */
/* tier: quick, sanitized */
/* A stream with one bit changed, or cut, at many places: the reader reports it, delivers every
   generation complete before it, and every one that it can salvage after it, unchanged, in the
   memory that the intact stream takes. TEST_LONG=1: a bit of every byte, every length. */
#include "common/err.h"
#include "format/stream.h"
#include "kernels/model/seed.h"
#include "kernels/step/step.h"
#include "tests/tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <xxhash.h>

enum { GENERATIONS = 24, KEYFRAME = 6, SLACK = 1 << 20 };

static char path[] = "/tmp/nca-campaign-XXXXXX";
static uint64_t expected[GENERATIONS + 1]; /* fingerprints of the intact generations */
static size_t end_of[GENERATIONS + 1];     /* where each is complete, in bytes */

/* Of all that a reader delivers, genomes by cell. */
static uint64_t fingerprint(const struct world *world) {
    uint64_t hash = XXH64(world->state, world->cells * 4 * world->model.channels, 0);
    hash = XXH64(world->ages, world->cells * 4, hash + world->pool.next_serial);
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i];
        uint64_t serials[] = {world->pool.serial[slot], world->pool.parent[slot]};
        hash = XXH64(serials, sizeof serials, hash);
        hash = XXH64(pool_genome(&world->pool, slot), world->pool.genome * 4, hash);
    }
    return XXH64(world->slots, world->cells * 4, hash);
}

static size_t make_stream(int file) {
    struct header header = {.model = model_default, .sections = ALL_SECTIONS};
    header.model.width = 12;
    header.model.height = 9;
    header.model.init = 0.3;
    header.model.ip = 0.5f;
    header.model.budget = 8;
    header.keyframe = KEYFRAME;
    header_add_history(&header, "campaign");
    struct world world = {.model = header.model};
    seed_world(&world, NULL);
    struct stepper *stepper = stepper_new(&world, NULL, CPU, NULL);
    struct writer *writer = writer_open(file, &header, 1);
    bool good = writer;
    for (int g = 0; good && g <= GENERATIONS; g++) {
        good = writer_generation(writer, &world);
        expected[g] = fingerprint(&world);
        step(stepper, &world);
    }
    if (!good || !writer_close(writer))
        die(EXIT_FAILED, "%s:", path);
    stepper_free(stepper);
    world_free(&world);
    header_free(&header);
    return (size_t)lseek(file, 0, SEEK_CUR);
}

/* Reads the file; at: the first byte that is not as it was. What is wrong with what comes of it, or
   NULL. */
static const char *read_it(size_t at, bool salvage) {
    struct reader *in = reader_open((char *[]){path, NULL}, ALL_SECTIONS | WANT_CHECK);
    const char *wrong = NULL;
    uint64_t next = 0, before = 0;
    while (before <= GENERATIONS && end_of[before] && end_of[before] <= at)
        before++; /* so many are complete */
    for (bool first = true; !wrong;) {
        int got = *in->error ? -1 : reader_next(in);
        uint64_t g = in->world.generation;
        if (got > 0) {
            if (g > GENERATIONS || g < next || (first && g != next))
                wrong = "a generation out of order";
            else if (fingerprint(&in->world) != expected[g])
                wrong = "a generation that is not as it was";
            else if (at == SIZE_MAX)
                end_of[g] = (size_t)in->generation_end.offset;
            next = g + 1;
            continue;
        }
        if (first && at == SIZE_MAX)
            wrong = got < 0               ? "the intact stream is refused"
                    : next <= GENERATIONS ? "not all is delivered"
                                          : NULL;
        else if (first && got == 0)
            wrong = "it is not reported";
        else if (first && next != before)
            wrong = "not all that is complete, or more, is delivered";
        else if (got < 0 && !strstr(in->error, path))
            wrong = "a message without the name of the file";
        first = false;
        if (got == 0 || !salvage || !reader_salvage(in))
            break;
    }
    *in->error = '\0';
    reader_close(in);
    return wrong;
}

/* Limits address space to what is used now and SLACK; not with sanitizers, which take terabytes of
   it, nor under valgrind, which preloads. */
static void limit_memory(void) {
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    const char *preloaded = getenv("LD_PRELOAD");
    if (preloaded && strstr(preloaded, "vgpreload"))
        return;
    char pages[64];
    FILE *file = fopen("/proc/self/statm", "r");
    if (file && fgets(pages, sizeof pages, file)) {
        rlim_t most = strtoull(pages, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE) + SLACK;
        setrlimit(RLIMIT_AS, &(struct rlimit){most, RLIM_INFINITY});
    }
    if (file)
        fclose(file);
#endif
}

int main(void) {
    bool all = getenv("TEST_LONG");
    int file = mkstemp(path);
    program_name("campaign");
    if (file < 0)
        die(EXIT_FAILED, "%s:", path);
    size_t size = make_stream(file);
    uint8_t *data = allocate(size, 1, "stream");
    const char *wrong = pread(file, data, size, 0) == (ssize_t)size ? NULL : "it cannot be read";
    if (!wrong)
        wrong = read_it(SIZE_MAX, true);
    ok(!wrong, "the intact stream of %zu bytes%s%s", size, wrong ? ": " : "", wrong ? wrong : "");

    limit_memory();
    size_t count = 0;
    wrong = NULL;
    for (size_t at = 0; at < size && !wrong; at += all ? 1 : 97, count++) {
        uint8_t bit = (uint8_t)(at * 5 % 8), bad = data[at] ^ (uint8_t)(1u << bit);
        wrong = pwrite(file, &bad, 1, (off_t)at) == 1 ? read_it(at, true) : "it is not written";
        if (wrong)
            printf("# bit %d of byte %zu: %s\n", bit, at, wrong);
        if (pwrite(file, data + at, 1, (off_t)at) != 1)
            wrong = "it is not written back";
    }
    ok(!wrong, "%zu bits changed, one at a time", count);

    count = 0;
    wrong = NULL;
    for (size_t length = (size - 1) / 61 * 61; length > 0 && !wrong;
         length -= all || length < 61 ? 1 : 61, count++) {
        wrong = ftruncate(file, (off_t)length) ? "it is not cut" : read_it(length, true);
        if (wrong)
            printf("# cut to %zu bytes: %s\n", length, wrong);
    }
    ok(!wrong, "cut to %zu lengths", count);
    free(data);
    close(file);
    unlink(path);
    return done();
}
