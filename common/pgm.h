/* Greyscale pictures in Netpbm's PGM format (pgm(5)), plain or raw, one after the other in a file.
 */
#ifndef NCA_PGM_H
#define NCA_PGM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pgm {
    uint32_t width, height, maxval; /* 1 .. 65535 */
    uint16_t *gray;                 /* [height][width], each at most maxval */
};

/* Reads the picture that starts at bytes[*at], of size in all, and moves *at behind it. The caller
   frees gray. On failure returns false, gray is NULL, and why says what is wrong. */
bool pgm_read(struct pgm *pgm, const uint8_t *bytes, size_t size, size_t *at, char why[256]);

#endif
