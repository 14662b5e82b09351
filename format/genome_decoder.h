/* SPDX-License-Identifier: MIT */
/* From the payloads of POOL and GENE to the pool of a world. Used by the section decoder alone. */
#ifndef NCA_GENOME_DECODER_H
#define NCA_GENOME_DECODER_H

#include "format/section_decoder.h"

/* Marks of slots: in this generation's POOL; carried by a cell when the last one ended; with
   WANT_CHECK, in the POOL the genome that was carried before or is born. */
enum { LISTED = 1, CARRIED = 2, KNOWN = 4 };

/* Makes sure that the pool and the marks have this slot. */
void reserve_slot(struct section_decoder *d, struct pool *pool, uint32_t slot);

/* Decode a record into the pool, and births into their list. False: an error is noted. */
bool decode_pool(struct section_decoder *d, struct world *world, const struct record *record);
bool decode_births(struct section_decoder *d, struct world *world, const struct record *record);

#endif
