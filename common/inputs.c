/* SPDX-License-Identifier: MIT */
#include "common/inputs.h"

#include "common/err.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct identity {
    dev_t device;
    ino_t number;
} * inputs;
static size_t count, capacity;

static bool same(const struct stat *status, const struct identity *input) {
    return status->st_dev == input->device && status->st_ino == input->number;
}

static _Noreturn void refuse(const char *name) {
    die(EXIT_USAGE,
        "%s: is also an input, which would be lost: write to another file, or continue a run in "
        "place with nca-step --resume",
        name);
}

void inputs_add(int directory, const char *path) {
    struct stat status, output;
    if (strcmp(path, "-") ? fstatat(directory, path, &status, 0) : fstat(STDIN_FILENO, &status))
        return;
    if (!S_ISREG(status.st_mode))
        return;
    inputs = grow(inputs, &capacity, count + 1, sizeof *inputs, "inputs");
    inputs[count++] = (struct identity){status.st_dev, status.st_ino};
    if (!fstat(STDOUT_FILENO, &output) && same(&output, &inputs[count - 1]))
        refuse("standard output");
}

void inputs_protect(int directory, const char *path, const char *name) {
    struct stat status;
    if (!count || fstatat(directory, path, &status, 0))
        return;
    for (size_t i = 0; i < count; i++)
        if (same(&status, &inputs[i]))
            refuse(name);
}
