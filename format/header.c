#include "format/header.h"

#include "common/err.h"
#include "common/number.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How each parameter is written, and what it may be. */
enum kind { WHOLE32, WHOLE64, WHOLE64_OR_WORD, REAL32, REAL64, NAME, TEXT };
static const struct parameter {
    const char *key;
    enum kind kind;
    size_t offset;
    double least, most; /* of numbers; whole ones beyond 2^53 only by type */
    const char *word;   /* WHOLE64_OR_WORD: what UINT64_MAX is called */
    const char *const *names;
    int count; /* NAME: the choices */
} parameters[] = {
#define FIELD(name) offsetof(struct model, name)
    {"width", WHOLE32, FIELD(width), 1, MAX_CELLS, NULL, NULL, 0},
    {"height", WHOLE32, FIELD(height), 1, MAX_CELLS, NULL, NULL, 0},
    {"channels", WHOLE32, FIELD(channels), 1, MAX_CHANNELS, NULL, NULL, 0},
    {"init", REAL64, FIELD(init), 0, 1, NULL, NULL, 0},
    {"ppp", REAL32, FIELD(ppp), 0, 1, NULL, NULL, 0},
    {"ip", REAL32, FIELD(ip), 0, 1, NULL, NULL, 0},
    {"budget", WHOLE64_OR_WORD, FIELD(budget), 0, 4294967295.0, "inf", NULL, 0},
    {"alpha", REAL32, FIELD(alpha), 0, 1, NULL, NULL, 0},
    {"activation", NAME, FIELD(activation), 0, 0, NULL, activation_names, TANH + 1},
    {"hidden", NAME, FIELD(hidden), 0, 0, NULL, activation_names, ACTIVATIONS},
    {"cull", REAL32, FIELD(cull), 0, 1, NULL, NULL, 0},
    {"cull-from", WHOLE64, FIELD(cull_from), 0, 0, NULL, NULL, 0},
    {"cull-until", WHOLE64_OR_WORD, FIELD(cull_until), 0, 0, "never", NULL, 0},
    {"schedule", NAME, FIELD(schedule), 0, 0, NULL, schedule_names, SCHEDULES},
    {"seed", WHOLE64, FIELD(seed), 0, 0, NULL, NULL, 0},
    /* these may be left out, and are where there is no landscape */
    {"landscape", TEXT, FIELD(landscape), 0, 0, NULL, NULL, 0},
    {"landscape-on", NAME, FIELD(landscape_on), 0, 0, NULL, target_names, TARGETS},
    {"landscape-sum", WHOLE64, FIELD(landscape_sum), 0, 0, NULL, NULL, 0},
#undef FIELD
};
enum { PARAMETERS = sizeof parameters / sizeof *parameters, REQUIRED = PARAMETERS - 3 };

/* How the part was written; not of the model. */
static const struct parameter layout[] = {
    {"every", WHOLE64, offsetof(struct header, every), 1, UINT32_MAX, NULL, NULL, 0},
    {"keyframe", WHOLE64, offsetof(struct header, keyframe), 1, UINT32_MAX, NULL, NULL, 0},
};
enum { LAYOUT = sizeof layout / sizeof *layout };

static bool refuse(char why[256], const char *format, ...) NCA_PRINTF(2, 3);
static bool refuse(char why[256], const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(why, 256, format, list);
    va_end(list);
    return false;
}

static bool set_whole(const struct parameter *p, void *field, const char *text, char why[256]) {
    uint64_t most = p->most > 0 ? (uint64_t)p->most : UINT64_MAX, least = (uint64_t)p->least, value;
    char *end;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (p->kind == WHOLE64_OR_WORD && !strcmp(text, p->word))
        value = UINT64_MAX;
    else if (text[0] < '0' || text[0] > '9' || *end || errno || value < least || value > most)
        return refuse(why, "not a whole number from %" PRIu64 " to %" PRIu64 "%s%s", least, most,
                      p->word ? " or " : "", p->word ? p->word : "");
    if (p->kind == WHOLE32)
        *(uint32_t *)field = (uint32_t)value;
    else
        *(uint64_t *)field = value;
    return true;
}

static bool set_real(const struct parameter *p, void *field, const char *text, char why[256]) {
    char *end;
    double value = strtod(text, &end);
    /* strtod() takes white space, hexadecimal and words too; here numbers are decimal */
    if (end == text || *end || text[strspn(text, "+-.0123456789eE")] ||
        !(value >= p->least && value <= p->most))
        return refuse(why, "not a number from %g to %g", p->least, p->most);
    if (p->kind == REAL32)
        *(float *)field = strtof(text, NULL) + 0.0f; /* -0 becomes 0 */
    else
        *(double *)field = value + 0.0;
    return true;
}

static bool set_text(char *field, const char *text, char why[256]) {
    if (strlen(text) >= MAX_LANDSCAPE || strchr(text, '\n'))
        return refuse(why, "not one line of at most %d bytes", MAX_LANDSCAPE - 1);
    strcpy(field, text);
    return true;
}

