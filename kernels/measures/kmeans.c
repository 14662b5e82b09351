/* SPDX-License-Identifier: MIT */
/* k-means by Lloyd's iterations. Compiled for several instruction sets. */
#include "kernels/measures/kmeans.h"

#include "common/lanes.h"

#include <math.h>
#include <string.h>

#ifndef KMEANS
#define KMEANS kmeans
#endif

/* Distances of BLOCK genomes, side by side in VECTORS vectors, from CENTROIDS centroids are summed
   in one loop: so many sums hide the latency of an addition, and all fit in registers. */
enum { VECTORS = 2, BLOCK = VECTORS * W, CENTROIDS = 6 };

/* Where genome i is in z. */
FUNCTION float *block(const struct kmeans *w, size_t i) {
    return w->z + i / BLOCK * BLOCK * w->varying + i % BLOCK;
}

static void round_genomes(struct cnwa *cnwa, const struct pool *pool) {
    struct kmeans *w = cnwa->work;
    for (size_t i = 0; i < cnwa->count; i++) {
        const float *genome = pool_genome(pool, cnwa->slot[i]);
        float *q = w->q + i * w->P;
        for (size_t p = 0; p < w->P; p++)
            q[p] = (float)rint((double)genome[p] * 100.0);
    }
}

/* Each sum, one for a parameter, goes over the genomes in their order: the same in every build. */
static void standardise(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    size_t P = w->P;
    double cells = (double)w->cells;
    memset(w->mean, 0, P * sizeof *w->mean);
    memset(w->scale, 0, P * sizeof *w->scale);
    w->varying = 0;
    for (size_t i = 0; i < cnwa->count; i++) {
        const float *q = w->q + i * P;
        double weight = cnwa->weight[i];
        for (size_t p = 0; p < P; p++)
            w->mean[p] += weight * q[p];
    }
    memcpy(w->total, w->mean, P * sizeof *w->total);
    for (size_t p = 0; p < P; p++)
        w->mean[p] /= cells;
    for (size_t i = 0; i < cnwa->count; i++) {
        double weight = cnwa->weight[i];
        for (size_t p = 0; p < P; p++) {
            double away = w->q[i * P + p] - w->mean[p];
            w->scale[p] += weight * (away * away);
        }
    }
    for (size_t p = 0; p < P; p++) {
        bool varies = false; /* the mean of equal numbers need not be that number */
        for (size_t i = 1; i < cnwa->count && !varies; i++)
            varies = w->q[i * P + p] != w->q[p];
        w->scale[p] = varies ? 1.0 / sqrt(w->scale[p] / cells) : 0.0;
        w->varies[p] = varies;
        w->varying += varies;
    }
}

/* Fills z and length. */
static void fill_blocks(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    for (size_t i = 0; i < cnwa->count; i += W) {
        const float *row[W];
        float *z = block(w, i);
        vf32 norm = {0};
        for (size_t j = 0; j < W; j++) /* beyond the last genome, that again */
            row[j] = w->q + (i + j < cnwa->count ? i + j : cnwa->count - 1) * w->P;
        for (size_t p = 0; p < w->P; p++) { /* P is a multiple of 4 */
            vf32 q[4];
            if (p % 4 == 0)
                vf32_transpose4(q, row, p);
            if (!w->varies[p])
                continue;
            for (size_t j = 0; j < W; j++)
                z[j] = (float)((q[p % 4][j] - w->mean[p]) * w->scale[p]);
            norm += vf32_load(z) * vf32_load(z);
            z += BLOCK;
        }
        for (size_t j = 0; j < W; j++)
            w->length[i + j] = sqrtf(norm[j]);
    }
}

/* Squared distance of genome i from centroid c. */
static double squared_distance(const struct kmeans *w, size_t i, uint32_t c) {
    double squares = 0.0;
    for (size_t p = 0; p < w->P; p++) {
        double away = standardised(w, i, p) - w->now[c * w->P + p];
        squares += away * away;
    }
    return squares;
}

/* The centroid nearest to genome i, ties to the first. */
static uint32_t nearest(const struct cnwa *cnwa, size_t i) {
    uint32_t best = 0;
    double least = INFINITY;
    for (uint32_t c = 0; c < cnwa->k; c++) {
        double squares = squared_distance(cnwa->work, i, c);
        if (squares < least) {
            least = squares;
            best = c;
        }
    }
    return best;
}

/* Sets factor and bias. The square of the length of z is left out of the distances: it is the same
   for all centroids. Returns the length of the longest centroid. */
