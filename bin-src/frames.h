/* SPDX-License-Identifier: MIT */
/* The generations of a page, packed as nca-play writes them. They are numbered as they are added,
   and thinned by dropping every second one: the page then has those whose number is a multiple of
   2^level, and the last one. Each is packed once against every generation that may stand before it
   on the page, so that nothing has to be unpacked to thin them. */
#ifndef NCA_FRAMES_H
#define NCA_FRAMES_H

#include "common/deflate.h"
#include "common/thread_pool.h"
#include "kernels/model/world.h"

#include <stdbool.h>

enum frame_section { FRAME_STATE, FRAME_AGES, FRAME_GENOTYPES, FRAME_SECTIONS };
extern const char *const frame_sections[FRAME_SECTIONS];

/* Every 2^4-th generation of a page, and the last, is packed alone; others stand 2^0 to 2^3 times
   the page's step after a generation of their level. */
enum { FRAME_PACKINGS = 4, FRAME_LEVELS = 64 };

struct frame {
    uint64_t generation;
    unsigned level; /* the power of two that divides its number */
    struct bytes key[FRAME_SECTIONS];
    struct bytes after[FRAME_PACKINGS][FRAME_SECTIONS]; /* the one 2^(level - i) before it */
};

struct frames {
    /* set by the caller before the first generation: */
    bool exact; /* channels as float32, not as bytes */
    const struct model *model;
    struct thread_pool *workers;

    struct frame *frame; /* [count] those on the page */
    size_t count;
    unsigned level;                   /* thinned so often */
    size_t size;                      /* letters that they take on the page */
    struct raw *before[FRAME_LEVELS]; /* private: by level, the last one of it or of a higher one */
    size_t capacity;
};

/* The level that the next generation to be added has; FRAME_LEVELS - 1 for the first. */
unsigned frames_level(uint64_t number);

/* Adds a generation. Its genotypes are number[N], see kernels/measures/pedigree.h, of which those
   from fresh on are new; NULL: there are none. The last one stays on the page. */
void frames_add(struct frames *frames, const struct world *world, const uint32_t *number,
                uint32_t fresh, uint64_t frame_number, bool last);

/* Drops every second generation. */
void frames_thin(struct frames *frames);

/* Whether the page has frame i without the one before it, and the bytes that it has. */
bool frame_is_key(const struct frames *f, size_t i);
const struct bytes *frame_bytes(const struct frames *f, size_t i, enum frame_section section);

void frames_free(struct frames *frames);

#endif
