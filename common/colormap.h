/* Colour maps. magma and viridis are by Nathaniel J. Smith, Stefan van der Walt and Eric Firing,
   who gave them to the public domain (CC0). */
#ifndef NCA_COLORMAP_H
#define NCA_COLORMAP_H

#include <stdint.h>

enum colormap { MAGMA, VIRIDIS, GRAY, COLORMAPS };
extern const char *const colormap_names[COLORMAPS];

/* From the smallest value to the largest, 0xRRGGBB. */
extern const uint32_t colormaps[COLORMAPS][256];

/* For categories: lines of plots, species. Colour-blind readers can distinguish the first seven,
   and all of them as well as so many can be: Wong, "Points of view: color blindness", Nature
   Methods 8, 2011, reordered, with gray for yellow and black; each of the others is as far as
   possible from those before it in Oklab, also as people with protanopia and deuteranopia see it
   (Machado, Oliveira and Fernandes, IEEE TVCG 15, 2009). */
enum { DISTINCT = 32 };
extern const uint32_t distinct_colours[DISTINCT];

#endif
