/* SPDX-License-Identifier: MIT */
/* The rule as a loop over cells in C, on one core: what one would write first, and what nca-step is
   compared with. As numba.py: 200x200 cells, schedule sync, with random numbers of its own.
   usage: naive [EXPERIMENT [GENERATIONS]]    1 or 17
   Prints the million cell updates a second, and how many cells live at the end. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { H = 200, W = 200, N = H * W, L = 2, IN = 9 * L, WEIGHTS = IN * L + L + L * L + L };
static const float INIT = 0.02f, PPP = 0.02f, IP = 0.1f, ALPHA = 0.5f;

struct world {
    float state[N][L], genome[N][WEIGHTS];
    int age[N];
    bool has[N];
};
static struct world worlds[2];

static float draw(void) {
    static uint64_t rng = 0x9e3779b97f4a7c15;
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (float)(rng >> 40) * 0x1p-24f;
}

static float sigmoid(float x) {
    return 1 / (1 + expf(-x));
}

static bool is_bias(int w) {
    return (w >= IN * L && w < IN * L + L) || w >= WEIGHTS - L;
}

static void forward(const float *genome, const float *x, float *out) {
    float h[L];
    for (int o = 0; o < L; o++) {
        float total = genome[IN * L + o];
        for (int n = 0; n < IN; n++)
            total += genome[o * IN + n] * x[n];
        h[o] = sigmoid(total);
    }
    for (int o = 0; o < L; o++) {
        float total = genome[WEIGHTS - L + o];
        for (int n = 0; n < L; n++)
            total += genome[IN * L + L + o * L + n] * h[n];
        out[o] = sigmoid(total);
    }
}

static void inherit(const struct world *now, struct world *next, int i, int parent, bool born) {
    memcpy(next->genome[i], now->genome[parent], sizeof next->genome[i]);
    next->has[i] = true;
    for (int w = 0; born && w < WEIGHTS; w++)
        if (!is_bias(w) && draw() < PPP)
            next->genome[i][w] += 2 * draw() - 1;
}

static void step(const struct world *now, struct world *next, int budget) {
    for (int r = 0; r < H; r++)
        for (int c = 0; c < W; c++) {
            float x[IN];
            int candidate[9], count = 0, i = r * W + c;
            bool live = false, born = false;
            for (int m = 0; m < 9; m++) {
                int j = (r + m / 3 - 1 + H) % H * W + (c + m % 3 - 1 + W) % W;
                for (int channel = 0; channel < L; channel++) {
                    x[channel * 9 + m] = now->state[j][channel];
                    live |= now->state[j][channel] > ALPHA;
                }
                if (now->state[j][0] > ALPHA)
                    candidate[count++] = j;
            }
            next->has[i] = false;
            next->age[i] = 0;
            memset(next->state[i], 0, sizeof next->state[i]);
            if (!live)
                continue;
            if (count && draw() < IP) {
                int parent = candidate[(int)(draw() * (float)count)];
                if (now->has[parent])
                    inherit(now, next, i, parent, born = !now->has[i]);
            } else if (now->has[i])
                inherit(now, next, i, i, false);
            if (now->has[i])
                forward(now->genome[i], x, next->state[i]);
            if (next->state[i][0] > 0.55f) /* what is rounded to more than alpha */
                next->age[i] = now->age[i] + 1;
            if (next->age[i] == 0 || next->age[i] > budget) {
                next->age[i] = 0;
                memset(next->state[i], 0, sizeof next->state[i]);
                next->has[i] = born;
            }
        }
}

static void seed(struct world *world) {
    for (int i = 0; i < N; i++) {
        if (draw() >= INIT)
            continue;
        world->has[i] = true;
        for (int channel = 0; channel < L; channel++)
            world->state[i][channel] = 1;
        for (int w = 0; w < WEIGHTS; w++) {
            float bound = sqrtf(6.0f / (float)(w < IN * L ? IN + L : 2 * L));
            world->genome[i][w] = is_bias(w) ? 0 : bound * (2 * draw() - 1);
        }
    }
}

int main(int argc, char **argv) {
    long experiment = argc > 1 ? strtol(argv[1], NULL, 10) : 17;
    long generations = argc > 2 ? strtol(argv[2], NULL, 10) : 1000;
    int living = 0;
    seed(&worlds[0]);
    clock_t start = clock();
    for (long g = 0; g < generations; g++)
        step(&worlds[g % 2], &worlds[(g + 1) % 2], experiment == 1 ? 4 : 1 << 30);
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    for (int i = 0; i < N; i++)
        living += worlds[generations % 2].age[i] > 0;
    printf("%.2f M updates/s; %d of %d cells live\n", 1e-6 * N * (double)generations / seconds,
           living, N);
    return 0;
}
