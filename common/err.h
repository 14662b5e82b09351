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

/* Prints "program: message" on standard error, one line that no terminal obeys. A format that ends
   in ':' gets the text of errno. */
void complain(const char *format, ...) NCA_PRINTF(1, 2);

/* complain(), then exit(status). */
NCA_NORETURN void die(int status, const char *format, ...) NCA_PRINTF(2, 3);

/* Writes what is wrong into why, cut to 255 bytes, and returns false. */
bool explain(char why[256], const char *format, ...) NCA_PRINTF(2, 3);

/* count zeroed elements of size bytes, never NULL; owned by the caller, released with free().
   A product that overflows or memory that is not there ends the program, status 1, naming what. */
void *allocate(size_t count, size_t size, const char *what);

/* The same for growing an earlier allocation; bytes beyond the old size are not initialised. */
void *reallocate(void *old, size_t count, size_t size, const char *what);

/* An array of *capacity elements of size bytes, with capacity for at least need of them: old as it
   is, or moved to memory for half as many again, at least need; *capacity says how many. */
void *grow_array(void *old, size_t *capacity, size_t need, size_t size, const char *what);

#ifdef __cplusplus
}
#endif

#endif
