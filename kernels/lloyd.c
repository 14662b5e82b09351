/* k-means, Lloyd's way. Compiled for several instruction sets, as it takes most of CNWA's time. */
#include "kernels/lloyd.h"

#include "common/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One number for each centroid: a vector as wide as the machine has, or several. */
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

/* The squared distance to a centroid is, but for the genome's own length, linear in z. */
static void prepare_distances(struct species *s) {
    struct species_work *w = s->work;
    for (uint32_t c = 0; c < s->k; c++) {
        double squares = 0.0;
        for (size_t p = 0; p < w->P; p++) {
            double centre = w->now[c * w->P + p];
            w->factor[p * w->stride + c] = (float)(-2.0 * centre);
            squares += centre * centre;
        }
        w->bias[c] = (float)squares;
        w->length[c] = (float)sqrt(squares);
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

/* The nearest centroid of genome i, ties to the first; sets the genome's bounds. Distances in
   float32 decide where they differ by more than their error, else those in double do. */
static uint32_t nearest(struct species *s, size_t i) {
    struct species_work *w = s->work;
    const float *z = w->z + i * w->padded;
    float *lower = w->lower + i * w->stride;
    float length = sqrtf((float)w->norm[i]), most = INFINITY;
    /* P + 3 roundings of sums up to (length + length)^2, one more for z itself, twice over */
    float error = (float)(w->P + 8) * 0x1p-23f;
    uint32_t best = 0;
    for (size_t base = 0; base < w->stride; base += LANES) {
        lanes sum[4] = {{0}}, factor; /* four sums: none waits for the one before */
        memcpy(&sum[0], w->bias + base, sizeof sum[0]);
        const float *row = w->factor + base;
        for (size_t p = 0; p < w->padded; p += 4)
            for (size_t part = 0; part < 4; part++, row += w->stride) {
                memcpy(&factor, row, sizeof factor);
                sum[part] += factor * z[p + part];
            }
        lanes both, distances, wrong;
        memcpy(&both, w->length + base, sizeof both);
        both += length;
        wrong = both * both * error;
        distances = (sum[0] + sum[1]) + (sum[2] + sum[3]) + (float)w->norm[i];
        lanes low = distances - wrong, high = distances + wrong;
        memcpy(lower + base, &low, sizeof low);
        for (size_t j = 0; j < LANES; j++) { /* without branches, which nobody could predict */
            bool closer = high[j] < most;
            most = closer ? high[j] : most;
            best = closer ? (uint32_t)(base + j) : best;
        }
    }
    unsigned near = 0;
    for (size_t base = 0; base < w->stride; base += LANES)
        for (size_t j = 0; j < LANES; j++) {
            float squared = lower[base + j];
            near += squared <= most;
            lower[base + j] = sqrtf(squared > 0.0f ? squared : 0.0f) * 0.999999f;
        }
    if (near > 1) {
        double least = INFINITY;
        for (uint32_t c = 0; c < s->k; c++) {
            double squares = squared_distance(w, i, c);
            if (squares < least) {
                least = squares;
                best = c;
            }
        }
        most = (float)least * 1.000001f;
    }
    w->upper[i] = sqrtf(most > 0.0f ? most : 0.0f) * 1.000001f;
    return best;
}

/* Whether the bounds of genome i, after the centroids have shifted, leave it where it is. */
static bool stays(struct species *s, size_t i, const float *shift) {
    struct species_work *w = s->work;
    float *lower = w->lower + i * w->stride, own = lower[s->of[i]];
    bool near = false;
    w->upper[i] += shift[s->of[i]];
    lower[s->of[i]] = INFINITY;
    for (size_t base = 0; base < w->stride; base += LANES)
        for (size_t j = 0; j < LANES; j++) {
            lower[base + j] -= shift[base + j];
            near |= lower[base + j] <= w->upper[i];
        }
    lower[s->of[i]] = own - shift[s->of[i]];
    return !near;
}

/* Moves genome i, which may be in no species yet (k), to species c. */
static void move(struct species *s, size_t i, uint32_t c) {
    struct species_work *w = s->work;
    const float *q = w->q + i * w->P;
    double *to = w->sum + c * w->P, weight = s->weight[i];
    for (size_t p = 0; p < w->P; p++)
        to[p] += weight * q[p];
    s->cells[c] += s->weight[i];
    if (s->of[i] < s->k) {
        double *from = w->sum + s->of[i] * w->P;
        for (size_t p = 0; p < w->P; p++)
            from[p] -= weight * q[p];
        s->cells[s->of[i]] -= s->weight[i];
    }
    s->of[i] = (uint8_t)c;
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
            /* infinite: moved just now; and no need to look where the bound is low already */
            if (isinf(w->upper[i]) || (double)w->upper[i] * w->upper[i] <= most)
                continue;
            double distance = squared_distance(w, i, s->of[i]);
            if (distance > most * 1.000000001) { /* equal but for rounding: the first */
                most = distance;
                farthest = i;
            }
        }
        if (s->cells[c] || !(most > 0.0) || s->cells[s->of[farthest]] == s->weight[farthest])
            continue;
        move(s, farthest, c);
        w->upper[farthest] = INFINITY; /* to be looked at again */
        moved++;
    }
    return moved;
}

/* The centroids become the means of their species; how far each has moved, rounded up. */
static void update_centroids(struct species *s, float *shift) {
    struct species_work *w = s->work;
    for (uint32_t c = 0; c < s->k; c++) {
        double squares = 0.0;
        for (size_t p = 0; s->cells[c] && p < w->P; p++) {
            double *now = w->now + c * w->P + p, before = *now;
            *now = (w->sum[c * w->P + p] / (double)s->cells[c] - w->mean[p]) * w->scale[p];
            squares += (*now - before) * (*now - before);
        }
        shift[c] = (float)(sqrt(squares) * 1.000001);
    }
}

/* Lloyd's iterations. Bounds tell most genomes that they stay without looking (Elkan, ICML 2003):
   by the triangle inequality a distance changes no more than its centroid has moved. */
void LLOYD(struct species *s) {
    struct species_work *w = s->work;
    float shift[MOST_SPECIES + LANES] = {0};
    size_t moves = 1;
    memcpy(w->now, w->start, s->k * w->P * sizeof *w->now);
    memset(w->sum, 0, s->k * w->P * sizeof *w->sum);
    memset(s->cells, 0, sizeof s->cells);
    memset(s->of, (int)s->k, s->count);
    for (int iteration = 0; moves && iteration < MOST_ITERATIONS; iteration++) {
        moves = 0;
        prepare_distances(s);
        size_t doubtful = 0;
        for (uint32_t i = 0; i < s->count; i++) {
            w->doubtful[doubtful] = i;
            doubtful += !iteration || !stays(s, i, shift);
        }
        for (size_t d = 0; d < doubtful; d++) {
            uint32_t i = w->doubtful[d], c = nearest(s, i);
            if (c != s->of[i]) {
                move(s, i, c);
                moves++;
            }
        }
        moves += fill_empty(s);
        update_centroids(s, shift);
    }
}
