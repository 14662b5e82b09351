/* SPDX-License-Identifier: MIT */
/* Numbers as text. */
#ifndef NCA_NUMBER_H
#define NCA_NUMBER_H

/* Writes a number to text with the fewest digits that read back as the same number ("nan" for every
   NaN); returns text. */
const char *float_text(char text[32], float value);
const char *double_text(char text[32], double value);

#endif
