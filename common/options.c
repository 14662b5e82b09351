/* SPDX-License-Identifier: MIT */
#include "common/options.h"

#include "common/err.h"
#include "common/escape.h"
#include "common/output.h"
#include "common/version.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 48 };

static void add_history(struct options *options, const char *text) {
    static char *kept; /* reachable, so that no leak is reported where main() returns early */
    size_t length = options->history ? strlen(options->history) : 0;
    size_t size = ESCAPED * strlen(text) + 1;
    options->history = kept = reallocate(kept, length + 1 + size, 1, "arguments");
    if (length)
        options->history[length++] = ' ';
    escape_text(options->history + length, size, text); /* history is one line of a text header */
}

static void print_help(const struct options *options) {
    printf("Usage: %s [OPTION]...%s%s\n%s\n\n", program, *options->operands ? " " : "",
           options->operands, options->purpose);
    for (const struct option_spec *spec = options->specs; spec->name; spec++) {
        char left[64];
        if (spec->key < 128)
            snprintf(left, sizeof left, "-%c, --%s%s%s", spec->key, spec->name,
                     spec->argument ? " " : "", spec->argument ? spec->argument : "");
        else
            snprintf(left, sizeof left, "    --%s%s%s", spec->name, spec->argument ? " " : "",
                     spec->argument ? spec->argument : "");
        printf("  %-30s%s%s\n", left, strlen(left) > 29 ? "\n                                " : "",
               spec->help);
    }
    fputs("\nExample: ", stdout);
    if (options->example)
        puts(options->example);
    else
        printf("%s run.zst | gnuplot\n", program);
    printf("See %s(1).\n", program);
}

/* How many letters must be inserted, deleted or replaced to make b of a (Levenshtein); both have
   fewer than MAX_NAME letters. */
enum { MAX_NAME = 32 };
static size_t edit_distance(const char *a, const char *b) {
    size_t row[MAX_NAME] = {0};
    for (size_t j = 0; j <= strlen(b); j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; b[j]; j++) {
            size_t least = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            least = row[j] + 1 < least ? row[j] + 1 : least;
            row[j + 1] = diagonal + 1 < least ? diagonal + 1 : least;
        }
    }
    return row[strlen(b)];
}

/* The option whose name is nearest to this one, NULL if none is near. */
static const char *nearest_option(const struct option_spec *specs, const char *name) {
    const char *nearest = NULL;
    size_t least = strlen(name) / 3 + 1;
    for (const struct option_spec *spec = specs; strlen(name) < MAX_NAME && spec->name; spec++) {
        size_t distance = edit_distance(name, spec->name);
        if (distance <= least && (!nearest || distance < least)) {
            nearest = spec->name;
            least = distance;
        }
    }
    return nearest;
}

/* An element "--name" or "--name=argument" of the command line that getopt_long() refused. */
static _Noreturn void refuse_long(const struct options *options, const char *element) {
    char name[MAX_NAME] = "", list[256] = "";
    size_t length = strcspn(element += 2, "=");
    int matches = 0;
    snprintf(name, sizeof name, "%.*s", (int)(length < MAX_NAME ? length : MAX_NAME - 1), element);
    for (const struct option_spec *spec = options->specs; spec->name; spec++) {
        if (strncmp(spec->name, name, length))
            continue;
        if (element[length] && (!spec->name[length] || !spec->argument))
            die(EXIT_USAGE, "--%s: takes no argument; try '%s --help'", element, program);
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s--%s", matches++ ? ", " : "",
                 spec->name);
    }
    if (matches > 1)
        die(EXIT_USAGE, "--%s: ambiguous: one of %s", element, list);
    const char *nearest = nearest_option(options->specs, name);
    if (nearest)
        die(EXIT_USAGE, "--%s: unrecognized option; did you mean --%s?", element, nearest);
    die(EXIT_USAGE, "--%s: unrecognized option; try '%s --help'", element, program);
}

/* The getopt_long() table of the options. */
static void make_table(const struct option_spec *specs, struct option *table, char *letters) {
    int n = 0;
    *letters++ = ':';
    for (const struct option_spec *spec = specs; spec->name; spec++, n++) {
        if (n == MAX_OPTIONS - 1)
            die(EXIT_FAILED, "more than %d options", MAX_OPTIONS - 1);
        table[n] = (struct option){spec->name, spec->argument ? required_argument : no_argument,
                                   NULL, spec->key};
        if (spec->key < 128) {
            *letters++ = (char)spec->key;
            if (spec->argument)
                *letters++ = ':';
        }
    }
}

static _Noreturn void print_about(const struct options *options, int key) {
    if (key == 'h')
        print_help(options);
    else
        printf("%s (nca) %s%s%s%s\n", program, NCA_VERSION, *nca_commit ? " (" : "", nca_commit,
               *nca_commit ? ")" : "");
    output_close();
    exit(EXIT_SUCCESS);
}

static bool is_path(const struct option_spec *spec) {
    return spec->argument && (!strcmp(spec->argument, "FILE") || !strcmp(spec->argument, "DIR"));
}

