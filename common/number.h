/* Numbers as text. */
#ifndef NCA_NUMBER_H
#define NCA_NUMBER_H

/* The fewest digits that read back as the same number, in text, which is returned; "nan" for each
   NaN. */
const char *float_text(char text[32], float value);
const char *double_text(char text[32], double value);

#endif
