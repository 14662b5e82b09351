/* SPDX-License-Identifier: MIT */
#include "kernels/model/landscape.h"

#include "common/err.h"
#include "common/pgm.h"
#include "kernels/model/philox.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { SEASON, WAVE, PATCHES, MAP, KINDS };

/* The arguments of each kind, in order. */
enum argument { PERIOD, LENGTH, SIZE, DEPTH, ANGLE, ARGUMENTS };
enum { MAX_NUMBERS = 4 };
static const struct {
    const char *name, *form;
    int count;
    enum argument argument[MAX_NUMBERS];
} kinds[KINDS] = {
    [SEASON] = {"season", "season:PERIOD,DEPTH", 2, {PERIOD, DEPTH}},
    [WAVE] = {"wave", "wave:PERIOD,LENGTH,DEPTH,ANGLE", 4, {PERIOD, LENGTH, DEPTH, ANGLE}},
    [PATCHES] = {"patches", "patches:SIZE,PERIOD,DEPTH", 3, {SIZE, PERIOD, DEPTH}},
    [MAP] = {"map", "map:FILE", 0, {0}},
};
static const struct {
    const char *name;
    double least, most;
    bool whole;
} limits[ARGUMENTS] = {
    [PERIOD] = {"PERIOD", 1, UINT32_MAX, true}, [LENGTH] = {"LENGTH", 1, UINT32_MAX, true},
    [SIZE] = {"SIZE", 1, UINT32_MAX, true},     [DEPTH] = {"DEPTH", 0, 1, false},
    [ANGLE] = {"ANGLE", 0, 360, false},
};

struct terrain {
    enum kind kind;
    double number[ARGUMENTS];
    double along, down;       /* WAVE: turns per column, turns per row */
    struct landscape_map map; /* MAP */
    double *factor;           /* [N] */
};

/* sin(pi y), 0 <= y <= 1/2; exact at both ends. Taylor's series: within 1e-15. */
static double sine_half_turn(double y) {
    bool low = y <= 0.25;
    double z = (low ? y : 0.5 - y) * 0x1.921fb54442d18p+1, s = z * z;
    double p = low ? -1.0 / 1307674368000.0 : 1.0 / 20922789888000.0;
    static const double series[2][7] = {{1.0 / 87178291200.0, -1.0 / 479001600.0, 1.0 / 3628800.0,
                                         -1.0 / 40320.0, 1.0 / 720.0, -1.0 / 24.0, 1.0 / 2.0},
                                        {1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0,
                                         -1.0 / 5040.0, 1.0 / 120.0, -1.0 / 6.0, 1.0}};
    if (low) {
        for (int k = 0; k < 7; k++)
            p = fma(p, s, series[1][k]);
        return z * p;
    }
    for (int k = 0; k < 7; k++)
        p = fma(p, s, -series[0][k]);
    return fma(p, s, 1.0);
}

/* sin(2 pi turns). */
static double sine(double turns) {
    double r = turns - floor(turns + 0.5), y = 2.0 * fabs(r);
    double s = sine_half_turn(y <= 0.5 ? y : 1.0 - y);
    return r < 0.0 ? -s : s;
}

/* (1 - cos(2 pi turns)) / 2: 0 at whole turns, 1 half a turn away. */
static double swing(double turns) {
    double s = sine_half_turn(fabs(turns - floor(turns + 0.5)));
    return s * s;
}

/* Parses the numbers of this kind, separated by commas. */
static bool parse_numbers(struct terrain *t, const char *text, char why[512]) {
    for (int k = 0; k < kinds[t->kind].count; k++) {
        enum argument a = kinds[t->kind].argument[k];
        char *end;
        double value = strtod(text, &end);
        bool last = k == kinds[t->kind].count - 1;
        size_t length = strspn(text, "+-.0123456789eE");
        if (end == text || end != text + length || *end != (last ? '\0' : ',')) {
            snprintf(why, 512, "not %s", kinds[t->kind].form);
            return false;
        }
        if (!(value >= limits[a].least && value <= limits[a].most) ||
            (limits[a].whole && value != floor(value))) {
            snprintf(why, 512, "%s %.*s: not a %snumber from %.0f to %.0f", limits[a].name,
                     (int)length, text, limits[a].whole ? "whole " : "", limits[a].least,
                     limits[a].most);
            return false;
        }
        t->number[a] = value;
        text = end + 1;
    }
    return true;
}

const char *landscape_map_name(const struct model *model) {
    static const char map[] = "map:";
    size_t length = strlen(map);
    return strncmp(model->landscape, map, length) ? NULL : model->landscape + length;
}

