/* SPDX-License-Identifier: MIT */
/* The frame that the programs share: how they open input and output, read, and end; and the options
   that several of them have. */
#ifndef NCA_PROGRAM_H
#define NCA_PROGRAM_H

#include "common/options.h"
#include "format/stream.h"
#include "kernels/step/step.h"

/* Opens the input with these sections, as reader_open() takes them. On failure the program ends,
   with the reader's message. */
struct reader *program_input(char **files, unsigned sections);

/* Opens the output, as output_open(); from here on the first signal only stops the reading. */
void program_output(const struct options *options, bool binary);

/* The same if only generations of a range are wanted (the argument of --generations; NULL: all
   are): the output is opened, and emptied, only by program_wanted(), which is for each generation
   of the range that came. Whether it can be opened is checked before. */
void program_output_later(const struct options *options, bool binary, const char *range);
void program_wanted(void);

/* At the end, after program_end(): returns status or, if that is 0 and no generation of the range
   came, says so and returns 1. */
int program_none(int status);

/* As reader_next(), but 0 once a signal has been caught. */
int program_next(struct reader *in);

/* Closes standard output and the input (NULL: there is none), and frees what the options hold.
   Returns the exit status: that of the reader or, if that is 0, of the signal caught. */
int program_end(struct options *options, struct reader *in);

/* The same where the input may be at fault in the program's own eyes: reports that error last, and
   returns 1 for it; "": there is none. */
int program_end_or(struct options *options, struct reader *in, const char *error);

/* Reads the files, one stream, to their end; sets world and header to the last generation and its
   part's, which the caller frees. False: the error has been printed, or there is no generation as a
   signal has been caught. */
bool program_last(char **files, struct world *world, struct header *header);

/* What a new part of computed generations holds; 0: not given. */
struct part {
    uint64_t every, keyframe;
    unsigned sections;
};

/* Takes one of the options below; false: key is another. */
bool part_option(struct part *part, int key, const char *argument);

/* Sets the header of the new part. */
void part_begin(struct header *header, const struct model *model, const struct part *part,
                const char *history);

/* Warns if the budget kills all cells of a living world in the next generation. */
void program_warn_budget(const struct world *world);

/* Options that several programs have: OPTION_X is the entry in the table, KEY_X its key, and
   option_x() reads its argument. */
enum {
    KEY_LEVEL = 640,
    KEY_THREADS,
    KEY_SECTIONS,
    KEY_EVERY,
    KEY_KEYFRAME,
    KEY_BACKEND,
    KEY_PROGRESS,
    KEY_NO_PROGRESS,
    KEY_INIT,
    KEY_ALPHA,
    KEY_ACTIVATION,
    KEY_HIDDEN,
    KEY_IP,
    KEY_PPP,
    KEY_BUDGET,
    KEY_CULL,
    KEY_CULL_FROM,
    KEY_CULL_UNTIL,
    KEY_CULL_EVERY,
    KEY_SCHEDULE,
    KEY_SEED
};

#define OPTION_LEVEL                                                                               \
    { KEY_LEVEL, "level", "N", "zstd compression level, -7..19 (1)", true }
#define OPTION_THREADS                                                                             \
    { KEY_THREADS, "threads", "N", "use at most N threads (one per processor)", true }
#define OPTION_SECTIONS                                                                            \
    { KEY_SECTIONS, "sections", "LIST", "write only these of state,ages,genomes", false }
#define OPTIONS_PART                                                                               \
    {KEY_EVERY, "every", "K", "write every K-th generation, and the last (1)", false},             \
        {KEY_KEYFRAME, "keyframe", "K", "write all genomes at least every K generations (500)",    \
         false},                                                                                   \
        OPTION_SECTIONS
#define OPTION_BACKEND                                                                             \
    { KEY_BACKEND, "backend", "NAME", "where to compute: auto, cpu or cuda (auto)", true }
#define OPTIONS_PROGRESS                                                                           \
    {KEY_PROGRESS, "progress", NULL, "show progress even if standard error is no terminal", true}, \
    {                                                                                              \
        KEY_NO_PROGRESS, "no-progress", NULL, "do not show progress", true                         \
    }
enum backend option_backend(const char *text);
int option_level(const char *text);
unsigned option_threads(const char *text);
unsigned option_sections(const char *text);

/* Parameters of the model, which overrides_add() takes; "before" and "after" complete the help. */
#define OPTION_INIT(after)                                                                         \
    { KEY_INIT, "init", "F", "fraction of cells alive at generation 0" after, false }
#define OPTION_ALPHA(after)                                                                        \
    { KEY_ALPHA, "alpha", "F", "alpha threshold" after, false }
#define OPTION_ACTIVATION(after)                                                                   \
    {                                                                                              \
        KEY_ACTIVATION, "activation", "NAME", "activation of the board: sigmoid or tanh" after,    \
            false                                                                                  \
    }
#define OPTION_HIDDEN(after)                                                                       \
    { KEY_HIDDEN, "hidden", "NAME", "of the hidden layer: also relu, leakyrelu, none" after, false }
#define OPTION_IP(before, after)                                                                   \
    { KEY_IP, "ip", "F", before "inheritance probability" after, false }
#define OPTION_PPP(before, after)                                                                  \
    { KEY_PPP, "ppp", "F", before "parameter perturbation probability" after, false }
#define OPTION_BUDGET(before, after)                                                               \
    { KEY_BUDGET, "budget", "N|inf", before "generations a cell may live" after, false }
#define OPTIONS_CULL                                                                               \
    {KEY_CULL, "cull", "F", "probability that a cell dies by catastrophic deletion", false},       \
        {KEY_CULL_FROM, "cull-from", "G", "begin with catastrophic deletion in generation G (0)",  \
         false},                                                                                   \
        {KEY_CULL_UNTIL, "cull-until", "G", "end it before generation G (never)", false}, {        \
        KEY_CULL_EVERY, "cull-every", "K",                                                         \
            "delete only in generations that are multiples of K (1)", false                        \
    }
#define OPTION_SCHEDULE                                                                            \
    { KEY_SCHEDULE, "schedule", "NAME", "whose genome a parent hands over: raster or sync", false }
#define OPTION_SEED(after)                                                                         \
    { KEY_SEED, "seed", "N", "seed of all random numbers" after, false }

#endif
