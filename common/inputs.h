/* The files that a program reads, so that it never writes one of them. */
#ifndef NCA_INPUTS_H
#define NCA_INPUTS_H

/* Notes a regular file that is read, by its path in a directory (AT_FDCWD: any path); "-" is
   standard input. What is no regular file, or not there, is passed over. Ends the program, status
   2, if standard output goes to that file, so call it before anything is written. */
void inputs_add(int directory, const char *path);

/* Ends the program, status 2, if a file that is about to be written is one that was noted, under
   whatever name or link. name is that of messages. */
void inputs_protect(int directory, const char *path, const char *name);

#endif
