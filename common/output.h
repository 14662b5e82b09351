/* Standard output or -o FILE: opened, refused, made durable and closed alike in every program. */
#ifndef NCA_OUTPUT_H
#define NCA_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the standard descriptors fit for use; to be called before anything else is opened. One that
   is closed is opened on /dev/null, so that no file takes its place; to read or write there fails
   as on a closed one, but messages vanish. Where stdio allows it, what is printed on standard
   output waits if the reader of a pipe that does not block is slow. */
void output_begin(void);

/* Makes standard output path, if it is not NULL or "-". A terminal is refused (status 2) when what
   follows is binary, and so is a file that is also an input (inputs.h); a file that cannot be made,
   or that another program has locked, ends the program, status 1. */
void output_open(const char *path, bool binary);

/* Makes standard output this file, open at the place to go on from; it is locked already. */
void output_continue(int file, const char *path);

/* Opens a regular file for writing, new or as it is, and locks it against all programs that ask;
   ends the program, status 1, if that fails or if it is not a regular file. Where a file system has
   no locks, goes without. */
int output_lock(const char *path);

/* The same for a file that is to be new, or emptied, or a device, which is not locked; if it is
   also an input, status 2. */
int output_create(const char *path);

/* Opens a directory, and locks it for as long as the program runs: to write files into it, against
   all programs that ask, and then makes it if need be; or to read them, against those that write.
   A lock that whoever started this program holds and has handed down is as good. Ends the program,
   status 1, if that fails. */
int output_directory(const char *path, bool write);

/* Writes count bytes to an open file, all of them, and waits where the file does not block; false:
   errno says why not. */
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
