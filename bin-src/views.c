/* SPDX-License-Identifier: MIT */
#include "bin-src/views.h"

#include "common/colormap.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const view_names[] = {"channels", "alpha",     "ages", "ghc",
                                         "rwsp",     "genotypes", "cnwa", "clades"};
static const unsigned view_needs[] = {STATE,   WANT_ALPHA, AGES,    GENOMES,
                                      GENOMES, GENOMES,    GENOMES, GENOMES | WANT_BIRTHS};

void views_choose(struct views *views, const char *list) {
    views->count =
        (unsigned)option_list("--view", list, view_names, VIEWS, views->chosen, MAX_VIEWS);
    views->needs = 0;
    for (unsigned v = 0; v < views->count; v++)
        views->needs |= view_needs[views->chosen[v]];
}

/* What the colours of a view mean; of ages, with no end for an infinite budget. */
static struct key view_key(const struct views *views, enum view view, uint32_t channel,
                           const struct model *model) {
    double budget = model->budget < UINT32_MAX ? (double)model->budget : UINT32_MAX;
    if (view == VIEW_CHANNELS || view == VIEW_ALPHA)
        return (struct key){.colours = views->map,
                            .least = channel && model->activation == TANH ? -1 : 0,
                            .most = 1};
    if (view == VIEW_AGES)
        return (struct key){.colours = views->map, .most = budget, .whole = true};
    if (view == VIEW_CNWA)
        return (struct key){
            .colours = distinct_colours, .classes = views->species->k, .name = "species"};
    if (view == VIEW_CLADES)
        return (struct key){.colours = views->founder_colour,
                            .classes = KEY_CLADES,
                            .name = "founder",
                            .numbers = views->founder,
                            .widest = 9999999999};
    return (struct key){0};
}

static void add_panels(struct views *views, enum view view, const struct model *model) {
    for (uint32_t c = 0; c < (view == VIEW_CHANNELS ? model->channels : 1); c++) {
        uint32_t panel = views->panels++;
        char *title = views->title[panel];
        snprintf(title, TITLE, "%s", view_names[view == VIEW_CHANNELS ? VIEW_ALPHA : view]);
        if (c)
            snprintf(title, TITLE, "hidden %" PRIu32, c);
        views->view[panel] = view;
        views->channel[panel] = c;
        views->key[panel] = view_key(views, view, c, model);
    }
}

void views_open(struct views *views, const struct choices *choices, const struct world *world) {
    choices_rwsp(choices, &world->model, &views->rwsp);
    views->species = cnwa_new(world, choices->species);
    views->clades.by_clade = views->clades.founders = true;
    views->oldest = 16;
    for (unsigned v = 0; v < views->count; v++)
        add_panels(views, (enum view)views->chosen[v], &world->model);
}

void views_free(struct views *views) {
    colours_free(&views->ghc);
    colours_free(&views->rwsp);
    cnwa_free(views->species);
    clades_free(&views->clades);
}

bool views_take(struct views *views, const struct world *world, bool in_stream) {
    if (views->needs & WANT_BIRTHS && !clades_take(&views->clades, world, in_stream))
        return false;
    for (uint32_t p = 0; p < views->panels && in_stream; p++)
        if (views->view[p] == VIEW_AGES)
            for (size_t i = 0; i < world->cells; i++)
                views->oldest = views->oldest < world->ages[i] ? world->ages[i] : views->oldest;
        else if (views->view[p] == VIEW_CNWA && !views->begun)
            cnwa_take(views->species, world); /* all others follow from its first generation */
    views->begun = true;
    return true;
}

const char *views_error(const struct views *views) {
    return views->clades.lineage.error;
}

/* One channel, over the range of the board's activation; dead cells are black. */
static void paint_channel(const struct views *views, const struct world *world, uint32_t channel,
                          uint32_t *rgb) {
    const float *alpha = world->state, *value = alpha + channel * world->cells;
    float least = channel && world->model.activation == TANH ? -1.0f : 0.0f;
    float steps = 255.0f / (1.0f - least);
    for (size_t i = 0; i < world->cells; i++) {
        float step = (value[i] - least) * steps + 0.5f;
        rgb[i] = alpha[i] != 0.0f ? views->map[step > 0.0f ? (int)step : 0] : 0;
    }
}

/* Ages, from 0 to the budget or, if that is infinite, to the oldest cell so far. */
static void paint_ages(const struct views *views, const struct world *world, struct key *key,
                       uint32_t *rgb) {
    uint64_t budget = world->model.budget;
    uint64_t most = budget == BUDGET_INFINITE ? views->oldest : budget;
    key->most = (double)most;
    for (size_t i = 0; i < world->cells; i++) {
        uint64_t age = world->ages[i] < most ? world->ages[i] : most;
        rgb[i] = age ? views->map[255 * age / most] : 0;
    }
}

static void paint_genomes(struct colours *colours, const struct world *world, uint32_t *rgb) {
    colours_update(colours, world);
    for (size_t i = 0; i < world->cells; i++)
        rgb[i] = colours->colour[world->slots[i]];
}

static void paint_genotypes(const struct world *world, uint32_t *rgb) {
    for (size_t i = 0; i < world->cells; i++)
        rgb[i] = colour_genotype(world->pool.serial[world->slots[i]]);
}

/* In the colours of nca-cnwa's plots. Cells without a genome belong to a species, too. */
static void paint_species(struct cnwa *species, const struct world *world, uint32_t *rgb) {
    cnwa_take(species, world);
    for (size_t i = 0; i < world->cells; i++)
        rgb[i] = distinct_colours[species->of_slot[world->slots[i]]];
}

/* The key has the founders of the largest clades. */
static void paint_clades(struct views *views, const struct world *world, struct key *key,
                         uint32_t *rgb) {
    const struct clades *c = &views->clades;
    uint64_t cells[KEY_CLADES];
    key->classes = 0;
    for (size_t k = 1; k <= c->count; k++) {
        uint32_t at = key->classes;
        if (!c->cells[k] || (at == KEY_CLADES && c->cells[k] <= cells[--at]))
            continue;
        for (key->classes = at + 1; at && cells[at - 1] < c->cells[k]; at--) {
            cells[at] = cells[at - 1];
            views->founder[at] = views->founder[at - 1];
        }
        cells[at] = c->cells[k];
        views->founder[at] = c->clade[k].serial;
    }
    for (uint32_t k = 0; k < key->classes; k++)
        views->founder_colour[k] = colour_clade(views->founder[k]);
    for (size_t i = 0; i < world->cells; i++)
        rgb[i] = colour_clade(c->clade[c->slot_clade[world->slots[i]]].serial);
}

void views_paint(struct views *views, const struct world *world, uint32_t panel, uint32_t *rgb) {
    switch (views->view[panel]) {
    case VIEW_AGES:
        paint_ages(views, world, &views->key[panel], rgb);
        break;
    case VIEW_GHC:
        paint_genomes(&views->ghc, world, rgb);
        break;
    case VIEW_RWSP:
        paint_genomes(&views->rwsp, world, rgb);
        break;
    case VIEW_GENOTYPES:
        paint_genotypes(world, rgb);
        break;
    case VIEW_CNWA:
        paint_species(views->species, world, rgb);
        break;
    case VIEW_CLADES:
        paint_clades(views, world, &views->key[panel], rgb);
        break;
    default:
        paint_channel(views, world, views->channel[panel], rgb);
    }
}
