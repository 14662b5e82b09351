/* Going on in the file that a run was writing when it ended, or was ended: what in it is good, and
   from which generation to go on so that the file becomes what it would have been in one go. */
#ifndef NCA_RESUME_H
#define NCA_RESUME_H

#include "format/stream.h"

struct resume {
    const char *path;
    int file;             /* locked against a second writer */
    char error[512];      /* "" or what is wrong with the end of the file, which is to be cut */
    bool begun;           /* it has a part, and so */
    struct header header; /* of the last part */
    struct world world;   /* the generation to go on from */
    struct place place;   /* where it ends */
    uint64_t last;        /* the last generation that is complete */
    bool there;           /* the file is whole, and ends with the generation wanted */
};

/* Opens and locks a file, new or as it is, and reads it to its end. True: it holds something to go
   on from. False: it is new, empty, or ends before its first generation is complete. What is no
   stream, cannot be read, or lacks a section ends the program, status 1, and so does a fault behind
   which there is what can be salvaged and a run to until would not write again; the file is left as
   it is.
   The generation to go on from is the last complete one that a run to until would write, too: where
   header.every says that only its multiples are, one written at the end alone is not. Where the
   file is there already, its world is left out. */
bool resume_open(struct resume *resume, const char *path, uint64_t until);

/* Cuts the file at place, and makes it standard output. */
void resume_cut(struct resume *resume);

#endif
