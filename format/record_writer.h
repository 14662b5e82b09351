/* SPDX-License-Identifier: MIT */
/* From payloads to records in a file: compressed, hashed, and written in the order in which they
   are given, by the threads of a pool if there is one; the bytes are the same. */
#ifndef NCA_RECORD_WRITER_H
#define NCA_RECORD_WRITER_H

#include "common/thread_pool.h"
#include "format/record.h"

#include <stdbool.h>

enum { MAX_CUTS = 192 };

struct payload {
    uint8_t *bytes, *at;  /* where it begins, and where it ends so far */
    size_t cut[MAX_CUTS]; /* where zstd must begin a new block: between planes of bytes */
    int cuts;
};

struct record_writer;

/* A writer of records to a file descriptor, at a level of zstd. Without a pool (NULL, or one
   thread) each call does its work itself; with one it is a background task of idle workers, and of
   the caller when it would have to wait. At most 16 MB wait, or one payload if that is larger. The
   pool must outlive the writer. */
struct record_writer *record_writer_new(int file, int level, struct thread_pool *pool);

/* An empty payload with a capacity of most bytes; may wait for work to be done. The next call must
   be record_writer_add() with it. */
struct payload *record_writer_payload(struct record_writer *out, size_t most);

/* Makes a record of it, to be written now, or held in memory until record_writer_release(). False:
   a record could not be written, this one or one before; errno says why, and no more are. */
bool record_writer_add(struct record_writer *out, struct payload *payload, enum tag tag,
                       uint64_t generation, bool hold);

/* Writes the records that are held, or drops them. False: as above. */
bool record_writer_release(struct record_writer *out, bool write);

/* Waits until all is written. False: as above. */
bool record_writer_wait(struct record_writer *out);

/* Waits until all is written and frees the writer; the file stays open. False: as above. */
bool record_writer_free(struct record_writer *out);

#endif
