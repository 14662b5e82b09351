/* SPDX-License-Identifier: MIT */
/* Messages, exit statuses and checked allocation, the same in every program. */
#ifndef NCA_ERR_H
#define NCA_ERR_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
#define NCA_NORETURN [[noreturn]]
extern "C" {
#else
#define NCA_NORETURN _Noreturn
#endif

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 }; /* bad data or I/O; wrong usage */

#ifdef __GNUC__
#define NCA_PRINTF(format_at, first) __attribute__((format(printf, format_at, first)))
#else
#define NCA_PRINTF(format_at, first)
#endif

/* The program's name, as messages show it: the last component of argv[0]. */
extern const char *program;
void program_name(const char *argv0);

/* Prints "program: message" on standard error, on one line, with control characters escaped. If the
   format ends in ':', the text of errno follows. */
void complain(const char *format, ...) NCA_PRINTF(1, 2);

/* complain(), then exit(status). */
NCA_NORETURN void die(int status, const char *format, ...) NCA_PRINTF(2, 3);

/* Writes what is wrong into why, cut to 255 bytes, and returns false. */
bool explain(char why[256], const char *format, ...) NCA_PRINTF(2, 3);

/* An array of count elements of size bytes, all zero; never NULL. The caller owns it, and releases
   it with free(). If count * size overflows or memory runs out, the program ends with status 1 and
   a message that names what. */
void *allocate(size_t count, size_t size, const char *what);

/* Resizes an array (NULL: none yet) to count elements; the bytes beyond its old size are not set.
 */
void *reallocate(void *old, size_t count, size_t size, const char *what);

/* Resizes an array of before elements to after elements, and zeroes those that are new. */
void *extend(void *old, size_t before, size_t after, size_t size, const char *what);

/* Extends an array of *capacity elements, if that is fewer than need, to half as many again as are
   needed, so that adding one element at a time takes linear time. */
void *grow_beyond(void *old, size_t *capacity, size_t need, size_t size, const char *what);
static inline void *grow(void *old, size_t *capacity, size_t need, size_t size, const char *what) {
    return need <= *capacity ? old : grow_beyond(old, capacity, need, size, what);
}

#ifdef __cplusplus
}
#endif

#endif
