/* SPDX-License-Identifier: MIT */
#include "kernels/model/parameters.h"

#include "common/err.h"
#include "common/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How each parameter is written, and what it may be. */
enum kind { INTEGER32, INTEGER64, INTEGER64_OR_WORD, FLOAT32, FLOAT64, NAME, TEXT };
static const struct parameter {
    const char *key;
    enum kind kind;
    size_t offset;
    double min, max;  /* of numbers; max 0: as large as the type */
    const char *word; /* INTEGER64_OR_WORD: what UINT64_MAX is called */
    const char *const *names;
    int count; /* NAME: the choices */
} parameters[] = {
#define FIELD(name) offsetof(struct model, name)
    {"width", INTEGER32, FIELD(width), 1, MAX_CELLS, NULL, NULL, 0},
    {"height", INTEGER32, FIELD(height), 1, MAX_CELLS, NULL, NULL, 0},
    {"channels", INTEGER32, FIELD(channels), 1, MAX_CHANNELS, NULL, NULL, 0},
    {"init", FLOAT64, FIELD(init), 0, 1, NULL, NULL, 0},
    {"ppp", FLOAT32, FIELD(ppp), 0, 1, NULL, NULL, 0},
    {"ip", FLOAT32, FIELD(ip), 0, 1, NULL, NULL, 0},
    {"budget", INTEGER64_OR_WORD, FIELD(budget), 0, 4294967295.0, "inf", NULL, 0},
    {"alpha", FLOAT32, FIELD(alpha), 0, 1, NULL, NULL, 0},
    {"activation", NAME, FIELD(activation), 0, 0, NULL, activation_names, TANH + 1},
    {"hidden", NAME, FIELD(hidden), 0, 0, NULL, activation_names, ACTIVATIONS},
    {"cull", FLOAT32, FIELD(cull), 0, 1, NULL, NULL, 0},
    {"cull-from", INTEGER64, FIELD(cull_from), 0, 0, NULL, NULL, 0},
    {"cull-until", INTEGER64_OR_WORD, FIELD(cull_until), 0, 0, "never", NULL, 0},
    {"cull-every", INTEGER32, FIELD(cull_every), 1, 4294967295.0, NULL, NULL, 0},
    {"schedule", NAME, FIELD(schedule), 0, 0, NULL, schedule_names, SCHEDULES},
    {"seed", INTEGER64, FIELD(seed), 0, 0, NULL, NULL, 0},
    {"landscape", TEXT, FIELD(landscape), 0, 0, NULL, NULL, 0},
    {"landscape-on", NAME, FIELD(landscape_on), 0, 0, NULL, target_names, TARGETS},
    {"landscape-sum", INTEGER64, FIELD(landscape_sum), 0, 0, NULL, NULL, 0},
#undef FIELD
};
_Static_assert(sizeof parameters / sizeof *parameters == MODEL_PARAMETERS, "as many as declared");

const char *parameter_key(int parameter) {
    return parameters[parameter].key;
}

int parameter_find(const char *key) {
    for (int i = 0; i < MODEL_PARAMETERS; i++)
        if (!strcmp(key, parameters[i].key))
            return i;
    return -1;
}

bool parameter_matters(const struct model *model, int parameter) {
    size_t offset = parameters[parameter].offset;
    return offset == offsetof(struct model, cull_every)  ? model->cull_every != 1
           : offset >= offsetof(struct model, landscape) ? strcmp(model->landscape, "none")
                                                         : true;
}

void parameter_text(const struct model *model, int parameter, char text[MAX_LANDSCAPE]) {
    const struct parameter *p = &parameters[parameter];
    const void *field = (const char *)model + p->offset;
    if (p->kind == NAME)
        snprintf(text, MAX_LANDSCAPE, "%s", p->names[*(const int *)field]);
    else if (p->kind == TEXT)
        snprintf(text, MAX_LANDSCAPE, "%s", (const char *)field);
    else if (p->kind == INTEGER32)
        snprintf(text, MAX_LANDSCAPE, "%" PRIu32, *(const uint32_t *)field);
    else if (p->kind == FLOAT32)
        float_text(text, *(const float *)field);
    else if (p->kind == FLOAT64)
        double_text(text, *(const double *)field);
    else if (p->kind == INTEGER64_OR_WORD && *(const uint64_t *)field == UINT64_MAX)
        snprintf(text, MAX_LANDSCAPE, "%s", p->word);
    else
        snprintf(text, MAX_LANDSCAPE, "%" PRIu64, *(const uint64_t *)field);
}

