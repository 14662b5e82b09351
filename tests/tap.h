/* SPDX-License-Identifier: MIT */
/* Test Anything Protocol for the C tests. */
#ifndef NCA_TAP_H
#define NCA_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_tests, tap_failures;

static inline bool ok(bool good, const char *format, ...) {
    va_list list;
    va_start(list, format);
    printf("%s %d - ", good ? "ok" : "not ok", ++tap_tests);
    vprintf(format, list);
    putchar('\n');
    va_end(list);
    tap_failures += !good;
    return good;
}

/* The plan, and main()'s exit status. */
static inline int done(void) {
    printf("1..%d\n", tap_tests);
    return tap_failures != 0;
}

#endif
