/* SPDX-License-Identifier: MIT */
#include "kernels/measures/cnwa.h"

#include "common/cpu.h"
#include "common/err.h"
#include "kernels/measures/kmeans.h"
#include "kernels/model/philox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cnwa *cnwa_new(const struct world *world, uint32_t k) {
    struct cnwa *cnwa = allocate(1, sizeof *cnwa, "clusters");
    struct kmeans *w = cnwa->work = allocate(1, sizeof *w, "clusters");
    size_t P = genome_size(world->model.channels);
    cnwa->k = k;
    w->P = P;
    w->seed = world->model.seed;
    w->build = &kmeans;
#ifdef __x86_64__
    if (cpu_has(AVX512))
        w->build = &kmeans_avx512;
    else if (cpu_has(AVX2))
        w->build = &kmeans_avx2;
#endif
    w->mean = allocate(P, sizeof *w->mean, "clusters");
    w->scale = allocate(P, sizeof *w->scale, "clusters");
    w->start = allocate(k * P, sizeof *w->start, "clusters");
    w->now = allocate(k * P, sizeof *w->now, "clusters");
    w->centre = allocate(k * P, sizeof *w->centre, "clusters");
    w->sum = allocate(k * P, sizeof *w->sum, "clusters");
    w->total = allocate(P, sizeof *w->total, "clusters");
    w->varies = allocate(P, sizeof *w->varies, "clusters");
    w->factor = allocate(k * P, sizeof *w->factor, "clusters");
    w->bias = allocate(k, sizeof *w->bias, "clusters");
    return cnwa;
}

void cnwa_free(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    free(w->carriers);
    free(w->q);
    free(w->z);
    free(w->mean);
    free(w->scale);
    free(w->start);
    free(w->now);
    free(w->centre);
    free(w->sum);
    free(w->total);
    free(w->varies);
    free(w->moves);
    free(w->factor);
    free(w->bias);
    free(w->length);
    free(w->upper);
    free(w->own);
    free(w);
    free(cnwa->slot);
    free(cnwa->serial);
    free(cnwa->weight);
    free(cnwa->of);
    free(cnwa->of_slot);
    free(cnwa);
}

/* Lists the distinct genomes and how many cells carry each. Sets how many cells that are. */
static void list_genomes(struct cnwa *cnwa, const struct world *world) {
    struct kmeans *w = cnwa->work;
    const struct pool *pool = &world->pool;
    size_t slots = (size_t)pool->capacity + 1, count = 0;
    if (slots > w->slots) {
        w->carriers = reallocate(w->carriers, slots, sizeof *w->carriers, "clusters");
        cnwa->of_slot = reallocate(cnwa->of_slot, slots, 1, "clusters");
        w->slots = slots;
    }
    const uint32_t *carries = world->slots;
    uint32_t *carriers = memset(w->carriers, 0, slots * sizeof *carriers);
    for (size_t i = 0; i < world->cells; i++)
        carriers[carries[i]]++;
    size_t empty = cnwa->carriers ? carriers[0] : 0;
    if (empty)
        carriers[0] = 0;
    for (size_t slot = 0; slot < slots; slot++)
        count += carriers[slot] != 0;
    if (count > w->capacity) {
        size_t capacity = w->capacity = (count + count / 4 + WIDEST - 1) / WIDEST * WIDEST;
        cnwa->slot = reallocate(cnwa->slot, capacity, sizeof *cnwa->slot, "clusters");
        cnwa->serial = reallocate(cnwa->serial, capacity, sizeof *cnwa->serial, "clusters");
        cnwa->weight = reallocate(cnwa->weight, capacity, sizeof *cnwa->weight, "clusters");
        cnwa->of = reallocate(cnwa->of, capacity, 1, "clusters");
        w->own = reallocate(w->own, capacity, sizeof *w->own, "clusters");
        w->q = reallocate(w->q, capacity, w->P * sizeof *w->q, "clusters");
        w->z = reallocate(w->z, capacity, w->P * sizeof *w->z, "clusters");
        w->moves = reallocate(w->moves, capacity, sizeof *w->moves, "clusters");
        w->length = reallocate(w->length, capacity, sizeof *w->length, "clusters");
        w->upper = reallocate(w->upper, capacity, sizeof *w->upper, "clusters");
    }
    cnwa->count = 0;
    for (uint32_t slot = 0; slot < slots; slot++)
        if (carriers[slot]) {
            cnwa->slot[cnwa->count] = slot;
            cnwa->serial[cnwa->count] = pool->serial[slot];
            cnwa->weight[cnwa->count++] = carriers[slot];
        }
    w->cells = world->cells - empty;
}

