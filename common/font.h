/* SPDX-License-Identifier: MIT */
/* A bitmap font for captions. */
#ifndef NCA_FONT_H
#define NCA_FONT_H

#include <stdint.h>

enum { FONT_WIDTH = 6, FONT_HEIGHT = 13, FONT_FIRST = ' ', FONT_LETTERS = '~' - ' ' + 1 };

/* Rows from the top, their leftmost pixel in bit 7. [letter - FONT_FIRST][row] */
extern const uint8_t font[FONT_LETTERS][FONT_HEIGHT];

#endif
