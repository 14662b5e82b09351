/* SPDX-License-Identifier: MIT */
#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *float_text(char text[32], float value) {
    strcpy(text, "nan"); /* without a sign, which depends on the machine */
    for (int digits = 6; value == value && digits <= 9; digits++) {
        snprintf(text, 32, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    return text;
}

const char *double_text(char text[32], double value) {
    strcpy(text, "nan");
    for (int digits = 15; value == value && digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        if (digits == 17 || strtod(text, NULL) == value)
            break;
    }
    return text;
}