int options_next(struct options *options, int argc, char **argv) {
    static struct option table[MAX_OPTIONS];
    static char letters[2 * MAX_OPTIONS + 2];
    if (!options->history) {
        output_begin();
        program_name(argv[0]);
        make_table(options->specs, table, letters);
        add_history(options, program);
        add_history(options, NCA_VERSION);
    }
    int key;
    while ((key = getopt_long(argc, argv, letters, table, NULL)) == 'o' && *optarg)
        options->output = optarg;
    if (key == 'h' || key == 'V')
        print_about(options, key);
    /* the element that getopt took last is before optind, as it moves operands out of the way; that
       of letters strung together it has not taken */
    if (key == ':')
        die(EXIT_USAGE, "%s: needs an argument; try '%s --help'", argv[optind - 1], program);
    if (key == '?') {
        bool letter = optopt && optopt < 256 && (optopt == ':' || !strchr(letters, optopt));
        if (letter)
            die(EXIT_USAGE, "-%c: unrecognized option; try '%s --help'", optopt, program);
        refuse_long(options, argv[optind - 1]);
    }
    for (const struct option_spec *spec = options->specs; spec->name; spec++)
        if (spec->key == key) {
            char name[64];
            if (is_path(spec) && !*optarg)
                die(EXIT_USAGE, "--%s: needs an argument; try '%s --help'", spec->name, program);
            options->name = spec->name;
            if (spec->neutral)
                break;
            snprintf(name, sizeof name, "--%s", spec->name);
            add_history(options, name);
            if (spec->argument)
                add_history(options, optarg);
        }
    return key;
}

void options_no_operands(int argc, char **argv) {
    if (optind < argc)
        die(EXIT_USAGE, "%s: takes no operands; try '%s --help'", argv[optind], program);
}

/* The whole number of these digits; false if they are not that, or it is not below 2^64. strtoull()
   would take signs and white space, too. */
static bool parse_digits(const char *digits, size_t length, uint64_t *value) {
    *value = 0;
    for (size_t i = 0; i < length; i++) {
        uint64_t digit = (uint64_t)(digits[i] - '0');
        if (digits[i] < '0' || digits[i] > '9' || *value > (UINT64_MAX - digit) / 10)
            return false;
        *value = 10 * *value + digit;
    }
    return length;
}

static uint64_t integer(const char *option, const char *text, size_t length, uint64_t min,
                        uint64_t max) {
    uint64_t value;
    if (!parse_digits(text, length, &value) || value < min || value > max)
        die(EXIT_USAGE, "%s: %.*s: not a whole number from %" PRIu64 " to %" PRIu64, option,
            (int)length, text, min, max);
    return value;
}

uint64_t option_integer(const char *option, const char *text, uint64_t min, uint64_t max) {
    return integer(option, text, strlen(text), min, max);
}

int option_signed(const char *option, const char *text, int min, int max) {
    bool negative = *text == '-';
    uint64_t value;
    bool good = parse_digits(text + negative, strlen(text + negative), &value) && value <= INT_MAX;
    int number = good ? negative ? -(int)value : (int)value : 0;
    if (!good || number < min || number > max)
        die(EXIT_USAGE, "%s: %s: not a whole number from %d to %d", option, text, min, max);
    return number;
}

void option_range(const char *option, const char *text, uint64_t *first, uint64_t *last,
                  uint64_t *step) {
    uint64_t *const number[] = {first, last, step};
    int n = 0, most = step ? 2 : 1;
    *first = 0;
    *last = UINT64_MAX;
    if (step)
        *step = 1;
    for (const char *at = text;; at++, n++) {
        size_t length = strcspn(at, ":");
        if (n > most || strspn(at, "0123456789") != length)
            die(EXIT_USAGE, "%s: %s: not A%s A:B%s", option, text, step ? "," : " or",
                step ? " or A:B:K" : "");
        if (length)
            *number[n] = integer(option, at, length, n == 2, UINT64_MAX);
        if (!*(at += length))
            break;
    }
    if (n == 0)
        *last = *first;
    if (*last < *first)
        die(EXIT_USAGE, "%s: %s: ends before it begins", option, text);
}

static int choice(const char *option, const char *text, size_t length, const char *const *names,
                  int count) {
    char list[256] = "";
    for (int i = 0; i < count; i++) {
        if (strlen(names[i]) == length && !memcmp(text, names[i], length))
            return i;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
    }
    die(EXIT_USAGE, "%s: %.*s: not one of %s", option, (int)length, text, list);
}

int option_choice(const char *option, const char *text, const char *const *names, int count) {
    return choice(option, text, strlen(text), names, count);
}

int option_list(const char *option, const char *text, const char *const *names, int count,
                int *chosen, int max) {
    int n = 0;
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, ",");
        if (n == max)
            die(EXIT_USAGE, "%s: %s: more than %d names", option, text, max);
        chosen[n++] = choice(option, at, length, names, count);
        if (!*(at += length))
            return n;
    }
}

bool option_numbers(const char *text, uint32_t *numbers, int count, uint32_t max) {
    for (int i = 0; i < count; i++) {
        size_t length = strcspn(text, ",");
        uint64_t value;
        if (!parse_digits(text, length, &value) || value > max ||
            text[length] != (i + 1 < count ? ',' : '\0'))
            return false;
        numbers[i] = (uint32_t)value;
        text += length + 1;
    }
    return true;
}
