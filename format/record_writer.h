/* From payloads to records in a file: compressed, hashed, and written in the order in which they
   are given, by the threads of a workers if wished; the bytes are the same. Used by the writer. */
#ifndef NCA_RECORD_WRITER_H
#define NCA_RECORD_WRITER_H

#include "common/thread_pool.h"
#include "format/record.h"

#include <stdbool.h>

enum { MAX_CUTS = 192 };

struct payload {
    uint8_t *bytes, *at;  /* where it begins, and where it ends so far */
    size_t cut[MAX_CUTS]; /* where zstd is to begin a new block: between planes of bytes */
    int cuts;
};

struct record_writer;

/* For a file descriptor, with zstd's level. Alone (NULL, or a workers of one) the caller's thread
   does the work when it is given; else it is a task of the workers's, whose others do it when they
   have nothing else to do, and the caller when it would have to wait. What waits comes to 16 MB at
   most, or to one payload if that is larger. The workers is to outlive the press. */
struct record_writer *record_writer_new(int file, int level, struct thread_pool *pool);

/* An empty payload with room for most bytes; may wait for work to be done. The next call is
   record_writer_add() with it. */
struct payload *record_writer_payload(struct record_writer *press, size_t most);

/* Makes a record of it, to be written now, or held in memory until record_writer_release(). False:
   a record could not be written, this one or one before; errno says why, and no more are. */
bool record_writer_add(struct record_writer *press, struct payload *payload, enum tag tag,
                       uint64_t generation, bool hold);

/* Writes the records that are held, or forgets them. False: as above. */
bool record_writer_release(struct record_writer *press, bool write);

/* Waits until all is written. False: as above. */
bool record_writer_wait(struct record_writer *press);

/* Waits until all is written and frees the press; the file stays open. False: as above. */
bool record_writer_free(struct record_writer *press);

#endif
