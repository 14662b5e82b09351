/* SPDX-License-Identifier: MIT */
/* Digests of what a stream holds, whatever its compression and the layout of its sections: two
   streams with the same digest hold the same run. Definition: format/STREAM.md, "Digest". */
#ifndef NCA_DIGEST_H
#define NCA_DIGEST_H

#include "format/header.h"

#include <stdint.h>

enum { DIGEST_TEXT = 17 }; /* 16 hexadecimal digits, and the 0 at the end */

struct digest; /* of the generations added so far */

struct digest *digest_new(void);
void digest_free(struct digest *digest);

/* Adds the next generation of a stream, with header and world as a reader has them; sections that
   world lacks are left out. one: the digest of this generation alone, as 16 hexadecimal digits.
   Ends the program if memory runs out. */
void digest_generation(struct digest *digest, const struct header *header,
                       const struct world *world, char one[DIGEST_TEXT]);

/* The digest of all generations added, in their order. */
void digest_all(const struct digest *digest, char all[DIGEST_TEXT]);

#endif
