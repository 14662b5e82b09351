/* SPDX-License-Identifier: MIT */
/* Standard output or -o FILE: opens, locks, flushes and closes it the same way in every program. */
#ifndef NCA_OUTPUT_H
#define NCA_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Prepares the standard descriptors; call it before anything else is opened. A closed one is opened
   on /dev/null, so that no other file gets its number; reading or writing there fails as on a
   closed one, except that messages are lost. With glibc, printing on a non-blocking standard output
   waits until the reader has caught up. */
void output_begin(void);

/* Redirects standard output to path, unless that is NULL or "-". Ends the program with status 2 if
   the output is binary and goes to a terminal, or if the file is also an input (inputs.h); with
   status 1 if the file cannot be opened or another program has locked it. */
void output_open(const char *path, bool binary);

/* Redirects standard output to an open file, whose offset is where writing continues; the caller
   has locked it. */
void output_continue(int file, const char *path);

/* Opens a regular file for writing, keeping its contents, or creates it; takes an advisory lock, if
   the file system has locks. Ends the program with status 1 if that fails or if it is not a regular
   file. */
int output_lock(const char *path);

/* As output_lock(), but empties the file, and takes devices, too, which it does not lock. Ends the
   program with status 2 if the file is also an input. */
int output_create(const char *path);

/* Ends the program with status 1 if no file can be written at path; changes nothing. */
void output_check(const char *path);

/* Ends the program with status 1 if there is something at path that is not a regular file, such as
   a link, as it may be someone else's. */
void output_may_replace(const char *path);

/* Opens a directory and locks it while the program runs: with write (and creates it if it does not
   exist) against all other programs; without, against those that write. A lock that this program
   has inherited with an open descriptor counts, too. Ends the program with status 1 if that fails.
 */
int output_directory(const char *path, bool write);

/* Writes all of count bytes to an open file, waiting if it is non-blocking; false: see errno. */
bool write_all(int file, const void *bytes, size_t count);

/* Starts writeback of a file's dirty pages without waiting, so that a later fsync() has less to do.
   A hint: does nothing on pipes and where the system has no such call. */
void write_behind(int file);

/* Syncs the data of an open file, and the directory that holds its name path. False: see errno. */
bool sync_file(int file, const char *path);

/* If standard output is a regular file, syncs its data; the first time also its directory, which
   holds its name. */
void output_sync(void);

/* Whether at least so many seconds have passed since the last call that returned true, or since the
   first call, which returns false. */
bool output_sync_due(uint64_t seconds);

/* Ends the program with status 1 after a failed write; without a message if the reader has gone
   (EPIPE). */
_Noreturn void output_failed(void);

/* Flushes and closes standard output. If that fails, as on a full disk, ends the program as
   output_failed() does. */
void output_close(void);

#endif
