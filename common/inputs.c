/* SPDX-License-Identifier: MIT */
#include "common/inputs.h"

#include "common/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct identity {
    dev_t device;
    ino_t number;
} * inputs;
static size_t count, capacity;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

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
    struct identity input = {status.st_dev, status.st_ino};
    pthread_mutex_lock(&lock);
    inputs = grow(inputs, &capacity, count + 1, sizeof *inputs, "inputs");
    inputs[count++] = input;
    pthread_mutex_unlock(&lock);
    if (!fstat(STDOUT_FILENO, &output) && same(&output, &input))
        refuse("standard output");
}

void inputs_protect(int directory, const char *path, const char *name) {
    struct stat status;
    if (fstatat(directory, path, &status, 0))
        return;
    bool read = false;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < count; i++)
        read |= same(&status, &inputs[i]);
    pthread_mutex_unlock(&lock);
    if (read)
        refuse(name);
}
