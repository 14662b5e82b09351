/* SPDX-License-Identifier: MIT */
#include "format/npy.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[6] = {'\x93', 'N', 'U', 'M', 'P', 'Y'};
enum { PREAMBLE = 10, ALIGNMENT = 64, ROWS_DIGITS = 21 };

size_t npy_row(const struct npy *npy) {
    size_t bytes = (size_t)(npy->type[2] - '0');
    for (int d = 1; d < npy->dimensions; d++)
        if (__builtin_mul_overflow(bytes, npy->shape[d], &bytes))
            return 0;
    return bytes;
}

const char *npy_shape(const struct npy *npy, char text[128]) {
    size_t at = (size_t)snprintf(text, 128, "(");
    for (int d = 0; d < npy->dimensions; d++)
        at += (size_t)snprintf(text + at, 128 - at, "%s%" PRIu64, d ? ", " : "", npy->shape[d]);
    snprintf(text + at, 128 - at, npy->dimensions == 1 ? ",)" : ")");
    return text;
}

size_t npy_header(const struct npy *npy, char text[NPY_TEXT]) {
    char shape[128], rows[32];
    int digits = snprintf(rows, sizeof rows, "%" PRIu64, npy->shape[0]);
    int length = PREAMBLE + snprintf(text + PREAMBLE, NPY_TEXT - PREAMBLE,
                                     "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                                     npy->type, npy_shape(npy, shape));
    /* numpy leaves blanks so that the number of rows can grow */
    int end = length + ROWS_DIGITS - digits + 1;
    end += ALIGNMENT - 1 - (end - 1) % ALIGNMENT;
    memset(text + length, ' ', (size_t)(end - length));
    text[end - 1] = '\n';
    memcpy(text, magic, sizeof magic);
    text[6] = 1;
    text[7] = 0;
    text[8] = (char)((end - PREAMBLE) & 0xff);
    text[9] = (char)((end - PREAMBLE) >> 8);
    return (size_t)end;
}

/* The header is a Python literal; this reads as much of the language as numpy ever wrote. */
struct text {
    const char *at, *end;
};

static void skip_space(struct text *t) {
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\t'))
        t->at++;
}

static bool take(struct text *t, const char *word) {
    size_t length = strlen(word);
    skip_space(t);
    bool is = (size_t)(t->end - t->at) >= length && !memcmp(t->at, word, length);
    t->at += is ? length : 0;
    return is;
}

/* A string in quotes, without escapes; cut to the capacity of value. */
static bool take_string(struct text *t, char *value, size_t capacity) {
    const char *quote = take(t, "'") ? "'" : take(t, "\"") ? "\"" : NULL;
    size_t length = 0;
    if (!quote)
        return false;
    for (; t->at < t->end && *t->at != *quote && *t->at != '\\'; t->at++)
        if (length < capacity - 1)
            value[length++] = *t->at;
    value[length] = '\0';
    return take(t, quote);
}

static bool take_number(struct text *t, uint64_t *value) {
    bool any = false, fits = true;
    skip_space(t);
    for (*value = 0; t->at < t->end && *t->at >= '0' && *t->at <= '9'; t->at++, any = true)
        fits = fits && !__builtin_mul_overflow(*value, (uint64_t)10, value) &&
               !__builtin_add_overflow(*value, (uint64_t)(*t->at - '0'), value);
    take(t, "L"); /* of Python 2 */
    return any && fits;
}

static bool take_shape(struct text *t, struct npy *npy) {
    uint64_t size;
    if (!take(t, "("))
        return false;
    for (npy->dimensions = 0; !take(t, ")"); npy->dimensions++) {
        if (!take_number(t, &size))
            return false;
        if (npy->dimensions < NPY_DIMENSIONS)
            npy->shape[npy->dimensions] = size;
        if (!take(t, ","))
            return npy->dimensions++, take(t, ")");
    }
    return true;
}

/* What is wrong with the text of a header, or NULL. */
static const char *parse_text(struct npy *npy, struct text *t) {
    static const char damaged[] = "damaged: its header is none that numpy writes";
    char key[16];
    bool fortran = false, type = false, order = false, shape = false;
    if (!take(t, "{"))
        return damaged;
    while (!take(t, "}")) {
        if (!take_string(t, key, sizeof key) || !take(t, ":"))
            return damaged;
        if (!strcmp(key, "descr")) {
            if (take(t, "["))
                return "an array of records, not of plain numbers";
            type = take_string(t, npy->type, sizeof npy->type);
        } else if (!strcmp(key, "fortran_order"))
            order = (fortran = take(t, "True")) || take(t, "False");
        else if (!strcmp(key, "shape"))
            shape = take_shape(t, npy);
        if (!take(t, ",") && (skip_space(t), t->at == t->end || *t->at != '}'))
            return damaged;
    }
    if (!type || !order || !shape)
        return damaged;
    if (npy->dimensions > NPY_DIMENSIONS)
        return "more than 4 dimensions";
    return fortran ? "in Fortran order; numpy.ascontiguousarray() gives C order" : NULL;
}

size_t npy_parse(struct npy *npy, const uint8_t *bytes, size_t length, char why[256]) {
    memset(npy, 0, sizeof *npy);
    *why = '\0';
    if (length < sizeof magic || memcmp(bytes, magic, sizeof magic))
        snprintf(why, 256, "%s", length ? "not a .npy file" : "empty");
    else if (length >= 8 && (bytes[6] < 1 || bytes[6] > 3 || bytes[7]))
        snprintf(why, 256, "version %u.%u of .npy, not 1.0 to 3.0", bytes[6], bytes[7]);
    if (*why)
        return 0;
    size_t start = length >= 8 && bytes[6] > 1 ? PREAMBLE + 2 : PREAMBLE, size = 0;
    for (size_t i = start; length >= start && i-- > 8;)
        size = size << 8 | bytes[i];
    if (size > NPY_MAX_TEXT - start)
        snprintf(why, 256, "a header of %zu bytes, more than %zu", size, NPY_MAX_TEXT - start);
    else if (length < start || length - start < size)
        snprintf(why, 256, "truncated: %zu bytes, less than its header", length);
    if (*why)
        return 0;
    struct text text = {(const char *)bytes + start, (const char *)bytes + start + size};
    const char *wrong = parse_text(npy, &text);
    snprintf(why, 256, "%s", wrong ? wrong : "");
    return wrong ? 0 : start + size;
}

/* Whether the header is of the wanted type, and of so many bytes of data. */
static bool fits(const struct npy *npy, const char *type, size_t size, char why[256]) {
    size_t bytes;
    char shape[128];
    if (strcmp(npy->type, type)) {
        const char *remark = !strcmp(npy->type, "|O") ? " (Python objects)"
                             : npy->type[0] == '>'    ? " (big-endian)"
                                                      : "";
        snprintf(why, 256, "of type '%s'%s, '%s' is needed", npy->type, remark, type);
        return false;
    }
    if (!npy->dimensions) {
        snprintf(why, 256, "a single number");
        return false;
    }
    bool good = !__builtin_mul_overflow(npy_row(npy), npy->shape[0], &bytes);
    for (int d = 0; d < npy->dimensions; d++)
        good = good && (npy->shape[d] || !size); /* a row larger than size_t is 0, too */
    if (!good || bytes != size)
        snprintf(why, 256, "%s: %zu bytes of data do not make the shape %s",
                 good && size > bytes ? "too long" : "truncated", size, npy_shape(npy, shape));
    return good && bytes == size;
}

const uint8_t *npy_map(struct npy_map *map, struct npy *npy, int directory, const char *name,
                       const char *type, char why[256]) {
    struct stat status;
    memset(map, 0, sizeof *map);
    int file = openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    *why = '\0';
    if (file < 0 && errno == ENOENT)
        return NULL;
    bool opened = file >= 0 && !fstat(file, &status);
    if (opened && !S_ISREG(status.st_mode))
        snprintf(why, 256, "not a regular file");
    else if (opened && status.st_size) {
        void *start = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        opened = start != MAP_FAILED;
        if (opened)
            *map = (struct npy_map){start, (size_t)status.st_size};
    }
    if (!opened)
        snprintf(why, 256, "%s", strerror(errno));
    if (file >= 0)
        close(file);
    size_t start = *why ? 0 : npy_parse(npy, map->start, map->size, why);
    if (start && fits(npy, type, map->size - start, why))
        return (const uint8_t *)map->start + start;
    npy_unmap(map);
    return NULL;
}

void npy_unmap(struct npy_map *map) {
    if (map->start)
        munmap(map->start, map->size);
    map->start = NULL;
}
