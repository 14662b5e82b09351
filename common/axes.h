/* SPDX-License-Identifier: MIT */
/* What a sheet (sheet.h) has around its panels where axes are wanted, drawn in pixels. */
#ifndef NCA_AXES_H
#define NCA_AXES_H

struct sheet;

/* Draws the numbers of rows and columns, and the classes of keys. */
void axes_draw(struct sheet *sheet);

/* Draws the bars of keys, whose numbers may change from picture to picture. */
void axes_bars(struct sheet *sheet);

#endif
