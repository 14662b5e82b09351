/* A crew of threads that shares out work in numbered parts, and has tasks for between times. */
#ifndef NCA_CREW_H
#define NCA_CREW_H

#include <stdbool.h>

enum { MOST_THREADS = 1024 };

struct crew;

/* threads in all, 1 to MOST_THREADS, the caller's own among them. crew_free() ends the others; NULL
   is none to end. */
struct crew *crew_new(unsigned threads);
void crew_free(struct crew *crew);

/* How many threads they are; NULL is a crew of one, the caller, here and in crew_run(). */
unsigned crew_threads(const struct crew *crew);

/* Calls work(context, part, member) for parts 0 .. parts - 1 (at most 65535), each once, in any
   order, and returns when all are done; no two at a time with the same member, 0 .. threads - 1. */
void crew_run(struct crew *crew, void (*work)(void *context, unsigned part, unsigned member),
              void *context, unsigned parts);

/* What else there may be to do: from now on task(context), once for each crew_offer(), by whichever
   of the other threads has no part to work on, and several at a time. To be called when all tasks
   offered before are done, of which it is the task's to tell. */
void crew_tasks(struct crew *crew, void (*task)(void *context), void *context);
void crew_offer(struct crew *crew);

/* Does one of the tasks that no thread has begun; false: there is none. */
bool crew_help(struct crew *crew);

/* The processors that there are to run on. */
unsigned crew_processors(void);

#endif
