/* SPDX-License-Identifier: MIT */
/* Command lines: one table of options makes the parser, --help and the stream's history line. */
#ifndef NCA_OPTIONS_H
#define NCA_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct option_spec {
    int key;              /* what options_next() returns; below 128 also the short option */
    const char *name;     /* long option, without dashes */
    const char *argument; /* name of its argument in --help, NULL if it takes none */
    const char *help;
    bool neutral; /* does not change what is written: left out of history */
};

/* The end of the table of a program that writes no standard output: -h and -V. */
#define OPTIONS_ABOUT                                                                              \
    {'h', "help", NULL, "print this help and exit", true},                                         \
        {'V', "version", NULL, "print the version and exit", true}, {                              \
        0                                                                                          \
    }

/* The end of every other table: -o, -h and -V. */
#define OPTIONS_COMMON                                                                             \
    {'o', "output", "FILE", "write to FILE instead of standard output", true}, OPTIONS_ABOUT

struct options {
    const char *operands; /* for the usage line: "[FILE]..." or "" */
    const char *purpose;  /* one sentence for --help */
    const struct option_spec *specs;
    const char *example; /* a command, for --help; NULL: to draw the table of a measure */
    const char *output;  /* the argument of -o, NULL if there was none */
    const char *name;    /* of the option that options_next() returned last */
    char *history;       /* "name version arguments", of the options read so far; owned here */
};

/* Returns the next option's key (its argument is in getopt's optarg), or -1 after the last one;
   then optind is the first operand. Handles --help, --version and --output itself. Wrong usage ends
   the program, status 2. */
int options_next(struct options *options, int argc, char **argv);

/* For programs without operands: ends the program, status 2, if there is one. */
void options_no_operands(int argc, char **argv);

/* A whole number from min to max. If text is not one, the program ends, status 2, with a message
   that names the option, the text and the range. */
uint64_t option_integer(const char *option, const char *text, uint64_t min, uint64_t max);
int option_signed(const char *option, const char *text, int min, int max);

/* A range: "A", "A:B" or "A:B:K". Each number may be left out (0, UINT64_MAX, 1); A alone is A:A.
   With step NULL, A:B:K is not allowed. Ends the program likewise. */
void option_range(const char *option, const char *text, uint64_t *first, uint64_t *last,
                  uint64_t *step);

/* The index of text in names[count]. If it is none of them, the program ends, status 2, with a
   message that lists them. */
int option_choice(const char *option, const char *text, const char *const *names, int count);

/* The same for names separated by commas: sets chosen[max] to their indices, in the order of the
   list, and returns how many there are. More than max end the program, too. */
int option_list(const char *option, const char *text, const char *const *names, int count,
                int *chosen, int max);

/* Exactly count whole numbers separated by commas, each at most max, to numbers[count]. False if
   text is anything else. */
bool option_numbers(const char *text, uint32_t *numbers, int count, uint32_t max);

#endif
