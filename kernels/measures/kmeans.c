/* k-means, Lloyd's way. Compiled for several instruction sets, as it takes most of CNWA's time. */
#include "kernels/measures/kmeans.h"

#include "kernels/step/lanes.h"

#include <math.h>
#include <string.h>

#ifndef LLOYD
#define LLOYD lloyd
#endif

/* Genomes side by side, in two vectors, and centroids whose distances are added up in turns, so
   that no sum waits for itself and all have registers. */
enum { VECTORS = 2, BLOCK = VECTORS * W, CENTROIDS = 6 };

/* Where parameter p of genome i is in z. */
FUNCTION float *block(const struct species_work *w, size_t i) {
    return w->z + i / BLOCK * BLOCK * w->P + i % BLOCK;
}

/* Sums go over the genomes in their order, a sum for each parameter: every build adds alike. */
static void standardise(struct species *s, const struct pool *pool, double cells) {
    struct species_work *w = s->work;
    size_t P = w->P;
    memset(w->mean, 0, P * sizeof *w->mean);
    memset(w->scale, 0, P * sizeof *w->scale);
    for (size_t i = 0; i < s->count; i++) {
        const float *genome = pool_genome(pool, s->slot[i]);
        float *q = w->q + i * P;
        double weight = s->weight[i];
        for (size_t p = 0; p < P; p++) {
            q[p] = (float)rint((double)genome[p] * 100.0);
            w->mean[p] += weight * q[p];
        }
    }
    for (size_t p = 0; p < P; p++)
        w->mean[p] /= cells;
    for (size_t i = 0; i < s->count; i++) {
        double weight = s->weight[i];
        for (size_t p = 0; p < P; p++) {
            double away = w->q[i * P + p] - w->mean[p];
            w->scale[p] += weight * (away * away);
        }
    }
    for (size_t p = 0; p < P; p++) {
        bool varies = false; /* the mean of equal numbers need not be that number */
        for (size_t i = 1; i < s->count && !varies; i++)
            varies = w->q[i * P + p] != w->q[p];
        w->scale[p] = varies ? 1.0 / sqrt(w->scale[p] / cells) : 0.0;
    }
    for (size_t i = 0; i < s->count; i++) {
        float *z = block(w, i);
        for (size_t p = 0; p < P; p++)
            z[p * BLOCK] = (float)standardised(w, i, p);
    }
    for (size_t i = 0; i < s->count; i += W) {
        vf32 norm = {0};
        for (size_t p = 0; p < P; p++) {
            vf32 z = vf32_load(block(w, i) + p * BLOCK);
            norm += z * z;
        }
        for (size_t j = 0; j < W; j++)
            w->length[i + j] = sqrtf(norm[j]);
    }
}

/* Squared distance of genome i from centroid c. */
static double squared_distance(const struct species_work *w, size_t i, uint32_t c) {
    double squares = 0.0;
    for (size_t p = 0; p < w->P; p++) {
        double away = standardised(w, i, p) - w->now[c * w->P + p];
        squares += away * away;
    }
    return squares;
}

/* The centroid nearest to genome i, ties to the first. */
static uint32_t nearest(const struct species *s, size_t i) {
    uint32_t best = 0;
    double least = INFINITY;
    for (uint32_t c = 0; c < s->k; c++) {
        double squares = squared_distance(s->work, i, c);
        if (squares < least) {
            least = squares;
            best = c;
        }
    }
    return best;
}

/* Squared distances, in float32, are linear in z but for the genome's own length, which changes
   nothing in their order. Returns the length of the longest centroid. */
static float prepare_distances(struct species *s) {
    struct species_work *w = s->work;
    double longest = 0.0;
    for (uint32_t c = 0; c < s->k; c++) {
        double squares = 0.0;
        for (size_t p = 0; p < w->P; p++) {
            double centre = w->now[c * w->P + p];
            w->factor[p * s->k + c] = (float)(-2.0 * centre);
            squares += centre * centre;
        }
        w->bias[c] = (float)squares;
        longest = squares > longest ? squares : longest;
    }
    return (float)sqrt(longest);
}