/* k-means++: each next centroid is a genome drawn in proportion to its cells and to its squared
   distance from the nearest centroid so far. Where all are at distance 0, the first again. */
static void draw_centroids(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    double *distance = allocate(cnwa->count, sizeof *distance, "clusters");
    for (size_t i = 0; i < cnwa->count; i++)
        distance[i] = 1.0;
    for (uint32_t c = 0; c < cnwa->k; c++) {
        struct philox words = draw(w->seed, c, 0, CENTROID);
        double total = 0.0, at = 0.0;
        for (size_t i = 0; i < cnwa->count; i++)
            total += cnwa->weight[i] * distance[i];
        double goal = (double)(words.w[0] >> 5 | (uint64_t)words.w[1] << 27) * 0x1p-59 * total;
        size_t chosen = 0;
        for (size_t i = 0; i < cnwa->count; i++) {
            if (distance[i] > 0.0)
                chosen = i;
            at += cnwa->weight[i] * distance[i];
            if (at > goal)
                break;
        }
        for (size_t p = 0; p < w->P; p++)
            w->start[c * w->P + p] = standardised(w, chosen, p);
        for (size_t i = 0; i < cnwa->count; i++) {
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

/* The centroids of the generation before, standardised as this one. */
static void start_from_centres(struct kmeans *w, uint32_t k) {
    for (size_t c = 0; c < k; c++)
        for (size_t p = 0; p < w->P; p++)
            w->start[c * w->P + p] = (w->centre[c * w->P + p] - w->mean[p]) * w->scale[p];
}

/* The centroids as means of parameters. A cluster that is empty from the start has no mean. */
static void keep_centres(const struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    for (size_t c = 0; c < cnwa->k; c++)
        for (size_t p = 0; p < w->P; p++) {
            size_t at = c * w->P + p;
            if (cnwa->cells[c])
                w->centre[at] = w->sum[at] / (double)cnwa->cells[c];
            else if (!w->started)
                w->centre[at] = w->mean[p] + (w->scale[p] > 0.0 ? w->now[at] / w->scale[p] : 0.0);
        }
}

void cnwa_collect(struct cnwa *cnwa, const struct world *world) {
    cnwa->generation = world->generation;
    list_genomes(cnwa, world);
    cnwa->work->build->round(cnwa, &world->pool);
}

bool cnwa_follow(struct cnwa *cnwa, const struct cnwa *first) {
    struct kmeans *w = cnwa->work;
    if (!w->started && first->work->started) {
        memcpy(w->start, first->work->start, cnwa->k * w->P * sizeof *w->start);
        w->started = true;
    }
    return w->started;
}

void cnwa_cluster(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    memset(cnwa->cells, 0, sizeof cnwa->cells);
    if (!w->cells)
        return;
    w->build->standardise(cnwa);
    if (!w->started)
        draw_centroids(cnwa);
    else if (cnwa->track)
        start_from_centres(w, cnwa->k);
    w->build->iterate(cnwa);
    if (cnwa->track)
        keep_centres(cnwa);
    else if (!w->started)
        memcpy(w->start, w->now, cnwa->k * w->P * sizeof *w->start);
    w->started = true;
    for (size_t i = 0; i < cnwa->count; i++)
        cnwa->of_slot[cnwa->slot[i]] = cnwa->of[i];
}

void cnwa_take(struct cnwa *cnwa, const struct world *world) {
    cnwa_collect(cnwa, world);
    cnwa_cluster(cnwa);
}

size_t cnwa_parameters(const struct cnwa *cnwa) {
    return cnwa->work->P;
}

double cnwa_standardised(const struct cnwa *cnwa, size_t i, size_t p) {
    return standardised(cnwa->work, i, p);
}
