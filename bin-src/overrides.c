/* SPDX-License-Identifier: MIT */
#include "bin-src/overrides.h"

#include "common/err.h"
#include "kernels/model/parameters.h"

void overrides_add(struct overrides *overrides, const char *key, const char *text) {
    struct model any = model_default;
    int parameter = parameter_find(key);
    char why[256];
    if (!parameter_set(&any, parameter, text, why))
        die(EXIT_USAGE, "--%s: %s: %s", key, text, why);
    size_t n = overrides->count++;
    overrides->list =
        grow(overrides->list, &overrides->capacity, n + 1, sizeof *overrides->list, "arguments");
    overrides->list[n] = (struct override){parameter, text};
}

void overrides_apply(const struct overrides *overrides, struct model *model) {
    char why[256];
    for (size_t i = 0; i < overrides->count; i++)
        parameter_set(model, overrides->list[i].parameter, overrides->list[i].text, why);
}
