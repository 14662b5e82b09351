#include "common/options.h"

#include "common/escape.h"
#include "common/err.h"
#include "common/output.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OPTIONS = 48 };

static void remember(struct options *options, const char *text) {
    static char *kept; /* so that history is not lost memory where main() returns early */
    size_t have = options->history ? strlen(options->history) : 0;
    size_t room = ESCAPED * strlen(text) + 1;
    options->history = kept = reallocate(kept, have + 1 + room, 1, "arguments");
    if (have)
        options->history[have++] = ' ';
    escape_text(options->history + have, room, text); /* history is one line of a text header */
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
}

int options_next(struct options *options, int argc, char **argv) {
    static struct option table[MAX_OPTIONS];
    static char letters[2 * MAX_OPTIONS + 2];
    if (!options->history) {
        char *letter = letters;
        int n = 0;
        output_begin();
        program_name(argv[0]);
        *letter++ = ':';
        for (const struct option_spec *spec = options->specs; spec->name; spec++, n++) {
            if (n == MAX_OPTIONS - 1)
                die(EXIT_FAILED, "more than %d options", MAX_OPTIONS - 1);
            table[n] = (struct option){spec->name, spec->argument ? required_argument : no_argument,
                                       NULL, spec->key};
            if (spec->key < 128) {
                *letter++ = (char)spec->key;
                if (spec->argument)
                    *letter++ = ':';
            }
        }
        remember(options, program);
        remember(options, NCA_VERSION);
    }
    for (;;) {
        int key = getopt_long(argc, argv, letters, table, NULL);
        if (key == -1)
            return -1;
        if (key == '?' || key == ':') {
            /* the element that getopt took last (it moves operands out of the way); of letters
               strung together, it has not taken the element, but tells the letter */
            char letter[] = {'-', (char)optopt, '\0'};
            bool unknown = key == '?' && optopt && optopt < 256 && !strchr(letters, optopt);
            die(EXIT_USAGE, "%s: %s; try '%s --help'", unknown ? letter : argv[optind - 1],
                key == ':' ? "needs an argument" : "no such option, or not so", program);
        }
        if (key == 'h' || key == 'V') {
            if (key == 'h')
                print_help(options);
            else
                printf("%s (nca) %s\n", program, NCA_VERSION);
            output_close();
            exit(EXIT_SUCCESS);
        }
        if (key == 'o') {
            options->output = optarg;
            continue;
        }
        for (const struct option_spec *spec = options->specs; spec->name; spec++)
            if (spec->key == key) {
                char name[64];
                options->name = spec->name;
                if (spec->neutral)
                    break;
                snprintf(name, sizeof name, "--%s", spec->name);
                remember(options, name);
                if (spec->argument)
                    remember(options, optarg);
            }
        return key;
    }
}

void options_no_operands(int argc, char **argv) {
    if (optind < argc)
        die(EXIT_USAGE, "%s: takes no operands; try '%s --help'", argv[optind], program);
}

uint64_t option_integer(const char *option, const char *text, uint64_t least, uint64_t most) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    /* strtoull() takes signs and white space; a whole number here is digits alone */
    if (text[0] < '0' || text[0] > '9' || *end || errno || value < least || value > most)
        die(EXIT_USAGE, "%s: %s: not a whole number from %" PRIu64 " to %" PRIu64, option, text,
            least, most);
    return value;
}

int option_signed(const char *option, const char *text, int least, int most) {
    const char *digits = text + (*text == '-');
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (*digits < '0' || *digits > '9' || *end || errno || value < least || value > most)
        die(EXIT_USAGE, "%s: %s: not a whole number from %d to %d", option, text, least, most);
    return (int)value;
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
        char digits[24] = "";
        if (n > most || length >= sizeof digits)
            die(EXIT_USAGE, "%s: %s: not A%s A:B%s", option, text, step ? "," : " or",
                step ? " or A:B:K" : "");
        memcpy(digits, at, length);
        if (length)
            *number[n] = option_integer(option, digits, n == 2, UINT64_MAX);
        if (!*(at += length))
            break;
    }
    if (n == 0)
        *last = *first;
    if (*last < *first)
        die(EXIT_USAGE, "%s: %s: ends before it begins", option, text);
}

int option_choice(const char *option, const char *text, const char *const *names, int count) {
    char list[256] = "";
    for (int i = 0; i < count; i++) {
        if (!strcmp(text, names[i]))
            return i;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", names[i]);
    }
    die(EXIT_USAGE, "%s: %s: not one of %s", option, text, list);
}
