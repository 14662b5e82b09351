/* Standard output or -o FILE: opened, refused, made durable and closed alike in every program. */
#ifndef NCA_OUTPUT_H
#define NCA_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes standard output path, if it is not NULL or "-". A terminal is refused (status 2) when what
   follows is binary; a file that cannot be made, or that another program has locked, ends the
   program, status 1. */
void output_open(const char *path, bool binary);

/* Makes standard output this file, open at the place to go on from; it is locked already. */
void output_continue(int file, const char *path);

/* Opens a file for writing, new or as it is, and locks it against all programs that ask; ends the
   program, status 1, if that fails. Where a file system has no locks, goes without. */
int output_lock(const char *path);

/* Writes count bytes to an open file, all of them; false: errno says why not. */
bool write_all(int file, const void *bytes, size_t count);

/* Has the system begin to store what was written to a file by now, and does not wait for it: less
   is left to do when it is to be durable. A hint; for a pipe, and where it cannot be given, none.
 */
void write_behind(int file);

/* Makes what was written durable, if standard output is a file: its data, and at first its name. */
void output_sync(void);

/* Whether it is so many seconds or more since this was true, or since the first call, which was
   not. */
bool output_sync_due(uint64_t seconds);

/* Ends the program, status 1, as a failed write does: silently if the reader is gone (EPIPE). */
_Noreturn void output_failed(void);

/* Flushes and closes standard output; a full disk is an error here, not a short file. */
void output_close(void);

#endif
