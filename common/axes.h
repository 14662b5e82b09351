/* SPDX-License-Identifier: MIT */
/* What a sheet (sheet.h) has around its panels where axes are wanted, drawn in pixels. */
#ifndef NCA_AXES_H
#define NCA_AXES_H

struct sheet;

/* Draws the numbers of rows and columns, and the classes of keys that stay the same. */
void axes_draw(struct sheet *sheet);

/* Draws what may change from picture to picture: the bars of keys, and other classes. */
void axes_keys(struct sheet *sheet);

#endif
