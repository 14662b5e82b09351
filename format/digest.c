/* SPDX-License-Identifier: MIT */
#include "format/digest.h"

#include "common/err.h"
#include "format/pack.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct digest {
    XXH64_state_t *one, *all;
    uint64_t *genome, *of; /* [slots] hash of the genome in a slot; generation it was taken in */
    size_t slots;
    uint64_t *carried; /* [cells] hash of each cell's genome, 0 if it has none */
    size_t cells;
    uint64_t generations; /* added */
};

struct digest *digest_new(void) {
    struct digest *d = allocate(1, sizeof *d, "digest");
    d->one = XXH64_createState();
    d->all = XXH64_createState();
    if (!d->one || !d->all)
        die(EXIT_FAILED, "digest: out of memory");
    XXH64_reset(d->all, 0);
    return d;
}

void digest_free(struct digest *d) {
    XXH64_freeState(d->one);
    XXH64_freeState(d->all);
    free(d->genome);
    free(d->of);
    free(d->carried);
    free(d);
}

/* Adds the lines of a HEAD that describe the model, and those with unknown keys. */
static void take_model(struct digest *d, const struct header *header) {
    struct header model = {
        .model = header->model, .minor = header->minor, .others = header->others};
    char *text = header_text(&model);
    XXH64_update(d->one, text, strlen(text));
    free(text);
}

/* Adds the parameters of each cell's genome, but neither its slot nor its serial. */
static void take_genomes(struct digest *d, const struct world *world) {
    const struct pool *pool = &world->pool;
    size_t slots = (size_t)pool->capacity + 1;
    if (slots > d->slots) {
        d->genome = reallocate(d->genome, slots, sizeof *d->genome, "digest");
        d->of = reallocate(d->of, slots, sizeof *d->of, "digest");
        memset(d->of + d->slots, 0, (slots - d->slots) * sizeof *d->of);
        d->slots = slots;
    }
    if (world->cells > d->cells)
        d->carried = reallocate(d->carried, d->cells = world->cells, sizeof *d->carried, "digest");
    for (size_t i = 0; i < world->cells; i++) {
        uint32_t slot = world->slots[i];
        if (slot && d->of[slot] != d->generations) { /* many cells carry one genome */
            d->of[slot] = d->generations;
            d->genome[slot] =
                XXH64(pool_genome(pool, slot), pool->genome * sizeof *pool->parameters, 0);
        }
        d->carried[i] = slot ? d->genome[slot] : 0;
    }
    XXH64_update(d->one, d->carried, world->cells * sizeof *d->carried);
}

static void print_hash(uint64_t hash, char text[DIGEST_TEXT]) {
    snprintf(text, DIGEST_TEXT, "%016" PRIx64, hash);
}

void digest_generation(struct digest *d, const struct header *header, const struct world *world,
                       char one[DIGEST_TEXT]) {
    uint8_t number[8];
    d->generations++;
    XXH64_reset(d->one, 0);
    take_model(d, header);
    put64(number, world->generation);
    XXH64_update(d->one, number, sizeof number);
    if (world->state)
        XXH64_update(d->one, world->state,
                     world->cells * world->model.channels * sizeof *world->state);
    if (world->ages)
        XXH64_update(d->one, world->ages, world->cells * sizeof *world->ages);
    if (world->slots)
        take_genomes(d, world);
    print_hash(XXH64_digest(d->one), one);
    XXH64_update(d->all, one, DIGEST_TEXT - 1);
}

void digest_all(const struct digest *d, char all[DIGEST_TEXT]) {
    print_hash(XXH64_digest(d->all), all);
}
