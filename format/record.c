/* SPDX-License-Identifier: MIT */
#include "format/record.h"

const char tag_names[TAGS][5] = {"HEAD", "POOL", "GENE", "GIDS", "AGES", "STAT", "DONE"};

const uint8_t record_magic[RECORD_MAGIC] = {0x5c, 0x2a, 0x4d, 0x18, 40,  0,
                                            0,    0,    'N',  'C',  'A', '1'};
