/* SPDX-License-Identifier: MIT */
/* Reading and writing streams: format/STREAM.md is the layout, this is its C interface. */
#ifndef NCA_STREAM_H
#define NCA_STREAM_H

#include "common/thread_pool.h"
#include "format/header.h"
#include "format/record.h"
#include "kernels/model/world.h"

#include <stdbool.h>
#include <stdint.h>

/* Reading ----------------------------------------------------------------------------------- */

/* What a reader is to decode: a set of GENOMES, AGES and STATE, and of these. All else is checked
   against its hash and passed over. */
enum {
    WANT_ALPHA = 8,       /* instead of STATE: world.state has channel 0 alone */
    WANT_IF_PRESENT = 16, /* a section that the stream lacks is no error: its plane is NULL */
    WANT_BIRTHS = 32,     /* with GENOMES: births in generations that the stream leaves out, too */
    WANT_REPEATS = 64,    /* a generation that a part starts with, and the one before ended with */
    WANT_PARTS = 128,     /* each HEAD after the first */
    WANT_CHECK = 256,     /* ages, and genomes of a POOL midway, must follow from those before */
    WANT_MODEL = 512      /* to compute it: a minor version that is not known here is an error */
};

/* The sections that a stream needs to have for that. */
static inline unsigned sections_needed(unsigned wanted) {
    return (wanted & WANT_ALPHA ? wanted | STATE : wanted) & ALL_SECTIONS;
}

/* Where in a file something ends, and what its part holds up to there. */
struct place {
    uint64_t offset; /* bytes from the start of the file */
    uint64_t generations, records;
};

struct reader {
    struct header header;                               /* of the part being read */
    struct world world;                                 /* the last generation that was delivered */
    uint64_t generations;                               /* delivered so far */
    uint64_t parts;                                     /* HEADs read so far */
    struct place head_end, generation_end;              /* of the last HEAD, generation complete */
    uint64_t records[TAGS], bytes[TAGS], payload[TAGS]; /* read so far; bytes in the file */
    char error[512];         /* "" or what is wrong: file, record, place, cause */
    enum fault fault;        /* of which kind that is */
    struct reading *reading; /* private */
};

/* Opens the files (a NULL-terminated list, read one after the other; none, or "-", is standard
   input) and reads the first HEAD. Never NULL; look at error[0] before anything else. */
struct reader *reader_open(char **files, unsigned wanted);

enum read_result {
    READ_ERROR = -1,
    READ_END,        /* the stream ended as it should, or a signal came (common/signals.h) */
    READ_GENERATION, /* a generation is in world */
    READ_BIRTHS,     /* WANT_BIRTHS: births of a generation that the stream leaves out */
    READ_REPEAT,     /* WANT_REPEATS: the generation delivered last, as the next part has it */
    READ_PART        /* WANT_PARTS: header is that of another part */
};

/* Reads on to the next thing to deliver. After READ_END and READ_ERROR, world is still the last
   generation delivered if nothing came after it, and not to be relied on otherwise. With
   READ_BIRTHS, world.generation, births and pool are of the generation that writer_skip() left
   out, the planes still of the one delivered last. */
enum read_result reader_next(struct reader *reader);

/* After an error in the bytes of a stream: forgets it, and goes to the next place where reading can
   start, a HEAD, or a POOL of the part at hand (a STAT, where there is no other section), in this
   file or the next. The time grows in proportion to the files: where more than 16 broken records
   overlap, on average, what is within them is passed over, too. False: there is none, or the error
   was another. */
bool reader_salvage(struct reader *reader);

/* Prints the error, if there is one, frees all, and returns the exit status due: 0 or 1. */
int reader_close(struct reader *reader);

/* Writing ----------------------------------------------------------------------------------- */

struct writer; /* one part of a stream */

enum { LEVEL_MIN = -7, LEVEL_DEFAULT = 1, LEVEL_MAX = 19 };

/* Starts a part on a file descriptor with its HEAD. header.sections says what each generation
   will carry; level is zstd's. NULL: the write failed, see errno. */
struct writer *writer_open(int file, const struct header *header, int level);

/* Continues a part at the end of a file. It has so many generations and records, HEAD among them,
   and its last generation is this world. */
struct writer *writer_resume(int file, const struct header *header, int level,
                             const struct world *world, uint64_t generations, uint64_t records);

/* From now on records are compressed and written by idle threads of this pool, in the same order;
   at most 16 MB wait, or one record. Failures are reported by later calls. The pool must outlive
   the writer. */
void writer_thread_pool(struct writer *writer, struct thread_pool *workers);

/* Writes one generation: the first with its genome pool, later ones with the births since the one
   before, and in keyframes, as header.keyframe says, with both. The world must have the sections.
   False: the write failed, see errno. */
bool writer_generation(struct writer *writer, const struct world *world);

/* Leaves out a generation, but not its births: they will be written before the next generation, or,
   if they are larger than a quarter of a pool, be replaced by a POOL there. */
void writer_skip(struct writer *writer, const struct world *world);

/* The births since the generation written last are not known: the next one will start with its
   genome pool instead. */
void writer_forget(struct writer *writer);

/* Writes a generation if header.every, which is not 0, or last says so, else leaves it out. False:
   the write failed, see errno. */
bool writer_next(struct writer *writer, const struct world *world, bool last);

/* What writer_next() looks at in that generation: the sections of a world, or BIRTHS; 0: nothing,
   as the births of generations left out no longer matter once a POOL takes their place. */
unsigned writer_needs(const struct writer *writer, uint64_t generation, bool last);

/* Waits until all records are written. False: a write failed, see errno. */
bool writer_wait(struct writer *writer);

/* Generations and records in this part so far, with those that it had before writer_resume(). */
void writer_counts(const struct writer *writer, uint64_t *generations, uint64_t *records);

/* Writes DONE and frees the writer; the file stays open. False: the write failed, see errno. */
bool writer_close(struct writer *writer);

/* The same without DONE: readers will find the stream truncated. */
bool writer_leave(struct writer *writer);

#endif
