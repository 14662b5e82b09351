/* SPDX-License-Identifier: MIT */
/* From the payloads of sections to a world. A stream may be hostile: nothing is accepted that the
   rule could not have made. */
#ifndef NCA_SECTION_DECODER_H
#define NCA_SECTION_DECODER_H

#include "format/record_reader.h"
#include "kernels/model/world.h"

struct section_decoder {
    struct record_reader *records;  /* the caller's, for payloads and errors */
    unsigned wanted;                /* as given to reader_open() */
    unsigned sections;              /* those of them that this part has */
    bool follows;                   /* generation last is of this part: the next one builds on it */
    uint64_t last;                  /* the last complete generation, of any part */
    bool pooled, with_births;       /* this generation has brought a POOL, a GENE */
    uint32_t pool_slot, birth_slot; /* last slots in its POOL and GENE records */
    uint64_t next_serial;           /* of the next birth in a GENE */
    uint8_t *marks;                 /* [mark_capacity] by slot: LISTED, CARRIED, KNOWN */
    uint8_t *carried;               /* [mark_capacity] CARRIED by a cell of this generation, or 0 */
    size_t mark_capacity;
    uint32_t *ages; /* [N] with WANT_CHECK: those of generation last */
};

void section_decoder_start(struct section_decoder *d, struct record_reader *records,
                           unsigned wanted);

/* Frees what the decoder holds; not its reader of records. */
void section_decoder_end(struct section_decoder *d);

/* A part begins, of this model and with these sections: sets size and limits, and frees planes that
   the part does not have. */
void section_begin_part(struct section_decoder *d, struct world *world, const struct model *model,
                        unsigned sections);

/* Generations are missing: the next one must not depend on what world holds. */
void section_forget(struct section_decoder *d);

/* A generation begins; slots that no cell carried at the end of the last are free. */
void section_begin_generation(struct section_decoder *d, struct world *world);

/* The births of a generation begin; those before are of one that is left out of the stream. */
void section_begin_births(struct section_decoder *d, struct world *world);

/* Whether planes are differences from those of the generation before, not from 0. */
static inline bool section_is_difference(const struct section_decoder *d) {
    return d->follows && !d->pooled;
}

/* Decodes a section whose turn it is into world, which gets memory for a plane when it first comes.
   False: it is not what could come, and an error is noted. */
bool section_decode(struct section_decoder *d, struct world *world, const struct record *record);

/* The generation is complete. */
void section_end_generation(struct section_decoder *d, uint64_t generation);

#endif
