/* SPDX-License-Identifier: MIT */
/* Untrusted text (names, headers, arguments) made safe for where it is printed. */
#ifndef NCA_ESCAPE_H
#define NCA_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

enum { ESCAPED = 4 }; /* the most bytes that one byte becomes */

/* For people: one line of UTF-8 without control sequences. Control characters (C0, DEL and C1) and
   bytes that are not UTF-8 become \xHH, byte by byte; the rest is copied. Writes to[size] with a
   null byte at the end, and omits what does not fit; returns the length. */
size_t escape_text(char *to, size_t size, const char *text);

/* For JSON inside a page: prints text as a string, with control characters as escape_text() has
   them. No character of it can end the page's element, or begin another. */
void print_json(FILE *to, const char *text);

/* For gnuplot: prints the name of a file as a quoted string. Names that begin with |, < or ~, which
   gnuplot would take for a command or a home directory, get ./ before them. */
void print_gnuplot_file(FILE *to, const char *name);

#endif
