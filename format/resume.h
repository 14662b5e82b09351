/* SPDX-License-Identifier: MIT */
/* Resuming a run in the file that it was writing: what of the file is good, and from which
   generation to continue so that it becomes the file of an uninterrupted run. */
#ifndef NCA_RESUME_H
#define NCA_RESUME_H

#include "format/stream.h"

struct resume {
    const char *path;
    int file;             /* locked against a second writer; -1: it is not there yet */
    char error[512];      /* "" or what is wrong with the end of the file, which must be cut */
    bool begun;           /* the file has a part: */
    struct header header; /* of the last part */
    struct world world;   /* the generation to continue from */
    struct place place;   /* where that ends */
    uint64_t last;        /* the last complete generation */
    bool there;           /* the file is whole, and ends with the generation wanted */
};

/* Opens and locks a file, if it exists, and reads it to its end. True: it has
   a generation to continue from. False: it is new, empty, or ends before its first generation is
   complete. Ends the program, status 1, and leaves the file as it is, if it is not a stream, cannot
   be read, lacks a section, or has generations after an error that a run to until would not write
   again.
   The run continues from the last complete generation that a run to until would write, too: with
   header.every, a last one that is no multiple of it does not count. There is no world if the file
   is there already. */
bool resume_open(struct resume *resume, const char *path, uint64_t until);

/* Cuts the file at place, or makes it, so that bad input costs no file; it becomes standard output.
 */
void resume_cut(struct resume *resume);

#endif