static float prepare_distances(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    double longest = 0.0;
    for (uint32_t c = 0; c < cnwa->k; c++) {
        double squares = 0.0;
        for (size_t p = 0, v = 0; p < w->P; p++) {
            double centre = w->now[c * w->P + p];
            if (w->varies[p])
                w->factor[v++ * cnwa->k + c] = (float)(-2.0 * centre);
            squares += centre * centre;
        }
        w->bias[c] = (float)squares;
        longest = squares > longest ? squares : longest;
    }
    return (float)sqrt(longest);
}

/* The nearest centroid so far, its distance, and the distance of the second nearest. */
struct closest {
    vi32 best[VECTORS];
    vf32 least[VECTORS], second[VECTORS];
};

/* Rounded once or twice: the error bounds below hold for both. */
FUNCTION vf32 times_plus(vf32 a, float b, vf32 c) {
#if W > 4
    return vf32_fma(a, vf32_all(b), c);
#else
    return a * b + c;
#endif
}

/* Centroids c to c + n - 1, for the genomes at z. */
FUNCTION void compare_some(const struct cnwa *cnwa, const float *z, uint32_t c, uint32_t n,
                           struct closest *closest) {
    const struct kmeans *w = cnwa->work;
    const float *factor = w->factor + c;
    vf32 sum[CENTROIDS][VECTORS];
    for (uint32_t j = 0; j < n; j++)
        for (size_t v = 0; v < VECTORS; v++)
            sum[j][v] = vf32_all(w->bias[c + j]);
    for (size_t p = 0; p < w->varying; p++, z += BLOCK, factor += cnwa->k)
        for (uint32_t j = 0; j < n; j++)
            for (size_t v = 0; v < VECTORS; v++)
                sum[j][v] = times_plus(vf32_load(z + v * W), factor[j], sum[j][v]);
    for (uint32_t j = 0; j < n; j++)
        for (size_t v = 0; v < VECTORS; v++) {
            vi32 closer = sum[j][v] < closest->least[v];
            closest->best[v] = (closer & (int32_t)(c + j)) | (~closer & closest->best[v]);
            closest->second[v] =
                vf32_min(closest->second[v], vf32_max(sum[j][v], closest->least[v]));
            closest->least[v] = vf32_min(closest->least[v], sum[j][v]);
        }
}

static struct closest compare_all(const struct cnwa *cnwa, const float *z) {
    struct closest closest;
    for (size_t v = 0; v < VECTORS; v++) {
        closest.best[v] = (vi32){0};
        closest.least[v] = closest.second[v] = vf32_all(INFINITY);
    }
    for (uint32_t c = 0; c < cnwa->k; c += CENTROIDS)
        switch (cnwa->k - c) { /* loops of known length */
        case 1:
            compare_some(cnwa, z, c, 1, &closest);
            break;
        case 2:
            compare_some(cnwa, z, c, 2, &closest);
            break;
        case 3:
            compare_some(cnwa, z, c, 3, &closest);
            break;
        case 4:
            compare_some(cnwa, z, c, 4, &closest);
            break;
        case 5:
            compare_some(cnwa, z, c, 5, &closest);
            break;
        default:
            compare_some(cnwa, z, c, CENTROIDS, &closest);
        }
    return closest;
}

/* Adds genome i to the sums of its cluster, and takes it from those of the one that it was in. */
static void move(struct cnwa *cnwa, size_t i, uint32_t was) {
    struct kmeans *w = cnwa->work;
    const float *q = w->q + i * w->P;
    double *to = w->sum + w->own[i] * w->P, *from = w->sum + was * w->P, weight = cnwa->weight[i];
    for (size_t p = 0; p < w->P; p++) {
        double share = weight * q[p];
        to[p] += share;
        from[p] -= share;
    }
    cnwa->cells[w->own[i]] += cnwa->weight[i];
    cnwa->cells[was] -= cnwa->weight[i];
}

/* Gives W genomes from i on to the clusters of their nearest centroids, and sets their upper; adds
   those that change to the list of moves, and fetches what move() needs of them. If the two least
   distances in float32 differ by no more than their errors, distances in double decide. */
