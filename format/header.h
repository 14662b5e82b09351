/* The HEAD record: a stream's readable first page. Layout: format/STREAM.md. */
#ifndef NCA_HEADER_H
#define NCA_HEADER_H

#include "kernels/model/world.h"

#include <stdbool.h>

#define MAX_HEADER_BYTES (1u << 20)

struct header {
    struct model model;
    unsigned sections;
    uint64_t every;    /* besides the first and the last, only its multiples; 0: not known */
    uint64_t keyframe; /* a POOL at least every so many generations; 0: at the start alone */
    char *others;      /* lines with keys unknown here, kept and passed on; "" or ends in newline */
    char *history;     /* "name version arguments" lines, oldest first, likewise */
};

/* Whether text, of length bytes, is lines, each of which ends in a newline, without NUL. */
bool text_is_lines(const char *text, size_t length);

/* Reads the text of a HEAD record, of length bytes. On success returns true, and header owns its
   strings (header_free()). Else returns false, and why names the line at fault and the range
   allowed. */
bool header_parse(struct header *header, const char *text, size_t length, char why[256]);

/* The text of a HEAD record; owned by the caller. Ends the program (status 1) if history has
   outgrown MAX_HEADER_BYTES. */
char *header_text(const struct header *header);

/* Appends one line to the history. */
void header_add_history(struct header *header, const char *line);

/* Makes to, whose strings it does not free, a copy of from. */
void header_copy(struct header *to, const struct header *from);

void header_free(struct header *header);

/* "state,ages,genomes" in any order -> a set of sections; 0 if text is not such a list. */
unsigned sections_parse(const char *text);

/* A set of sections as text, in the order of the records. */
const char *sections_text(unsigned sections);

#endif
