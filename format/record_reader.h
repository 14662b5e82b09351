/* SPDX-License-Identifier: MIT */
/* The records of files, one after the other, each checked before it is handed up. Which record may
   come when, and what it means, is for the caller. */
#ifndef NCA_RECORD_READER_H
#define NCA_RECORD_READER_H

#include "common/err.h"
#include "format/record.h"

#include <stdbool.h>

struct record {
    enum tag tag;
    uint64_t generation;
    size_t payload_size, file_size; /* bytes: decompressed; in the file, with its head */
    const uint8_t *payload;         /* as many bytes as record_payload() has decompressed */
    uint64_t number, start, end;    /* in its file: from 1 on; byte of its start, and behind it */
};

struct record_reader;

/* A reader of these files (a NULL-terminated list; none, or "-", is standard input). Ends the
   program if memory runs out. */
struct record_reader *record_reader_new(char **files);
void record_reader_free(struct record_reader *records);

/* Sets the most bytes that payloads of sections, POOL to STAT, may have; before that, none of them
   can come. */
void record_reader_limit(struct record_reader *records, const uint64_t limits[TAGS]);

enum record_result { RECORD_ERROR = -1, RECORD_END, RECORD_FOUND };

/* Reads the next record, and checks all that can be checked without decompressing it. In a part,
   records of unknown kinds are passed over; between parts, one file may end and the next go on.
   RECORD_FOUND: *record is the record at hand, valid until the next call. RECORD_END: the file has
   ended before another record; outside a part, the last file. RECORD_ERROR: an error, or a signal
   (common/signals.h). */
enum record_result record_next(struct record_reader *records, bool in_part,
                               const struct record **record);

/* Decompresses the first size bytes of the payload of the record at hand. False: an error. */
bool record_payload(struct record_reader *records, size_t size);

/* Whether the record at hand has been read whole, and its hash is right. */
bool record_is_good(const struct record_reader *records);

/* After an error in the bytes of a file: forgets it, and passes over the record at hand if that is
   good, else over its first byte and on to what looks like a record. The time that this takes, call
   after call, grows in proportion to the files. False: there is no more to read, or a new error. */
bool record_skip(struct record_reader *records);

/* Forgets an error. */
void record_reader_forget(struct record_reader *records);

/* What is wrong, and of which kind that is; "" and NO_FAULT if nothing is. */
const char *record_reader_error(const struct record_reader *records);
enum fault record_reader_fault(const struct record_reader *records);

/* These note an error and return false. The message names the record at hand and its place; the
   same, its tag and generation, and the bytes are wrong; the file alone. */
bool fail_record(struct record_reader *records, enum fault fault, const char *format, ...)
    NCA_PRINTF(3, 4);
bool fail_section(struct record_reader *records, const char *format, ...) NCA_PRINTF(2, 3);
bool fail_file(struct record_reader *records, enum fault fault, const char *format, ...)
    NCA_PRINTF(3, 4);

#endif
