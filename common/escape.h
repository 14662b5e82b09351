/* Text from elsewhere - names, headers, arguments -, made harmless for what it is written to. */
#ifndef NCA_ESCAPE_H
#define NCA_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

enum { ESCAPED = 4 }; /* bytes that a byte becomes at most */

/* For people: one line of UTF-8 that no terminal obeys. Control characters (C0, DEL and C1) and
   bytes that are not UTF-8 become \xHH, byte by byte; the rest stays as it is. Writes to[size],
   with a null byte at the end, and leaves out what does not fit; returns the length. */
size_t escape_text(char *to, size_t size, const char *text);

/* For gnuplot: prints a string, quotes and all, that names this file and nothing else: neither a
   command to be run, as names that begin with | or < do, nor a home directory, as those with ~. */
void print_gnuplot_file(FILE *to, const char *name);

#endif
