/* A reader's files as records, and what it knows of the part at hand. Used by the reader's files
   alone: source.c, sections.c and reader.c. */
#ifndef NCA_RECORD_READER_H
#define NCA_RECORD_READER_H

#include "common/err.h"
#include "format/stream.h"

#include <xxhash.h>
#include <zstd.h>

struct source {
    char **files; /* those still to come */
    char *standard_input[2];
    int file;                       /* open descriptor, -1 before the first and after the last */
    bool ended;                     /* there is no more of it than is to be read again */
    const char *name;               /* as messages give it */
    uint64_t offset, start, record; /* bytes read of it, where this record starts, its number */
    unsigned wanted;
    ZSTD_DCtx *zstd;
    XXH64_state_t *hash;
    uint8_t head[RECORD_HEAD], *frame, *payload;
    size_t frame_room, payload_room, payload_size, frame_size;
    size_t head_have, frame_have;         /* bytes of the record at hand that were read */
    uint8_t *back;                        /* [back_room]; up to back_size bytes to read again: */
    size_t back_at, back_size, back_room; /* from back_at on */
    uint64_t fresh, again; /* bytes of all files read so far, and of records that were read again */
    enum tag tag;
    uint64_t generation;

    bool good;     /* the record at hand has been read whole, and its hash is right */
    bool tried;    /* and reader_salvage() has started from it */
    bool held;     /* and not been taken yet */
    bool salvaged; /* some of this part is missing */
    bool in_part;  /* between HEAD and DONE */
    bool first;    /* no generation of this part is complete */
    bool has_pool; /* the pool is good before this generation */
    bool pooled;   /* this generation has brought a POOL */
    uint8_t *mark; /* [mark_room] by slot: LISTED, CARRIED */
    size_t mark_room;
    uint64_t next_serial;           /* of the next birth that GENE records may tell of */
    bool with_births;               /* this generation has brought a GENE */
    uint32_t birth_slot;            /* last slot in this generation's GENE records */
    uint64_t births_size, left_out; /* payload of these, and of those of generations left out */
    bool base_empty;                /* its planes are differences from 0, not from the one before */
    uint32_t *ages; /* [N] with CHECK: those of the generation ages_of, in this part */
    uint64_t ages_of;
    uint32_t pool_slot; /* last slot in this generation's POOL records */
    enum tag stage;     /* of the last record of this generation, HEAD if none has come */
    uint64_t part_generations, part_records; /* to compare with DONE */
    bool any;                                /* a generation was delivered: */
    uint64_t last;                           /* the last that was */
};

/* Marks of slots: in this generation's POOL; carried by a cell when the last one ended; with CHECK,
   in the POOL the genome that was carried before or is born. */
enum { LISTED = 1, CARRIED = 2, KNOWN = 4 };

/* The source of a reader of these files; none, or "-", is standard input. Ends the program where
   there is no memory. */
struct source *source_new(char **files, unsigned wanted);
void source_free(struct source *source);

/* Opens the next file. 1: done, 0: there is none, -1: it cannot be opened. */
int source_next_file(struct reader *r);

/* Reads the next record, head and frame, and checks all that can be checked without decompressing
   it. 1: there it is; 0: the last file has ended before one; -1: error, or a signal. */
int source_record(struct reader *r);

/* Decompresses the first size bytes of the payload at hand. 1 or -1. */
int source_payload(struct reader *r, size_t size);

/* After a fault: passes over the record at hand if its hash is right, else over its first byte and
   on to what looks like a record. The time that all this takes grows in proportion to the files. */
void source_skip(struct reader *r);

/* Notes what is wrong, and returns -1: with the record at hand, and where that is; likewise with
   one whose head is good, by name; with the file. */
int fail_at(struct reader *r, const char *format, ...) NCA_PRINTF(2, 3);
int fail_in(struct reader *r, const char *format, ...) NCA_PRINTF(2, 3);
int fail_file(struct reader *r, enum fault fault, const char *format, ...) NCA_PRINTF(3, 4);

#endif
