/* SPDX-License-Identifier: MIT */
/* Colour maps. magma and viridis are by Nathaniel J. Smith, Stefan van der Walt and Eric Firing,
   who gave them to the public domain (CC0). */
#ifndef NCA_COLORMAP_H
#define NCA_COLORMAP_H

#include <stdint.h>

enum colormap { MAGMA, VIRIDIS, GRAY, COLORMAPS };
extern const char *const colormap_names[COLORMAPS];

/* From the least value to the most, 0xRRGGBB. */
extern const uint32_t colormaps[COLORMAPS][256];

/* For what has no order: lines of plots, species. Defined in pipelines/palette.gp. */
enum { DISTINCT = 32 };
extern const uint32_t distinct_colours[DISTINCT];

#endif
