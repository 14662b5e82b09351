/* SPDX-License-Identifier: MIT */
/* gnuplot commands that draw measures, as struct table's plot. */
#ifndef NCA_MEASURE_PLOTS_H
#define NCA_MEASURE_PLOTS_H

/* A format for plot_cell_types: eleven types in colours, and marked by their decimals, as
   neighbours are alike in colour and often in number. A type that never occurs has no line. */
extern const char ctfp_marked_plot[];
/* A format for the number of types + 1, plot_cell_types, the last type, twice: for many types a
   scale of colours. */
extern const char ctfp_scale_plot[];

extern const char ghc_plot[], census_plot[];

#endif
