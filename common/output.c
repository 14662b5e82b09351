#include "output.h"

#include "err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *name = "standard output";

void output_open(const char *path, bool binary) {
    if (path && strcmp(path, "-")) {
        if (!freopen(path, "wb", stdout))
            die(EXIT_FAILED, "%s:", path);
        name = path;
    }
    if (binary && isatty(STDOUT_FILENO))
        die(EXIT_USAGE,
            "%s is a terminal, and this output is binary: "
            "pipe it on, redirect it, or use -o FILE",
            name);
}

void output_failed(void) {
    if (errno == EPIPE)
        exit(EXIT_FAILED);
    die(EXIT_FAILED, "%s:", name);
}

void output_close(void) {
    /* An output closed from the start (>&-) is only an error if something was to be written. */
    if (ferror(stdout) | (fclose(stdout) != 0))
        output_failed();
}
