/* Measures: what is computed from each generation of a stream, as rows of a table, and the loop of
   all programs that print them. The definitions are in kernels/measures/. */
#ifndef NCA_MEASURE_H
#define NCA_MEASURE_H

#include "common/options.h"
#include "common/table.h"
#include "format/stream.h"

#include <stdatomic.h>

/* What users may choose. */
struct choices {
    int digits;          /* decimals of cell types and of RWSP's weights */
    const char *weights; /* RWSP's positions; NULL: drawn from the seed */
    unsigned species;    /* CNWA's k */
    bool stack;          /* draw CNWA's proportions, stacked */
};
#define CHOICES_DEFAULT                                                                            \
    { .digits = 1, .species = 5 }

enum { CHOICE_DIGITS = 512, CHOICE_WEIGHTS };
#define OPTION_DIGITS(of)                                                                          \
    { CHOICE_DIGITS, "digits", "D", "decimals that " of " are rounded to, 1..3 (1)", true }
#define OPTION_WEIGHTS                                                                             \
    {                                                                                              \
        CHOICE_WEIGHTS, "weights", "I,J,K",                                                        \
            "the positions in the genome, from 0 (drawn from the seed)", true                      \
    }
#define OPTION_SPECIES                                                                             \
    { 'k', "species", "K", "the number of species, 1..32 (5)", true }

/* Takes one of these; false if key is none of them. Wrong usage ends the program, status 2. */
bool choices_option(struct choices *choices, int key, const char *argument);

struct measure {
    const char *name;                /* of its table; "entropy" is nca-entropy's */
    const char *purpose;             /* a sentence for --help, */
    const struct option_spec *specs; /* and the options of its program; NULL: it has its own */
    const char *title, *ylabel;      /* of its plot */
    const char *column;              /* where there is one alone */
    unsigned sections;               /* that it needs, as reader_open() takes them */

    /* Begins with worlds of this geometry and seed: sets the table's columns, where there are more,
       and its plot, if that is not a line for each. Returns what the other two work with. */
    void *(*begin)(struct table *table, const struct world *world, const struct choices *choices);
    /* Measures the next generation: row[table->count]. */
    void (*take)(void *work, const struct world *world, double *row);
    void (*end)(void *work);
};

extern const struct measure ctfp, entropy, gcvp, clogv, ghc, rwsp, cnwa, census;
enum { MEASURES = 8 };
extern const struct measure *const measures[MEASURES]; /* all of them */

/* What CNWA's work has clustered the last generation into. */
struct cnwa *cnwa_clusters(void *work);

/* Measures of one stream, in one pass. */
struct measuring {
    const struct measure *measure[MEASURES];
    size_t count;
    struct choices choices;
    struct table table[MEASURES]; /* of each; printed if there is not one for all: */
    struct table *joined;         /* all columns side by side, or NULL */
    unsigned threads;             /* that measures share; more than one: and that decode ahead */

    void *work[MEASURES];      /* of each, until measuring_end() */
    int got;                   /* what reader_next() said in the end */
    struct reader *in;         /* the rest is private: the stream, */
    const struct world *world; /* the generation to be measured, */
    struct world copy;         /* which is this one while the stream is read on, */
    double *row;               /* of all measures, side by side, */
    const char **columns;      /* their names, */
    atomic_uint left;          /* and how many are still at work on it */
};

/* Begins all measures on a stream that is open: sets their tables. */
void measuring_begin(struct measuring *m, struct reader *in);

/* Prints a row for each generation, until the stream ends or a signal is caught. */
void measuring_run(struct measuring *m);

void measuring_end(struct measuring *m);

/* The program of one measure: from its command line, or from after its options, to its exit
   status. */
int measure_main(const struct measure *measure, int argc, char **argv);
int measure_files(const struct measure *measure, const struct choices *choices,
                  const struct table *table, struct options *options, char **files);

#endif
