/* SPDX-License-Identifier: MIT */
/* Views of a world: the colour of each cell, and what the colours mean. */
#ifndef NCA_VIEWS_H
#define NCA_VIEWS_H

#include "bin-src/measure.h"
#include "common/sheet.h"
#include "kernels/measures/clades.h"
#include "kernels/measures/colours.h"
#include "kernels/measures/cnwa.h"

enum view {
    VIEW_CHANNELS,
    VIEW_ALPHA,
    VIEW_AGES,
    VIEW_GHC,
    VIEW_RWSP,
    VIEW_GENOTYPES,
    VIEW_CNWA,
    VIEW_CLADES,
    VIEWS
};

enum { KEY_CLADES = 12 }; /* the largest ones, which the key of clades has */
enum { MAX_VIEWS = 16, MAX_PANELS = MAX_VIEWS * MAX_CHANNELS };

struct views {
    const uint32_t *map; /* [256] of channels and ages, set by the caller */
    unsigned count;      /* views that were chosen */
    int chosen[MAX_VIEWS];
    unsigned needs;  /* the sections that they need, as reader_open() takes them */
    uint32_t panels; /* a view of channels has one for each */
    char title[MAX_PANELS][TITLE];
    struct key key[MAX_PANELS];

    enum view view[MAX_PANELS]; /* the rest is private */
    uint32_t channel[MAX_PANELS];
    uint32_t oldest; /* the greatest age so far; at least 16, so that colours settle early */
    struct colours ghc, rwsp;
    struct cnwa *species;
    struct clades clades;
    uint64_t founder[KEY_CLADES];
    uint32_t founder_colour[KEY_CLADES];
    bool begun; /* a generation came */
};

/* Chooses the views of a list. Wrong usage ends the program, status 2. */
void views_choose(struct views *views, const char *list);

/* Sets panels, titles and keys, these with the longest labels that they can have. views_free()
   frees what the views hold. */
void views_open(struct views *views, const struct choices *choices, const struct world *world);
void views_free(struct views *views);

/* To be called for each generation, whether it is drawn or not, before views_paint(); also, with
   in_stream false, for those of which the stream has the births alone. False: views_error() says
   what is wrong with the stream. */
bool views_take(struct views *views, const struct world *world, bool in_stream);
const char *views_error(const struct views *views);

/* The colours of a panel's cells, 0xRRGGBB: rgb[N]. Sets its key. */
void views_paint(struct views *views, const struct world *world, uint32_t panel, uint32_t *rgb);

#endif
