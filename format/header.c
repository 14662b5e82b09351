/* SPDX-License-Identifier: MIT */
#include "format/header.h"

#include "common/err.h"
#include "format/record.h"
#include "kernels/model/parameters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool header_imported(const struct header *header) {
    bool imported = false;
    for (const char *line = header->history; line && *line; line = strchr(line, '\n') + 1)
        if (!strncmp(line, "nca-import ", 11) || !strncmp(line, "nca-step ", 9))
            imported = line[4] == 'i';
    return imported;
}

void header_remedy(char text[128], const struct header *header, unsigned needs) {
    if (header_imported(header))
        snprintf(text, 128, "more was not imported");
    else
        snprintf(text, 128, "make it again with nca-step --sections %s",
                 sections_text(header->sections | needs));
}

/* Text that grows by lines. */
struct lines {
    char *text; /* "" or ends in newline */
    size_t length, capacity;
};

static void append(struct lines *lines, const char *prefix, const char *line, size_t length) {
    size_t before = strlen(prefix), after = lines->length + before + length + 1;
    lines->text = grow(lines->text, &lines->capacity, after + 1, 1, "header");
    memcpy(lines->text + lines->length, prefix, before);
    memcpy(lines->text + lines->length + before, line, length);
    memcpy(lines->text + after - 1, "\n", 2);
    lines->length = after;
}

void header_add_history(struct header *header, const char *line) {
    size_t length = header->history ? strlen(header->history) : 0;
    struct lines lines = {header->history, length, header->history ? length + 1 : 0};
    append(&lines, "", line, strlen(line));
    header->history = lines.text;
}

/* The number under this key that says how a part was written, or NULL. */
static uint64_t *layout(struct header *header, const char *key) {
    return !strcmp(key, "every")      ? &header->every
           : !strcmp(key, "keyframe") ? &header->keyframe
                                      : NULL;
}

/* One "key value" line; value may hold spaces. */
static bool parse_line(struct header *header, struct lines *others, struct lines *history,
                       char *line, unsigned *seen, char why[256]) {
    char *space = strchr(line, ' '), reason[256];
    if (!space || space == line)
        return explain(why, "'%.60s': not 'key value'", line);
    if (!strncmp(line, "history ", 8)) {
        append(history, "", space + 1, strlen(space + 1));
        return true;
    }
    *space = '\0';
    if (!strcmp(line, "sections")) {
        header->sections = sections_parse(space + 1);
        return header->sections ||
               explain(why, "sections '%.60s': not a list of genomes, ages, state", space + 1);
    }
    uint64_t *number = layout(header, line);
    int parameter = parameter_find(line);
    if (number || parameter >= 0) {
        bool good = number ? parse_integer(number, space + 1, 1, UINT32_MAX, reason)
                           : parameter_set(&header->model, parameter, space + 1, reason);
        *seen |= parameter >= 0 ? 1u << parameter : 0;
        return good || explain(why, "%s '%.60s': %.120s", line, space + 1, reason);
    }
    *space = ' ';
    append(others, "", line, strlen(line));
    return true;
}

/* The minor version that has all parameters which matter in this model. */
static uint32_t model_minor(const struct model *model) {
    return model->cull_every != 1;
}

/* Reads the first line, NCA1 or NCA1.MINOR. */
static bool parse_version(struct header *header, const char *line, char why[256]) {
    uint64_t minor = 0;
    bool later = !strncmp(line, STREAM_VERSION ".", sizeof STREAM_VERSION) &&
                 line[sizeof STREAM_VERSION] != '0' &&
                 parse_integer(&minor, line + sizeof STREAM_VERSION, 1, UINT32_MAX, why);
    if (!later && strcmp(line, STREAM_VERSION))
        return explain(why, "first line is not '" STREAM_VERSION "'");
    header->minor = (uint32_t)minor;
    return true;
}

/* Whether all lines are there that the model needs. */
static bool complete(const struct header *header, unsigned seen, char why[256]) {
    for (int i = 0; i < MODEL_PARAMETERS; i++)
        if (!(seen & 1u << i) && parameter_matters(&model_default, i))
            return explain(why, "no line '%s'", parameter_key(i));
    if (!header->sections)
        return explain(why, "no line 'sections'");
    uint32_t minor = model_minor(&header->model);
    if (header->minor < minor)
        return explain(
            why, "cull-every: needs a first line '" STREAM_VERSION ".%" PRIu32 "' or later", minor);
    return model_geometry(&header->model, why);
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
        good = explain(why, "not lines of text");
    for (char *line = copy; good && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        good = line == copy ? parse_version(header, line, why)
                            : parse_line(header, &others, &history, line, &seen, why);
    }
    header->others = others.text;
    header->history = history.text;
    good = good && complete(header, seen, why);
    free(copy);
    if (!good)
        header_free(header);
    return good;
}

static void append_number(struct lines *lines, const char *prefix, uint64_t number) {
    char text[32];
    append(lines, prefix, text, (size_t)snprintf(text, sizeof text, "%" PRIu64, number));
}

char *header_text(const struct header *header) {
    struct lines lines = {allocate(1, 1, "header"), 0, 1};
    uint32_t minor = header->minor > HEADER_MINOR ? header->minor : model_minor(&header->model);
    if (minor)
        append_number(&lines, STREAM_VERSION ".", minor);
    else
        append(&lines, "", STREAM_VERSION, strlen(STREAM_VERSION));
    for (int i = 0; i < MODEL_PARAMETERS; i++) {
        char key[32], value[MAX_LANDSCAPE];
        if (!parameter_matters(&header->model, i))
            continue;
        snprintf(key, sizeof key, "%s ", parameter_key(i));
        parameter_text(&header->model, i, value);
        append(&lines, key, value, strlen(value));
    }
    const char *names = sections_text(header->sections);
    append(&lines, "sections ", names, strlen(names));
    if (header->every)
        append_number(&lines, "every ", header->every);
    if (header->keyframe)
        append_number(&lines, "keyframe ", header->keyframe);
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

bool header_same_model(const struct header *a, const struct header *b) {
    bool known = a->minor <= HEADER_MINOR && b->minor <= HEADER_MINOR;
    return !model_differs(&a->model, &b->model) &&
           (known || (a->minor == b->minor && !strcmp(a->others, b->others)));
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