bool model_set(struct model *model, const char *key, const char *text, char why[256]) {
    *why = '\0';
    for (const struct parameter *p = parameters; p < parameters + PARAMETERS; p++) {
        if (strcmp(key, p->key))
            continue;
        void *field = (char *)model + p->offset;
        if (p->kind == REAL32 || p->kind == REAL64)
            return set_real(p, field, text, why);
        if (p->kind == TEXT)
            return set_text(field, text, why);
        if (p->kind != NAME)
            return set_whole(p, field, text, why);
        for (int i = 0; i < p->count; i++)
            if (!strcmp(text, p->names[i])) {
                *(int *)field = i;
                return true;
            }
        refuse(why, "not one of");
        for (int i = 0; i < p->count; i++)
            snprintf(why + strlen(why), 256 - strlen(why), "%s %s", i ? "," : "", p->names[i]);
        return false;
    }
    return false;
}

void overrides_add(struct overrides *overrides, const char *key, const char *text) {
    struct model any = model_default;
    char why[256];
    if (!model_set(&any, key, text, why))
        die(EXIT_USAGE, "--%s: %s: %s", key, text, why);
    size_t n = overrides->count++;
    overrides->list = reallocate(overrides->list, n + 1, sizeof *overrides->list, "arguments");
    overrides->list[n] = (struct override){key, text};
}

void overrides_apply(const struct overrides *overrides, struct model *model) {
    char why[256];
    for (size_t i = 0; i < overrides->count; i++)
        model_set(model, overrides->list[i].key, overrides->list[i].text, why);
}

const char *model_differs(const struct model *a, const struct model *b) {
    static const size_t sizes[] = {[WHOLE32] = 4, [WHOLE64] = 8, [WHOLE64_OR_WORD] = 8,
                                   [REAL32] = 4,  [REAL64] = 8,  [NAME] = sizeof(int)};
    for (const struct parameter *p = parameters; p < parameters + PARAMETERS; p++) {
        const char *x = (const char *)a + p->offset, *y = (const char *)b + p->offset;
        if (p->kind == TEXT ? strcmp(x, y) : memcmp(x, y, sizes[p->kind]))
            return p->key;
    }
    return NULL;
}

bool model_geometry(const struct model *model, char why[256]) {
    if (!model->width || !model->height || (uint64_t)model->width * model->height > MAX_CELLS)
        return refuse(why, "width %" PRIu32 ", height %" PRIu32 ": not from 1 to %u cells",
                      model->width, model->height, MAX_CELLS);
    return true;
}

static const struct {
    const char *name;
    unsigned bit;
} sections[] = {{"genomes", GENOMES}, {"ages", AGES}, {"state", STATE}};

unsigned sections_parse(const char *text) {
    unsigned set = 0;
    while (*text) {
        size_t length = strcspn(text, ",");
        unsigned bit = 0;
        for (int i = 0; i < 3; i++)
            if (strlen(sections[i].name) == length && !memcmp(text, sections[i].name, length))
                bit = sections[i].bit;
        if (!bit || set & bit)
            return 0;
        set |= bit;
        text += length;
        if (*text == ',' && !*++text)
            return 0;
    }
    return set;
}

const char *sections_text(unsigned set) {
    static const char *const texts[] = {
        "nothing", "genomes",       "ages",       "genomes,ages",
        "state",   "genomes,state", "ages,state", "genomes,ages,state"};
    return texts[set & ALL_SECTIONS];
}

/* Text that grows by lines. */
struct lines {
    char *text; /* "" or ends in newline */
    size_t length, room;
};

static void append(struct lines *lines, const char *prefix, const char *line, size_t length) {
    size_t before = strlen(prefix), after = lines->length + before + length + 1;
    if (after >= lines->room)
        lines->text = reallocate(lines->text, lines->room = after + after / 2 + 1, 1, "header");
    memcpy(lines->text + lines->length, prefix, before);
    memcpy(lines->text + lines->length + before, line, length);
    memcpy(lines->text + after - 1, "\n", 2);
    lines->length = after;
}

void header_add_history(struct header *header, const char *line) {
    struct lines lines = {header->history, header->history ? strlen(header->history) : 0, 0};
    append(&lines, "", line, strlen(line));
    header->history = lines.text;
}

