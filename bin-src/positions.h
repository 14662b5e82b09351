/* SPDX-License-Identifier: MIT */
/* --weights: the positions of parameters that RWSP draws colours from. */
#ifndef NCA_POSITIONS_H
#define NCA_POSITIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads "i,j,k", three different positions below P, in position[3]. False: text is not that. */
bool parse_positions(const char *text, size_t P, uint32_t position[3]);

#endif