/* The nearest centroid so far, its distance, and that of the nearest but one. */
struct race {
    vu32 best[VECTORS];
    vf32 least[VECTORS], second[VECTORS];
};

/* However it is rounded: what is said of errors below holds for both. */
FUNCTION vf32 times_plus(vf32 a, float b, vf32 c) {
#if W > 4
    return vf32_fma(a, vf32_all(b), c);
#else
    return a * b + c;
#endif
}

/* Centroids c to c + n - 1, for the genomes at z. */
FUNCTION void race_some(const struct species *s, const float *z, uint32_t c, uint32_t n,
                        struct race *race) {
    const struct species_work *w = s->work;
    const float *factor = w->factor + c;
    vf32 sum[CENTROIDS][VECTORS];
    for (uint32_t j = 0; j < n; j++)
        for (size_t v = 0; v < VECTORS; v++)
            sum[j][v] = vf32_all(w->bias[c + j]);
    for (size_t p = 0; p < w->P; p++, factor += s->k)
        for (uint32_t j = 0; j < n; j++)
            for (size_t v = 0; v < VECTORS; v++)
                sum[j][v] = times_plus(vf32_load(z + p * BLOCK + v * W), factor[j], sum[j][v]);
    for (uint32_t j = 0; j < n; j++)
        for (size_t v = 0; v < VECTORS; v++) {
            vu32 closer = (vu32)(sum[j][v] < race->least[v]);
            race->best[v] = (closer & (c + j)) | (~closer & race->best[v]);
            race->second[v] = vf32_min(race->second[v], vf32_max(sum[j][v], race->least[v]));
            race->least[v] = vf32_min(race->least[v], sum[j][v]);
        }
}

static struct race race_all(const struct species *s, const float *z) {
    struct race race;
    for (size_t v = 0; v < VECTORS; v++) {
        race.best[v] = (vu32){0};
        race.least[v] = race.second[v] = vf32_all(INFINITY);
    }
    for (uint32_t c = 0; c < s->k; c += CENTROIDS)
        switch (s->k - c) { /* loops of known length */
        case 1:
            race_some(s, z, c, 1, &race);
            break;
        case 2:
            race_some(s, z, c, 2, &race);
            break;
        case 3:
            race_some(s, z, c, 3, &race);
            break;
        case 4:
            race_some(s, z, c, 4, &race);
            break;
        case 5:
            race_some(s, z, c, 5, &race);
            break;
        default:
            race_some(s, z, c, CENTROIDS, &race);
        }
    return race;
}

/* Moves genome i, which may be in no species yet (k), to species c. */
static void move(struct species *s, size_t i, uint32_t c) {
    struct species_work *w = s->work;
    const float *q = w->q + i * w->P;
    double *to = w->sum + c * w->P, weight = s->weight[i];
    for (size_t p = 0; p < w->P; p++)
        to[p] += weight * q[p];
    s->cells[c] += s->weight[i];
    if (w->own[i] < s->k) {
        double *from = w->sum + w->own[i] * w->P;
        for (size_t p = 0; p < w->P; p++)
            from[p] -= weight * q[p];
        s->cells[w->own[i]] -= s->weight[i];
    }
    w->own[i] = c;
}

/* Moves the genomes from i on, as many as a vector holds, to their nearest centroids, and notes how
   far these are at most; returns how many were elsewhere. Distances in float32 decide where they
   differ by more than their error, else those in double do. */
