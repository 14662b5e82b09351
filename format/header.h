/* The HEAD record: a stream's readable first page. Layout: format/STREAM.md. */
#ifndef NCA_HEADER_H
#define NCA_HEADER_H

#include "kernels/model/world.h"

#include <stdbool.h>

/* Sections a generation may carry; bits of a set. GENOMES stands for POOL, GENE and GIDS. BIRTHS,
   what GENE tells, is no section by itself, but may be all that is wanted of one. */
enum { GENOMES = 1, AGES = 2, STATE = 4, ALL_SECTIONS = 7, BIRTHS = 32 };

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

/* Reads one parameter of the model from text: as in a header, so on a command line. key is the
   name of the model document. Returns false, with why = what is allowed, if text is not. Unknown
   keys: false, and why is empty. */
bool model_set(struct model *model, const char *key, const char *text, char why[256]);

/* What a command line says of a model that comes from elsewhere: it waits until that is known.
   Starts as {0}; free(list) at the end. */
struct overrides {
    size_t count;
    struct override {
        const char *key, *text; /* the caller's */
    } * list;
};

/* Adds --key text. What model_set() does not take ends the program, status 2. */
void overrides_add(struct overrides *overrides, const char *key, const char *text);

/* Sets all of them in a model, in the order in which they were added. */
void overrides_apply(const struct overrides *overrides, struct model *model);

/* The key of a parameter in which the models differ, or NULL. */
const char *model_differs(const struct model *a, const struct model *b);

/* Whether width * height is within the limits; why as above. */
bool model_geometry(const struct model *model, char why[256]);

/* "state,ages,genomes" in any order -> a set of sections; 0 if text is not such a list. */
unsigned sections_parse(const char *text);

/* A set of sections as text, in the order of the records. */
const char *sections_text(unsigned sections);

#endif