/* One "key value" line; value may hold spaces. */
static bool parse_line(struct header *header, struct lines *others, struct lines *history,
                       char *line, unsigned *seen, char why[256]) {
    char *space = strchr(line, ' '), reason[256];
    if (!space || space == line)
        return refuse(why, "'%.60s': not 'key value'", line);
    if (!strncmp(line, "history ", 8)) {
        append(history, "", space + 1, strlen(space + 1));
        return true;
    }
    *space = '\0';
    if (!strcmp(line, "sections")) {
        header->sections = sections_parse(space + 1);
        return header->sections
                   ? true
                   : refuse(why, "sections '%.60s': not a list of genomes, ages, state", space + 1);
    }
    for (const struct parameter *p = layout; p < layout + LAYOUT; p++)
        if (!strcmp(line, p->key))
            return set_whole(p, (char *)header + p->offset, space + 1, reason)
                       ? true
                       : refuse(why, "%s '%.60s': %.120s", line, space + 1, reason);
    if (model_set(&header->model, line, space + 1, reason)) {
        for (int i = 0; i < PARAMETERS; i++)
            if (!strcmp(line, parameters[i].key))
                *seen |= 1u << i;
        return true;
    }
    if (*reason)
        return refuse(why, "%s '%.60s': %.120s", line, space + 1, reason);
    *space = ' ';
    append(others, "", line, strlen(line));
    return true;
}

bool text_is_lines(const char *text, size_t length) {
    return length && text[length - 1] == '\n' && !memchr(text, '\0', length);
}

bool header_parse(struct header *header, const char *text, size_t length, char why[256]) {
    char *copy = allocate(length + 1, 1, "header"), *end;
    unsigned seen = 0;
    bool good = true;
    memset(header, 0, sizeof *header);
    header->model = model_default;
    struct lines others = {allocate(1, 1, "header"), 0, 1};
    struct lines history = {allocate(1, 1, "header"), 0, 1};
    if (length) /* text of no length may be NULL */
        memcpy(copy, text, length);
    if (!text_is_lines(text, length))
        good = refuse(why, "not lines of text");
    else if (strncmp(copy, "NCA1\n", 5))
        good = refuse(why, "first line is not 'NCA1'");
    else
        for (char *line = copy + 5; good && (end = strchr(line, '\n')); line = end + 1) {
            *end = '\0';
            good = parse_line(header, &others, &history, line, &seen, why);
        }
    header->others = others.text;
    header->history = history.text;
    for (int i = 0; good && i < REQUIRED; i++)
        if (!(seen & 1u << i))
            good = refuse(why, "no line '%s'", parameters[i].key);
    if (good && !header->sections)
        good = refuse(why, "no line 'sections'");
    if (good)
        good = model_geometry(&header->model, why);
    free(copy);
    if (!good)
        header_free(header);
    return good;
}

static void append_parameter(struct lines *lines, const struct parameter *p, const void *base) {
    const void *field = (const char *)base + p->offset;
    char line[MAX_LANDSCAPE + 32], value[MAX_LANDSCAPE];
    if (p->kind == NAME)
        snprintf(value, sizeof value, "%s", p->names[*(const int *)field]);
    else if (p->kind == TEXT)
        snprintf(value, sizeof value, "%s", (const char *)field);
    else if (p->kind == WHOLE32)
        snprintf(value, sizeof value, "%" PRIu32, *(const uint32_t *)field);
    else if (p->kind == REAL32)
        float_text(value, *(const float *)field);
    else if (p->kind == REAL64)
        double_text(value, *(const double *)field);
    else if (p->kind == WHOLE64_OR_WORD && *(const uint64_t *)field == UINT64_MAX)
        snprintf(value, sizeof value, "%s", p->word);
    else
        snprintf(value, sizeof value, "%" PRIu64, *(const uint64_t *)field);
    int length = snprintf(line, sizeof line, "%s %s", p->key, value);
    append(lines, "", line, (size_t)length);
}

char *header_text(const struct header *header) {
    struct lines lines = {NULL, 0, 0};
    append(&lines, "", "NCA1", 4);
    int count = strcmp(header->model.landscape, "none") ? PARAMETERS : REQUIRED;
    for (const struct parameter *p = parameters; p < parameters + count; p++)
        append_parameter(&lines, p, &header->model);
    const char *names = sections_text(header->sections);
    append(&lines, "sections ", names, strlen(names));
    if (header->every)
        append_parameter(&lines, layout, header);
    if (header->keyframe)
        append_parameter(&lines, layout + 1, header);
    if (header->others && *header->others)
        append(&lines, "", header->others, strlen(header->others) - 1);
    for (const char *at = header->history; at && *at;) {
        size_t length = strcspn(at, "\n");
        append(&lines, "history ", at, length);
        at += length + (at[length] == '\n');
    }
    if (lines.length > MAX_HEADER_BYTES)
        die(EXIT_FAILED, "header: more than %u bytes of history", MAX_HEADER_BYTES);
    return lines.text;
}

static char *copy_text(const char *text) {
    size_t size = strlen(text) + 1;
    return memcpy(allocate(size, 1, "header"), text, size);
}

void header_copy(struct header *to, const struct header *from) {
    *to = *from;
    to->others = copy_text(from->others);
    to->history = copy_text(from->history);
}

void header_free(struct header *header) {
    free(header->others);
    free(header->history);
    header->others = header->history = NULL;
}