static size_t assign(struct species *s, size_t i, vu32 best, vf32 least, vf32 second,
                     float longest) {
    struct species_work *w = s->work;
    /* P + 3 roundings of sums up to (length + longest)^2, one more for z itself, twice over */
    float error = (float)(w->P + 8) * 0x1p-23f, margin[MASK_CELLS] = {0};
    vf32 length = vf32_load(w->length + i), wrong = length + longest;
    wrong = wrong * wrong * error;
    vf32_store(w->upper + i, least + length * length + 4.0f * wrong);
    vf32_store(margin, second - least - 2.0f * wrong);
    uint32_t there = (uint32_t)((UINT64_C(1) << (s->count - i < W ? s->count - i : W)) - 1);
    static const float zero[MASK_CELLS];
    uint32_t to[W], moves[MASK_CELLS] = {0};
    memcpy(to, &best, sizeof to);
    for (uint32_t open = ~mask_above(margin, zero) & there; open; open &= open - 1) {
        unsigned j = (unsigned)__builtin_ctz(open);
        to[j] = nearest(s, i + j);
    }
    for (size_t j = 0; j < W; j++)
        moves[j] = to[j] ^ w->own[i + j];
    uint32_t moved = mask_nonzero(moves) & there;
    for (uint32_t bits = moved; bits; bits &= bits - 1) {
        unsigned j = (unsigned)__builtin_ctz(bits);
        move(s, i + j, to[j]);
    }
    return (size_t)__builtin_popcount(moved);
}

static size_t assign_all(struct species *s) {
    float longest = prepare_distances(s);
    size_t moved = 0;
    for (size_t i = 0; i < s->count; i += BLOCK) {
        struct race race = race_all(s, block(s->work, i));
        for (size_t v = 0; v < VECTORS && i + v * W < s->count; v++)
            moved += assign(s, i + v * W, race.best[v], race.least[v], race.second[v], longest);
    }
    return moved;
}

/* Gives each empty species the genome that is farthest from its own centroid, as scikit-learn does;
   species stay empty where all genomes sit on their centroids. Returns how many were moved. */
static size_t fill_empty(struct species *s) {
    struct species_work *w = s->work;
    size_t moved = 0;
    for (uint32_t c = 0; c < s->k; c++) {
        size_t farthest = 0;
        double most = 0.0;
        for (size_t i = 0; !s->cells[c] && i < s->count; i++) {
            if (w->upper[i] <= most) /* no need to look */
                continue;
            double distance = squared_distance(w, i, w->own[i]);
            if (distance > most * 1.000000001) { /* equal but for rounding: the first */
                most = distance;
                farthest = i;
            }
        }
        if (s->cells[c] || !(most > 0.0) || s->cells[w->own[farthest]] == s->weight[farthest])
            continue;
        move(s, farthest, c);
        w->upper[farthest] = 0.0f; /* not again before it has been looked at */
        moved++;
    }
    return moved;
}

/* The centroids become the means of their species. */
static void update_centroids(struct species *s) {
    struct species_work *w = s->work;
    for (uint32_t c = 0; c < s->k; c++)
        for (size_t p = 0; s->cells[c] && p < w->P; p++) {
            double mean = w->sum[c * w->P + p] / (double)s->cells[c];
            w->now[c * w->P + p] = (mean - w->mean[p]) * w->scale[p];
        }
}

static void iterate(struct species *s) {
    struct species_work *w = s->work;
    memcpy(w->now, w->start, s->k * w->P * sizeof *w->now);
    memset(w->sum, 0, s->k * w->P * sizeof *w->sum);
    memset(s->cells, 0, sizeof s->cells);
    for (size_t i = 0; i < s->count; i++)
        w->own[i] = s->k;
    size_t moved = 1;
    for (int iteration = 0; moved && iteration < MAX_ITERATIONS; iteration++) {
        moved = assign_all(s);
        moved += fill_empty(s);
        update_centroids(s);
    }
    for (size_t i = 0; i < s->count; i++)
        s->of[i] = (uint8_t)w->own[i];
}

const struct kmeans LLOYD = {standardise, iterate};
