/* SPDX-License-Identifier: MIT */
/* Command-line overrides of model parameters, applied once the model has been read. */
#ifndef NCA_OVERRIDES_H
#define NCA_OVERRIDES_H

#include "kernels/model/world.h"

/* Starts as {0}; free(list) at the end. */
struct overrides {
    size_t count, capacity;
    struct override {
        int parameter;    /* its number (kernels/model/parameters.h) */
        const char *text; /* the caller's */
    } * list;
};

/* Adds --key text; key names a parameter. Ends the program, status 2, if the text is not a value
   that the parameter can have. */
void overrides_add(struct overrides *overrides, const char *key, const char *text);

/* Sets all of them in a model, in the order in which they were added. */
void overrides_apply(const struct overrides *overrides, struct model *model);

#endif
