/* SPDX-License-Identifier: MIT */
/* The HEAD record: a stream's readable first page. Layout: format/STREAM.md. */
#ifndef NCA_HEADER_H
#define NCA_HEADER_H

#include "kernels/model/world.h"

#include <stdbool.h>

#define MAX_HEADER_BYTES (1u << 20)

/* The minor version of the format that is known here. Streams of later ones can be read, but their
   model may have parameters that are among others. */
#define HEADER_MINOR 1

struct header {
    struct model model;
    uint32_t minor; /* version as read; a later one than HEADER_MINOR is passed on */
    unsigned sections;
    uint64_t every;    /* generations are multiples of it, but for first and last; 0: unknown */
    uint64_t keyframe; /* a POOL at least every so many generations; 0: only at the start */
    char *others;      /* lines with unknown keys, to be passed on; "" or ends in newline */
    char *history;     /* lines of "name version arguments", oldest first; "" or ends in newline */
};

/* Whether text of length bytes is lines that each end in a newline, without NUL. */
bool text_is_lines(const char *text, size_t length);

/* Reads the text of a HEAD record, of length bytes. True: header owns its strings (header_free()).
   False: why names the bad line and what is allowed. */
bool header_parse(struct header *header, const char *text, size_t length, char why[256]);

/* The text of a HEAD record; owned by the caller. Ends the program (status 1) if history has
   outgrown MAX_HEADER_BYTES. */
char *header_text(const struct header *header);

/* Whether both have the same model, as far as it is known here, and what is not known is the same.
 */
bool header_same_model(const struct header *a, const struct header *b);

/* Appends one line to the history. */
void header_add_history(struct header *header, const char *line);

/* Makes to a copy of from; strings that to had are not freed. */
void header_copy(struct header *to, const struct header *from);

void header_free(struct header *header);

/* "state,ages,genomes" in any order -> a set of sections; 0 if text is not such a list. */
unsigned sections_parse(const char *text);

/* A set of sections as text, in the order of the records. */
const char *sections_text(unsigned sections);

/* Whether the generations of a part come from another program: in its history nca-import stands
   after any nca-step. */
bool header_imported(const struct header *header);

/* For messages: how to get a part that has these sections, too. */
void header_remedy(char text[128], const struct header *header, unsigned needs);

#endif