FUNCTION void assign(struct cnwa *cnwa, size_t i, vi32 best, vf32 least, vf32 second,
                     float longest) {
    struct kmeans *w = cnwa->work;
    /* P + 3 roundings of sums up to (length + longest)^2, one more for z itself, twice over */
    float error = (float)(w->P + 8) * 0x1p-23f;
    vf32 length = vf32_load(w->length + i), wrong = length + longest;
    wrong = wrong * wrong * error;
    vf32_store(w->upper + i, least + length * length + 4.0f * wrong);
    vi32 own;
    memcpy(&own, w->own + i, sizeof own);
    uint32_t there = (uint32_t)((UINT64_C(1) << (cnwa->count - i < W ? cnwa->count - i : W)) - 1);
    uint32_t near = ~vi32_mask(second - least > 2.0f * wrong);
    for (uint32_t bits = (near | vi32_mask(best != own)) & there; bits; bits &= bits - 1) {
        unsigned j = (unsigned)__builtin_ctz(bits);
        uint32_t to = near >> j & 1 ? nearest(cnwa, i + j) : (uint32_t)best[j];
        if (to == w->own[i + j])
            continue;
        w->moves[w->moved++] = (struct move){(uint32_t)(i + j), w->own[i + j]};
        w->own[i + j] = to;
        genome_prefetch(w->q + (i + j) * w->P, w->P);
    }
}

/* Returns how many genomes moved. */
static size_t assign_all(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    float longest = prepare_distances(cnwa);
    w->moved = 0;
    for (size_t i = 0; i < cnwa->count; i += BLOCK) {
        struct closest closest = compare_all(cnwa, block(w, i));
        for (size_t v = 0; v < VECTORS && i + v * W < cnwa->count; v++)
            assign(cnwa, i + v * W, closest.best[v], closest.least[v], closest.second[v], longest);
    }
    for (size_t m = 0; m < w->moved; m++)
        move(cnwa, w->moves[m].genome, w->moves[m].was);
    return w->moved;
}

/* Gives each empty cluster the genome that is farthest from its own centroid, as scikit-learn does;
   clusters stay empty if all genomes are at their centroids. Returns how many were moved. */
static size_t fill_empty(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    size_t moved = 0;
    for (uint32_t c = 0; c < cnwa->k; c++) {
        size_t farthest = 0;
        double most = 0.0;
        for (size_t i = 0; !cnwa->cells[c] && i < cnwa->count; i++) {
            if (w->upper[i] <= most) /* too near */
                continue;
            double distance = squared_distance(w, i, w->own[i]);
            if (distance > most * 1.000000001) { /* equal but for rounding: the first */
                most = distance;
                farthest = i;
            }
        }
        if (cnwa->cells[c] || !(most > 0.0) ||
            cnwa->cells[w->own[farthest]] == cnwa->weight[farthest])
            continue;
        uint32_t was = w->own[farthest];
        w->own[farthest] = c;
        move(cnwa, farthest, was);
        w->upper[farthest] = 0.0f; /* not the farthest again */
        moved++;
    }
    return moved;
}

/* The centroids become the means of their clusters. */
static void update_centroids(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    for (uint32_t c = 0; c < cnwa->k; c++)
        for (size_t p = 0; cnwa->cells[c] && p < w->P; p++) {
            double mean = w->sum[c * w->P + p] / (double)cnwa->cells[c];
            w->now[c * w->P + p] = (mean - w->mean[p]) * w->scale[p];
        }
}

/* All genomes start in the cluster that had most cells before: the fewest moves. */
static void start(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    memcpy(w->now, w->start, cnwa->k * w->P * sizeof *w->now);
    memset(w->sum, 0, cnwa->k * w->P * sizeof *w->sum);
    memcpy(w->sum + w->most * w->P, w->total, w->P * sizeof *w->sum);
    memset(cnwa->cells, 0, sizeof cnwa->cells);
    for (size_t i = 0; i < cnwa->count; i++) {
        cnwa->cells[w->most] += cnwa->weight[i];
        w->own[i] = w->most;
    }
}

static void iterate(struct cnwa *cnwa) {
    struct kmeans *w = cnwa->work;
    size_t moved = 1;
    fill_blocks(cnwa);
    start(cnwa);
    for (int iteration = 0; moved && iteration < MAX_ITERATIONS; iteration++) {
        moved = assign_all(cnwa);
        if (iteration == 0) { /* each of them, from no cluster */
            moved = cnwa->count;
            for (uint32_t c = 0; c < cnwa->k; c++)
                w->most = cnwa->cells[c] > cnwa->cells[w->most] ? c : w->most;
        }
        moved += fill_empty(cnwa);
        update_centroids(cnwa);
    }
    for (size_t i = 0; i < cnwa->count; i++)
        cnwa->of[i] = (uint8_t)w->own[i];
}

const struct kmeans_build KMEANS = {round_genomes, standardise, iterate};
