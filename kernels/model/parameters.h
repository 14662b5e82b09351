/* SPDX-License-Identifier: MIT */
/* The model's parameters by name and as text, the same in a stream's header as on a command line.
 */
#ifndef NCA_PARAMETERS_H
#define NCA_PARAMETERS_H

#include "kernels/model/world.h"

/* Parameters are numbered from 0 in the order in which headers have them. */
enum { MODEL_PARAMETERS = 19 };

/* The name of a parameter. */
const char *parameter_key(int parameter);

/* The number of the parameter of this name, -1 if there is none. */
int parameter_find(const char *key);

/* Whether a header of this model has its line: not where it is cull-every and 1, nor where it is of
   a landscape and there is none. Those that matter in model_default are required. */
bool parameter_matters(const struct model *model, int parameter);

/* Its value in a model, as the text that parameter_set() reads back to the same bits. */
void parameter_text(const struct model *model, int parameter, char text[MAX_LANDSCAPE]);

/* Sets it from text. False: the text is not allowed, and why says what is. */
bool parameter_set(struct model *model, int parameter, const char *text, char why[256]);

/* Reads a whole decimal number. False: text is none, or not from min to max; why as above. */
bool parse_integer(uint64_t *value, const char *text, uint64_t min, uint64_t max, char why[256]);

/* The name of the first parameter in which the models differ, or NULL. */
const char *model_differs(const struct model *a, const struct model *b);

/* Whether width * height is within the limits; why as above. */
bool model_geometry(const struct model *model, char why[256]);

#endif
