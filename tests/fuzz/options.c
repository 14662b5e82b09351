/* SPDX-License-Identifier: MIT */
/* Numbers of options, on any text: taken if they are what a few lines of decimal arithmetic take
   too, with that value; else refused, which ends a program, but here is a jump. */
#define _GNU_SOURCE /* as common/output.c */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static jmp_buf refused;

_Noreturn static void leave(int status) {
    longjmp(refused, status);
}

/* with all their functions here, so that exit() is another */
#undef _DEFAULT_SOURCE /* which common/err.c defines */
#define exit leave
#include "common/err.c"
#include "common/options.c"
#include "common/output.c"
#undef exit

static void must(bool good, const char *what) {
    if (!good) {
        fprintf(stdout, "must: %s\n", what);
        fflush(stdout);
        abort();
    }
}

/* The whole number that text is, digits alone, from least to most; or false. */
static bool whole(const char *text, uint64_t least, uint64_t most, uint64_t *value) {
    *value = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || *value > (UINT64_MAX - (uint64_t)(*text - '0')) / 10)
            return false;
        *value = 10 * *value + (uint64_t)(*text - '0');
    }
    return *value >= least && *value <= most;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const uint64_t limits[] = {0, 1, 24, 1024, UINT32_MAX, UINT64_MAX};
    static char text[256];
    if (size < 2 || size > sizeof text)
        return 0;
    uint64_t least = limits[data[0] % 6], most = limits[data[0] / 6 % 6], expected;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    int status = setjmp(refused);
    if (!status) {
        uint64_t got = option_integer("--number", text, least, most);
        must(whole(text, least, most, &expected) && got == expected, "a number that was taken");
    } else
        must(status == EXIT_USAGE && !whole(text, least, most, &expected), "one that was not");

    bool negative = *text == '-';
    status = setjmp(refused);
    if (!status) {
        int got = option_signed("--level", text, -7, 19);
        must(whole(text + negative, 0, negative ? 7 : 19, &expected) &&
                 got == (negative ? -(int)expected : (int)expected),
             "a signed number that was taken");
    } else
        must(status == EXIT_USAGE && !whole(text + negative, 0, negative ? 7 : 19, &expected),
             "one that was not");
    return 0;
}
