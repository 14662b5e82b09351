/* Standard output or -o FILE: opened, refused and closed the same way in every program. */
#ifndef NCA_OUTPUT_H
#define NCA_OUTPUT_H

#include <stdbool.h>

/* Makes standard output path, if it is not NULL or "-". A terminal is refused (status 2) when what
   follows is binary; a file that cannot be made ends the program, status 1. */
void output_open(const char *path, bool binary);

/* Ends the program, status 1, as a failed write does: silently if the reader is gone (EPIPE). */
_Noreturn void output_failed(void);

/* Flushes and closes standard output; a full disk is an error here, not a short file. */
void output_close(void);

#endif
