/* What the records of a generation tell of the world. Used by the reader alone. */
#ifndef NCA_SECTION_DECODER_H
#define NCA_SECTION_DECODER_H

#include "format/stream.h"

/* A generation with genomes begins: slots that no cell carried at the end of the last are free. */
void free_slots(struct reader *r);

/* Takes the record at hand, a POOL, GENE, GIDS, AGES or STAT whose turn it is, into r->world, which
   gets memory for a plane when it first comes. 1, or -1: it is not what could come. */
int take_pool(struct reader *r);
int take_births(struct reader *r);
int take_slots(struct reader *r);
int take_ages(struct reader *r);
int take_state(struct reader *r);

#endif
