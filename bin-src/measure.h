/* SPDX-License-Identifier: MIT */
/* Measures: numbers computed from each generation of a stream, one row of a table each, and the
   loop shared by the programs that print them. The definitions are in kernels/measures/. */
#ifndef NCA_MEASURE_H
#define NCA_MEASURE_H

#include "bin-src/program.h"
#include "common/table.h"
#include "kernels/measures/colours.h"

#include <pthread.h>
#include <stdatomic.h>

/* What users may choose. */
struct choices {
    int digits;          /* decimals of cell types and of RWSP's weights */
    const char *weights; /* RWSP's positions; NULL: drawn from the seed */
    unsigned species;    /* CNWA's k */
    bool stack;          /* draw CNWA's proportions, stacked */
    bool carriers;       /* CNWA leaves out cells without a genome, */
    bool track;          /* and starts from the centroids of the generation before */
    unsigned threads;    /* of a program of one measure; 0: one per processor */
    uint32_t fresh[2];   /* activities that are new: from the first up to below the second */
};
#define CHOICES_DEFAULT                                                                            \
    {                                                                                              \
        .digits = 1, .species = 5, .fresh = { 20, 40 }                                             \
    }

enum { KEY_DIGITS = 512, KEY_WEIGHTS, KEY_CARRIERS, KEY_TRACK, KEY_NEW };
#define OPTION_DIGITS(what)                                                                        \
    { KEY_DIGITS, "digits", "D", "round " what " to D decimals, 1..3 (1)", true }
#define OPTION_WEIGHTS                                                                             \
    {                                                                                              \
        KEY_WEIGHTS, "weights", "I,J,K",                                                           \
            "positions of RWSP's weights, from 0 (drawn from the seed)", true                      \
    }
#define OPTION_SPECIES                                                                             \
    { 'k', "species", "K", "the number of species, 1..32 (5)", true }
#define OPTION_CARRIERS                                                                            \
    { KEY_CARRIERS, "carriers", NULL, "leave cells without a genome out of species", true }
#define OPTION_TRACK                                                                               \
    { KEY_TRACK, "track", NULL, "keep species' numbers: start from the last centroids", true }
#define OPTION_NEW                                                                                 \
    { KEY_NEW, "new", "A0,A1", "activities that are new, from A0 up to below A1 (20,40)", true }

/* Handles one of these options; false if key is none of them. Wrong usage ends the program, status
   2. */
bool choices_option(struct choices *choices, int key, const char *argument);

/* Sets RWSP's digits and positions: those chosen, which must be in a genome of P parameters (else
   the program ends, status 2), or those drawn from the seed. */
void choices_rwsp(const struct choices *choices, const struct model *model,
                  struct colours *colours);

struct measure {
    const char *name;                /* of its table; "entropy" is nca-entropy's */
    const char *purpose;             /* one sentence for --help */
    const struct option_spec *specs; /* options of its program; NULL: measure_main() is not used */
    const char *title, *ylabel;      /* of its plot */
    const char *const *columns;      /* as MEASURE_COLUMNS() sets them, */
    int count;                       /* with their number, */
    const char *plot;                /* and commands for its plot; NULL: a line for each */
    int height;                      /* of the plot, as in struct table; 0: the usual one */
    int late; /* its last columns, so many, stand after all others where measures are joined */
    struct {
        int first, step, lines;
    } panel; /* where several measures are drawn: the columns from first on (from 0), each step-th
                one, so many; lines 0: all but those that are late */
    unsigned sections; /* that it needs, as reader_open() takes them */

    /* Starts on worlds of this geometry and seed. Sets columns and plot of the table where these
       follow from choices. Returns the work for take() and end(). */
    void *(*begin)(struct table *table, const struct world *world, const struct choices *choices);
    /* Measures the next generation: row[table->count]. */
    void (*take)(void *work, const struct world *world, double *row);
    void (*end)(void *work);
    /* NULL, or take() in two halves, so that several generations are measured at a time:
       begin_job() takes what it needs of the world into job number n (from 0), which nothing else
       uses then, and returns it; or sets the row itself, and returns NULL. end_job() sets the row,
       in any thread. A job may take so many bytes. */
    size_t (*job_bytes)(const struct world *world);
    void *(*begin_job)(void *work, const struct world *world, size_t number, double *row);
    void (*end_job)(void *job, double *row);
    /* Takes the births of a generation that the stream leaves out, with BIRTHS among its sections;
       NULL: they don't matter. */
    void (*left_out)(void *work, const struct world *world);
};

#define MEASURE_COLUMNS(...)                                                                       \
    .columns = (const char *const[]){__VA_ARGS__},                                                 \
    .count = (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* Options of measures that round types. */
extern const struct option_spec measure_types_specs[];

extern const struct measure ctfp, entropy, gcvp, clogv, ghc, rwsp, cnwa, census, hill, activity,
    space;
enum { MEASURES = 11, MEASURES_DEFAULT = 8 };
extern const struct measure *const measures[MEASURES]; /* all of them, those by default first */

/* The species of the last generation, from CNWA's work. */
struct cnwa *cnwa_clusters(void *work);

/* A generation whose row is not printed yet. */
struct pending {
    uint64_t generation;
    double *row;         /* of all measures, side by side */
    size_t left;         /* measures that have not finished */
    void *job[MEASURES]; /* of each measure; NULL: none */
};

/* A job that waits for a thread. */
struct queued {
    struct pending *of;
    size_t measure;
};

/* Measures of one stream, in one pass. */
struct measuring {
    const struct measure *measure[MEASURES];
    size_t count;
    struct choices choices;
    struct table table[MEASURES]; /* one for each, printed if joined is NULL */
    struct table *joined;         /* one for all, columns side by side */
    unsigned threads;             /* shared by the measures; with several, one also reads ahead,
                                     and where there are jobs, generations overlap */

    void *work[MEASURES];      /* of each measure, until measuring_end() */
    int got;                   /* the last result of program_next() */
    struct reader *in;         /* the rest is private */
    const struct world *world; /* the generation to measure: the reader's or, with threads, copy */
    bool left_out;             /* whether the stream has its births alone */
    struct world copy;
    struct thread_pool *workers;
    atomic_bool reading;          /* the next generation is not there yet */
    size_t first[MEASURES];       /* column of each measure in a row */
    double *joined_row;           /* with late columns at the end */
    const char **columns;         /* their names, and */
    size_t *place;                /* which one of a row each is */
    struct pending *pending;      /* [depth] generation number n (from 0) is at n % depth */
    size_t depth, oldest, newest; /* the first that is not printed, and the one after the last */
    struct queued *queue;         /* [depth * count] job number n (from 0) is at n % that */
    size_t queued, begun;         /* jobs so far */
    pthread_mutex_t lock;         /* of the above, and of the tables */
    pthread_cond_t printed;
};

/* Starts all measures on an open stream: sets their tables. */
void measuring_begin(struct measuring *m, struct reader *in);

/* Prints one row for each generation, until the stream ends or a signal is caught. */
void measuring_run(struct measuring *m);

void measuring_end(struct measuring *m);

/* The whole program of one measure: returns its exit status. */
int measure_main(const struct measure *measure, int argc, char **argv);

/* The same once the options have been read: measures these files. */
int measure_files(const struct measure *measure, const struct choices *choices,
                  const struct table *table, struct options *options, char **files);

#endif
