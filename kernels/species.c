#include "kernels/species.h"

#include "common/err.h"
#include "kernels/lloyd.h"
#include "kernels/philox.h"

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
    w->lloyd = lloyd;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        w->lloyd = lloyd_avx512;
    else if (__builtin_cpu_supports("avx2"))
        w->lloyd = lloyd_avx2;
#endif
    w->mean = allocate(P, sizeof *w->mean, "species");
    w->scale = allocate(P, sizeof *w->scale, "species");
    w->start = allocate(k * P, sizeof *w->start, "species");
    w->now = allocate(k * P, sizeof *w->now, "species");
    w->sum = allocate(k * P, sizeof *w->sum, "species");
    w->padded = (P + 3) / 4 * 4;
    w->stride = (k + LANES - 1) / LANES * LANES;
    w->factor = allocate(w->stride * w->padded, sizeof *w->factor, "species");
    w->bias = allocate(w->stride, sizeof *w->bias, "species");
    w->length = allocate(w->stride, sizeof *w->length, "species");
    for (size_t c = k; c < w->stride; c++)
        w->bias[c] = INFINITY; /* no centroid */
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
    free(w->norm);
    free(w->doubtful);
    free(w->upper);
    free(w->lower);
    free(w);
    free(s->slot);
    free(s->weight);
    free(s->of);
    free(s->of_slot);
    free(s);
}

/* Lists the distinct genomes and how many cells carry each; fills q. */
static void collect(struct species *s, const struct world *world) {
    struct species_work *w = s->work;
    const struct pool *pool = &world->pool;
    size_t slots = (size_t)pool->room + 1, count = 0;
    if (slots > w->slots) {
        w->carriers = reallocate(w->carriers, slots, sizeof *w->carriers, "species");
        s->of_slot = reallocate(s->of_slot, slots, 1, "species");
        w->slots = slots;
    }
    memset(w->carriers, 0, slots * sizeof *w->carriers);
    for (size_t i = 0; i < world->cells; i++)
        count += w->carriers[world->slots[i]]++ == 0;
    if (count > w->room) {
        w->room = count + count / 4;
        s->slot = reallocate(s->slot, w->room, sizeof *s->slot, "species");
        s->weight = reallocate(s->weight, w->room, sizeof *s->weight, "species");
        s->of = reallocate(s->of, w->room, 1, "species");
        w->q = reallocate(w->q, w->room, w->P * sizeof *w->q, "species");
        w->z = reallocate(w->z, w->room, w->padded * sizeof *w->z, "species");
        memset(w->z, 0, w->room * w->padded * sizeof *w->z);
        w->norm = reallocate(w->norm, w->room, sizeof *w->norm, "species");
        w->doubtful = reallocate(w->doubtful, w->room, sizeof *w->doubtful, "species");
        w->upper = reallocate(w->upper, w->room, sizeof *w->upper, "species");
        w->lower = reallocate(w->lower, w->room, w->stride * sizeof *w->lower, "species");
    }
    s->count = 0;
    for (uint32_t slot = 0; slot < slots; slot++) {
        if (!w->carriers[slot])
            continue;
        size_t i = s->count++;
        s->slot[i] = slot;
        s->weight[i] = w->carriers[slot];
        const float *genome = pool_genome(pool, slot);
        for (size_t p = 0; p < w->P; p++)
            w->q[i * w->P + p] = (float)rint((double)genome[p] * 100.0);
    }
}

/* Mean and deviation of each parameter over the cells, and the genomes' lengths. */
static void standardise(const struct species *s, double cells) {
    struct species_work *w = s->work;
    for (size_t p = 0; p < w->P; p++) {
        double sum = 0.0, squares = 0.0;
        const float *q = w->q + p;
        bool varies = false;
        for (size_t i = 0; i < s->count; i++) {
            varies |= q[i * w->P] != q[0];
            sum += (double)s->weight[i] * q[i * w->P];
        }
        w->mean[p] = sum / cells;
        for (size_t i = 0; i < s->count; i++) {
            double away = q[i * w->P] - w->mean[p];
            squares += s->weight[i] * (away * away);
        }
        w->scale[p] = varies ? 1.0 / sqrt(squares / cells) : 0.0;
    }
    for (size_t i = 0; i < s->count; i++) {
        w->norm[i] = 0.0;
        for (size_t p = 0; p < w->P; p++) {
            double z = standardised(w, i, p);
            w->z[i * w->padded + p] = (float)z;
            w->norm[i] += z * z;
        }
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
    collect(s, world);
    standardise(s, (double)world->cells);
    if (!s->work->started)
        draw_centroids(s);
    s->work->lloyd(s);
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
