/* Command lines: one table of options gives the parser, --help and the stream's history line. */
#ifndef NCA_OPTIONS_H
#define NCA_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define NCA_VERSION "0.1.0"

struct option_spec {
    int key;              /* what options_next() returns; below 128 also the short option */
    const char *name;     /* long option, without dashes */
    const char *argument; /* name of its argument for --help, NULL if it takes none */
    const char *help;
    bool neutral; /* cannot change what is written, so history leaves it out */
};

/* Ends the table of a program that writes no standard output: -h and -V, which every one has. */
#define OPTIONS_ABOUT                                                                              \
    {'h', "help", NULL, "print this help and exit", true},                                         \
        {'V', "version", NULL, "print the version and exit", true}, {                              \
        0                                                                                          \
    }

/* Ends all other tables: -o, too. */
#define OPTIONS_COMMON                                                                             \
    {'o', "output", "FILE", "write to FILE, not to standard output", true}, OPTIONS_ABOUT

struct options {
    const char *operands; /* for the usage line: "[FILE]..." or "" */
    const char *purpose;  /* one sentence for --help */
    const struct option_spec *specs;
    const char *output; /* the argument of -o, NULL if there was none */
    const char *name;   /* of the option that options_next() returned last */
    char *history;      /* "name version arguments", of the options read so far; owned here */
};

/* The next option's key (its argument in getopt's optarg), or -1 after the last; then optind is the
   first operand. Answers --help and --version itself; wrong usage ends the program, status 2. */
int options_next(struct options *options, int argc, char **argv);

/* For programs that take no operands: ends the program if there is one. */
void options_no_operands(int argc, char **argv);

/* Numbers in options: the value, or the program ends, status 2, naming option, text and range. */
uint64_t option_integer(const char *option, const char *text, uint64_t least, uint64_t most);
int option_signed(const char *option, const char *text, int least, int most);

/* "A", "A:B" or "A:B:K", each number of which may be left out (0, UINT64_MAX, 1); A alone is A:A.
   step NULL: A:B:K is not allowed. */
void option_range(const char *option, const char *text, uint64_t *first, uint64_t *last,
                  uint64_t *step);

/* Index of text among count names, or the program ends, status 2, listing them. */
int option_choice(const char *option, const char *text, const char *const *names, int count);

#endif
