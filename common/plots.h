/* SPDX-License-Identifier: MIT */
/* gnuplot commands that the programs print, from pipelines/settings.gp, display.gp and palette.gp.
 */
#ifndef NCA_PLOTS_H
#define NCA_PLOTS_H

extern const char plot_settings[]; /* first: undo the user's settings */
extern const char plot_display[];  /* set gnuplot's own terminal; text has the size in text_size */
extern const char plot_cell_types[]; /* set the palette of cell types */

#endif
