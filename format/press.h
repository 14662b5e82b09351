/* From payloads to records in a file: compressed, hashed, and written in the order in which they
   are given, by the threads of a crew if wished; the bytes are the same. Used by the writer. */
#ifndef NCA_PRESS_H
#define NCA_PRESS_H

#include "common/crew.h"
#include "format/stream.h"

enum { MOST_CUTS = 192 };

struct payload {
    uint8_t *bytes, *at;   /* where it begins, and where it ends so far */
    size_t cut[MOST_CUTS]; /* where zstd is to begin a new block: between planes of bytes */
    int cuts;
};

struct press;

/* For a file descriptor, with zstd's level. Alone (NULL, or a crew of one) the caller's thread does
   the work when it is given; else it is a task of the crew's, whose others do it when they have
   nothing else to do, and the caller when it would have to wait. What waits comes to 16 MB at most,
   or to one payload if that is larger. The crew is to outlive the press. */
struct press *press_new(int file, int level, struct crew *crew);

/* An empty payload with room for most bytes; may wait for work to be done. The next call is
   press_record() with it. */
struct payload *press_payload(struct press *press, size_t most);

/* Makes a record of it, to be written now, or held in memory until press_held(). False: a record
   could not be written, this one or one before; errno says why, and no more are. */
bool press_record(struct press *press, struct payload *payload, enum tag tag, uint64_t generation,
                  bool hold);

/* Writes the records that are held, or forgets them. False: as above. */
bool press_held(struct press *press, bool write);

/* Waits until all is written. False: as above. */
bool press_wait(struct press *press);

/* Waits until all is written and frees the press; the file stays open. False: as above. */
bool press_free(struct press *press);

#endif
