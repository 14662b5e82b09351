/* SPDX-License-Identifier: MIT */
#include "common/escape.h"

#include "common/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The length of the UTF-8 character at c; 0 if it is none, or a control character. */
static size_t printable(const unsigned char *c) {
    if (*c < 0x80)
        return *c >= ' ' && *c != 0x7f;
    size_t length = *c >= 0xf0 ? 4 : *c >= 0xe0 ? 3 : 2;
    uint32_t code = *c & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((c[i] & 0xc0) != 0x80) /* ends at the null byte, too */
            return 0;
        code = code << 6 | (c[i] & 0x3f);
    }
    /* C1 ends at U+009F; smaller codes have a shorter form, which alone is valid */
    static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000};
    bool good =
        *c >= 0xc2 && *c <= 0xf4 && code >= least[length] && code <= 0x10ffff && code >> 11 != 0x1b;
    return good ? length : 0;
}

size_t escape_text(char *to, size_t size, const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    size_t at = 0;
    while (*c) {
        size_t length = printable(c), needed = length ? length : ESCAPED;
        if (at + needed >= size)
            break;
        if (length)
            memcpy(to + at, c, length);
        else
            snprintf(to + at, ESCAPED + 1, "\\x%02x", *c);
        at += needed;
        c += length ? length : 1;
    }
    to[at] = '\0';
    return at;
}

void print_json(FILE *to, const char *text) {
    size_t size = ESCAPED * strlen(text) + 1;
    char *plain = allocate(size, 1, "text");
    escape_text(plain, size, text);
    putc('"', to);
    for (const char *c = plain; *c; c++)
        if (strchr("\"\\<>&'", *c))
            fprintf(to, "\\u%04x", *c);
        else
            putc(*c, to);
    putc('"', to);
    free(plain);
}

/* gnuplot takes single-quoted text literally, but without line breaks or, in places, quotes. In
   double-quoted text it runs what stands between backquotes. */
void print_gnuplot_file(FILE *to, const char *name) {
    bool plain = !strchr(name, '\'');
    for (const char *c = name; *c; c++)
        plain = plain && (unsigned char)*c >= ' ' && *c != 0x7f;
    fputs(plain ? "'" : "\"", to);
    if (*name && strchr("|<~", *name))
        fputs("./", to);
    for (const char *c = name; *c; c++) {
        bool special = (unsigned char)*c < ' ' || strchr("\"\\`\177", *c);
        fprintf(to, special && !plain ? "\\%03o" : "%c", (unsigned char)*c);
    }
    fputs(plain ? "'" : "\"", to);
}