void landscape_map_free(struct landscape_map *map) {
    for (uint32_t k = 0; k < map->count; k++)
        free(map->picture[k].gray);
    free(map->picture);
}

struct landscape *landscape_new(const struct model *model, struct landscape_map *map,
                                char why[512]) {
    const char *text = model->landscape, *colon = strchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : strlen(text);
    struct landscape *land = allocate(1, sizeof *land, "landscape");
    struct terrain *t = land->terrain = allocate(1, sizeof *t, "landscape");
    size_t cells = model_cells(model);
    t->map = *map;
    while (t->kind < KINDS &&
           (strlen(kinds[t->kind].name) != length || memcmp(kinds[t->kind].name, text, length)))
        t->kind++;
    bool good = t->kind < KINDS && colon;
    if (!good)
        snprintf(why, 512, "not %s, %s, %s, %s or none", kinds[SEASON].form, kinds[WAVE].form,
                 kinds[PATCHES].form, kinds[MAP].form);
    else if (t->kind != MAP)
        good = parse_numbers(t, colon + 1, why);
    if (good && model->landscape_on == ON_BUDGET && model->budget == BUDGET_INFINITE) {
        snprintf(why, 512, "an infinite budget cannot vary; choose another with --landscape-on");
        good = false;
    }
    if (!good) {
        landscape_free(land);
        return NULL;
    }
    if (t->kind == WAVE) {
        t->along = sine(t->number[ANGLE] / 360.0 + 0.25) / t->number[LENGTH];
        t->down = sine(t->number[ANGLE] / 360.0) / t->number[LENGTH];
    }
    t->factor = allocate(cells, sizeof *t->factor, "landscape");
    if (model->landscape_on == ON_BUDGET)
        land->budget = allocate(cells, sizeof *land->budget, "landscape");
    else
        *(model->landscape_on == ON_ALPHA ? &land->alpha
          : model->landscape_on == ON_IP  ? &land->ip
                                          : &land->ppp) =
            allocate(cells, sizeof(float), "landscape");
    return land;
}

void landscape_free(struct landscape *land) {
    if (!land)
        return;
    landscape_map_free(&land->terrain->map);
    free(land->terrain->factor);
    free(land->terrain);
    free(land->alpha);
    free(land->ip);
    free(land->ppp);
    free(land->budget);
    free(land);
}

/* Sets t->factor for a generation. */
static void compute_factors(struct terrain *t, const struct model *model, uint64_t generation) {
    size_t rows = model->height, cols = model->width;
    double depth = t->number[DEPTH], time = 0;
    uint64_t period = (uint64_t)t->number[PERIOD], size = (uint64_t)t->number[SIZE];
    const enum kind kind = t->kind;
    if (kind == SEASON || kind == WAVE)
        time = (double)(generation % period) / t->number[PERIOD];
    const struct pgm *picture = kind == MAP ? &t->map.picture[generation % t->map.count] : NULL;
    double season = 1.0 - depth * swing(time);
    for (size_t row = 0; row < rows; row++) {
        double *factor = t->factor + row * cols;
        for (size_t col = 0; col < cols; col++)
            if (kind == SEASON)
                factor[col] = season;
            else if (kind == WAVE)
                factor[col] =
                    1.0 - depth * swing(fma((double)row, t->down, (double)col * t->along) - time);
            else if (kind == MAP)
                factor[col] = (double)picture->gray[row * cols + col] / picture->maxval;
            else if (row % size)
                factor[col] = factor[col - cols];
            else if (col % size)
                factor[col] = factor[col - 1];
            else {
                uint64_t patch = row / size * ((cols - 1) / size + 1) + col / size;
                struct philox words = draw(model->seed, patch, generation / period, LANDSCAPE);
                factor[col] = 1.0 - depth * unit(words.w[0]);
            }
    }
}

/* The budget for a product: the nearest integer if only rounding separates them, else rounded down.
 */
static uint32_t to_budget(double product) {
    double nearest = rint(product);
    bool is = fabs(product - nearest) <= 1e-9 * fmax(1.0, product);
    return (uint32_t)(is ? nearest : floor(product));
}

void landscape_at(struct landscape *land, const struct model *model, uint64_t generation) {
    const double *factor = land->terrain->factor;
    size_t cells = model_cells(model);
    compute_factors(land->terrain, model, generation);
    if (land->budget) {
        for (size_t i = 0; i < cells; i++)
            land->budget[i] = to_budget((double)model->budget * factor[i]);
        return;
    }
    float *to = land->alpha ? land->alpha : land->ip ? land->ip : land->ppp;
    float from = land->alpha ? model->alpha : land->ip ? model->ip : model->ppp;
    for (size_t i = 0; i < cells; i++)
        to[i] = (float)((double)from * factor[i]);
}
