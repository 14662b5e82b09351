/* A crew of threads that shares out work in numbered parts. */
#ifndef NCA_CREW_H
#define NCA_CREW_H

enum { MOST_THREADS = 1024 };

struct crew;

/* threads in all, 1 to MOST_THREADS, the caller's own among them. crew_free() ends the others. */
struct crew *crew_new(unsigned threads);
void crew_free(struct crew *crew);

/* Calls work(context, part, member) for parts 0 .. parts - 1 (at most 65535), each once, in any
   order, and returns when all are done; no two at a time with the same member, 0 .. threads - 1. */
void crew_run(struct crew *crew, void (*work)(void *context, unsigned part, unsigned member),
              void *context, unsigned parts);

/* The processors that there are to run on. */
unsigned crew_processors(void);

#endif
