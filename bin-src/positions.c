/* SPDX-License-Identifier: MIT */
#include "bin-src/positions.h"

#include <stdlib.h>

bool parse_positions(const char *text, size_t P, uint32_t position[3]) {
    for (int i = 0; i < 3; i++) {
        char *end;
        unsigned long long value = strtoull(text, &end, 10);
        if (*text < '0' || *text > '9' || value >= P || *end != (i < 2 ? ',' : '\0'))
            return false;
        position[i] = (uint32_t)value;
        text = end + 1;
    }
    return position[0] != position[1] && position[0] != position[2] && position[1] != position[2];
}
