#include "kernels/measures/cnwa.h"

#include "common/cpu.h"
#include "common/err.h"
#include "kernels/measures/kmeans.h"
#include "kernels/model/philox.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct species *species_new(const struct world *world, uint32_t k) {
    struct species *s = allocate(1, sizeof *s, "species");
    struct species_work *w = s->work = allocate(1, sizeof *w, "species");
    size_t P = genome_size(world->model.channels);
    s->k = k;
    w->P = P;
    w->seed = world->model.seed;
    w->kmeans = &lloyd;
#ifdef __x86_64__
    if (cpu_has(AVX512))
        w->kmeans = &lloyd_avx512;
    else if (cpu_has(AVX2))
        w->kmeans = &lloyd_avx2;
#endif
    w->mean = allocate(P, sizeof *w->mean, "species");
    w->scale = allocate(P, sizeof *w->scale, "species");
    w->start = allocate(k * P, sizeof *w->start, "species");
    w->now = allocate(k * P, sizeof *w->now, "species");
    w->sum = allocate(k * P, sizeof *w->sum, "species");
    w->factor = allocate(k * P, sizeof *w->factor, "species");
    w->bias = allocate(k, sizeof *w->bias, "species");
    return s;
}

void species_free(struct species *s) {
    struct species_work *w = s->work;
    free(w->carriers);
    free(w->q);
    free(w->z);
    free(w->mean);
    free(w->scale);
    free(w->start);
    free(w->now);
    free(w->sum);
    free(w->factor);
    free(w->bias);
    free(w->length);
    free(w->upper);
    free(w->own);
    free(w);
    free(s->slot);
    free(s->serial);
    free(s->weight);
    free(s->of);
    free(s->of_slot);
    free(s);
}

/* Lists the distinct genomes and how many cells carry each. */
static void collect(struct species *s, const struct world *world) {
    struct species_work *w = s->work;
    const struct pool *pool = &world->pool;
    size_t slots = (size_t)pool->capacity + 1, count = 0;
    if (slots > w->slots) {
        w->carriers = reallocate(w->carriers, slots, sizeof *w->carriers, "species");
        s->of_slot = reallocate(s->of_slot, slots, 1, "species");
        w->slots = slots;
    }
    const uint32_t *carries = world->slots;
    uint32_t *carriers = memset(w->carriers, 0, slots * sizeof *carriers);
    for (size_t i = 0; i < world->cells; i++)
        carriers[carries[i]]++;
    for (size_t slot = 0; slot < slots; slot++)
        count += carriers[slot] != 0;
    if (count > w->room) {
        size_t room = w->room = (count + count / 4 + WIDEST - 1) / WIDEST * WIDEST;
        s->slot = reallocate(s->slot, room, sizeof *s->slot, "species");
        s->serial = reallocate(s->serial, room, sizeof *s->serial, "species");
        s->weight = reallocate(s->weight, room, sizeof *s->weight, "species");
        s->of = reallocate(s->of, room, 1, "species");
        w->own = reallocate(w->own, room, sizeof *w->own, "species");
        w->q = reallocate(w->q, room, w->P * sizeof *w->q, "species");
        w->z = reallocate(w->z, room, w->P * sizeof *w->z, "species");
        w->length = reallocate(w->length, room, sizeof *w->length, "species");
        w->upper = reallocate(w->upper, room, sizeof *w->upper, "species");
    }
    s->count = 0;
    for (uint32_t slot = 0; slot < slots; slot++)
        if (carriers[slot]) {
            s->slot[s->count] = slot;
            s->serial[s->count] = pool->serial[slot];
            s->weight[s->count++] = carriers[slot];
        }
}

/* k-means++: each next centroid is a genome drawn in proportion to its cells and to its squared
   distance from the nearest centroid so far. Where all are at distance 0, the first again. */
static void draw_centroids(struct species *s) {
    struct species_work *w = s->work;
    double *distance = allocate(s->count, sizeof *distance, "species");
    for (size_t i = 0; i < s->count; i++)
        distance[i] = 1.0;
    for (uint32_t c = 0; c < s->k; c++) {
        struct philox words = draw(w->seed, c, 0, SPECIES);
        double total = 0.0, at = 0.0;
        for (size_t i = 0; i < s->count; i++)
            total += s->weight[i] * distance[i];
        double goal = (double)(words.w[0] >> 5 | (uint64_t)words.w[1] << 27) * 0x1p-59 * total;
        size_t chosen = 0;
        for (size_t i = 0; i < s->count; i++) {
            if (distance[i] > 0.0)
                chosen = i;
            at += s->weight[i] * distance[i];
            if (at > goal)
                break;
        }
        for (size_t p = 0; p < w->P; p++)
            w->start[c * w->P + p] = standardised(w, chosen, p);
        for (size_t i = 0; i < s->count; i++) {
            double squares = 0.0;
            for (size_t p = 0; p < w->P; p++) {
                double away = standardised(w, i, p) - w->start[c * w->P + p];
                squares += away * away;
            }
            if (c == 0 || squares < distance[i])
                distance[i] = squares;
        }
    }
    free(distance);
}

void species_take(struct species *s, const struct world *world) {
    s->generation = world->generation;
    collect(s, world);
    s->work->kmeans->standardise(s, &world->pool, (double)world->cells);
    if (!s->work->started)
        draw_centroids(s);
    s->work->kmeans->iterate(s);
    if (!s->work->started)
        memcpy(s->work->start, s->work->now, s->k * s->work->P * sizeof *s->work->start);
    s->work->started = true;
    for (size_t i = 0; i < s->count; i++)
        s->of_slot[s->slot[i]] = s->of[i];
}

size_t species_parameters(const struct species *s) {
    return s->work->P;
}

double species_standardised(const struct species *s, size_t i, size_t p) {
    return standardised(s->work, i, p);
}
