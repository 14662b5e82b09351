/* SPDX-License-Identifier: MIT */
/* Records which files a program reads, so that it never overwrites one of them, and which it
   writes. */
#ifndef NCA_INPUTS_H
#define NCA_INPUTS_H

/* Records a regular file that will be read, by its path, relative to directory (AT_FDCWD: the
   working directory); "-" is standard input. Ignores missing and special files. Ends the program
   with status 2 if standard output is the same file, so call it before anything is written. */
void inputs_add(int directory, const char *path);

/* Ends the program with status 2 if the file at path, which is about to be written, is a recorded
   one, under whatever name or link. Messages call it name. */
void inputs_protect(int directory, const char *path, const char *name);

/* Ends the program with status 2 if the file at path, which is going to be written, is that of an
   earlier call, under whatever name or link. */
void outputs_apart(const char *path);

#endif
