/* SPDX-License-Identifier: MIT */
#include "format/record.h"

const char tag_names[TAGS][5] = {"HEAD", "POOL", "GENE", "GIDS", "AGES", "STAT", "DONE"};

const uint8_t record_magic[] = "\x5c\x2a\x4d\x18\x28\0\0\0" STREAM_VERSION;
