/* From the payloads of sections to a world. A stream may be hostile: nothing is accepted that the
   rule could not have made. */
#ifndef NCA_SECTION_DECODER_H
#define NCA_SECTION_DECODER_H

#include "format/record_reader.h"
#include "kernels/model/world.h"

struct section_decoder {
    struct record_reader *records; /* the caller's: where payloads and errors go through */
    unsigned wanted;               /* as reader_open() has it */
    unsigned sections;             /* of this part, those wanted */
    bool follows;     /* the world is known as the part has it at the generation before, last: */
    uint64_t last;    /* the last generation that was complete */
    bool pooled;      /* this generation has brought a POOL */
    bool with_births; /* and a GENE */
    uint32_t pool_slot, birth_slot; /* last slots in its POOL and GENE records */
    uint64_t next_serial;           /* of the next birth that GENE records may have */
    uint8_t *marks;                 /* [mark_capacity] by slot: LISTED, CARRIED, KNOWN */
    size_t mark_capacity;
    uint32_t *ages; /* [N] with WANT_CHECK: those of generation last */
};

/* For all sections that are wanted. Ends as it began, with all zero, by free(marks), free(ages). */
void section_decoder_start(struct section_decoder *d, struct record_reader *records,
                           unsigned wanted);
void section_decoder_end(struct section_decoder *d);

/* A part begins, of this model and with these sections: the world becomes one of this size, with
   the planes of sections that it does not have freed. */
void section_begin_part(struct section_decoder *d, struct world *world, const struct model *model,
                        unsigned sections);

/* What the world holds says nothing of the generation that comes next. */
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