bool parse_integer(uint64_t *value, const char *text, uint64_t min, uint64_t max, char why[256]) {
    char *end;
    errno = 0;
    *value = strtoull(text, &end, 10); /* which takes white space and signs, too */
    if (text[0] < '0' || text[0] > '9' || *end || errno || *value < min || *value > max)
        return explain(why, "not a whole number from %" PRIu64 " to %" PRIu64, min, max);
    return true;
}

static bool set_integer(const struct parameter *p, void *field, const char *text, char why[256]) {
    uint64_t min = (uint64_t)p->min, max = p->max > 0 ? (uint64_t)p->max : UINT64_MAX, value;
    if (p->word && !strcmp(text, p->word))
        value = UINT64_MAX;
    else if (!parse_integer(&value, text, min, max, why)) {
        size_t length = strlen(why);
        if (p->word)
            snprintf(why + length, 256 - length, " or %s", p->word);
        return false;
    }
    if (p->kind == INTEGER32)
        *(uint32_t *)field = (uint32_t)value;
    else
        *(uint64_t *)field = value;
    return true;
}

static bool set_float(const struct parameter *p, void *field, const char *text, char why[256]) {
    char *end;
    double value = strtod(text, &end);
    /* strtod() takes white space, hexadecimal and words too; here numbers are decimal */
    if (end == text || *end || text[strspn(text, "+-.0123456789eE")] ||
        !(value >= p->min && value <= p->max))
        return explain(why, "not a number from %g to %g", p->min, p->max);
    if (p->kind == FLOAT32)
        *(float *)field = strtof(text, NULL) + 0.0f; /* -0 becomes 0 */
    else
        *(double *)field = value + 0.0;
    return true;
}

static bool set_name(const struct parameter *p, int *field, const char *text, char why[256]) {
    for (int i = 0; i < p->count; i++)
        if (!strcmp(text, p->names[i])) {
            *field = i;
            return true;
        }
    explain(why, "not one of");
    for (int i = 0; i < p->count; i++)
        snprintf(why + strlen(why), 256 - strlen(why), "%s %s", i ? "," : "", p->names[i]);
    return false;
}

static bool set_text(char *field, const char *text, char why[256]) {
    if (strlen(text) >= MAX_LANDSCAPE || strchr(text, '\n'))
        return explain(why, "not one line of at most %d bytes", MAX_LANDSCAPE - 1);
    strcpy(field, text);
    return true;
}

bool parameter_set(struct model *model, int parameter, const char *text, char why[256]) {
    const struct parameter *p = &parameters[parameter];
    void *field = (char *)model + p->offset;
    switch (p->kind) {
    case FLOAT32:
    case FLOAT64:
        return set_float(p, field, text, why);
    case NAME:
        return set_name(p, field, text, why);
    case TEXT:
        return set_text(field, text, why);
    default:
        return set_integer(p, field, text, why);
    }
}

const char *model_differs(const struct model *a, const struct model *b) {
    static const size_t sizes[] = {[INTEGER32] = 4, [INTEGER64] = 8, [INTEGER64_OR_WORD] = 8,
                                   [FLOAT32] = 4,   [FLOAT64] = 8,   [NAME] = sizeof(int)};
    for (const struct parameter *p = parameters; p < parameters + MODEL_PARAMETERS; p++) {
        const char *x = (const char *)a + p->offset, *y = (const char *)b + p->offset;
        if (p->kind == TEXT ? strcmp(x, y) : memcmp(x, y, sizes[p->kind]))
            return p->key;
    }
    return NULL;
}

bool model_geometry(const struct model *model, char why[256]) {
    if (!model->width || !model->height || (uint64_t)model->width * model->height > MAX_CELLS)
        return explain(why, "width %" PRIu32 ", height %" PRIu32 ": not from 1 to %u cells",
                       model->width, model->height, MAX_CELLS);
    return true;
}
