/* SPDX-License-Identifier: MIT */
/* Records, the units of a stream: a head of 48 bytes and a zstd frame. Layout: format/STREAM.md. */
#ifndef NCA_RECORD_H
#define NCA_RECORD_H

#include <stddef.h>
#include <stdint.h>

/* The kinds of record, in the order in which they may come. */
enum tag { TAG_HEAD, TAG_POOL, TAG_GENE, TAG_GIDS, TAG_AGES, TAG_STAT, TAG_DONE, TAGS };
extern const char tag_names[TAGS][5]; /* as in the file */

enum { RECORD_HEAD = 48, RECORD_MAGIC = 12 }; /* bytes */

/* The version of the stream: the first line of every HEAD, too. format/STREAM.md says what changes
   it. */
#define STREAM_VERSION "NCA1"

/* The first bytes of every record: a skippable frame of zstd of 40 bytes, and STREAM_VERSION. */
extern const uint8_t record_magic[RECORD_MAGIC + 1];

/* What kind of error it is: the bytes end too soon, are wrong, or could not be had or used. */
enum fault { NO_FAULT, TRUNCATED, DAMAGED, UNREADABLE };

/* Most genomes in one POOL or GENE record, for genomes of P parameters. */
static inline uint32_t genomes_per_record(size_t P) {
    return (uint32_t)((1u << 24) / (20 + 4 * P));
}

#endif
