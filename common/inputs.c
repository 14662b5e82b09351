/* SPDX-License-Identifier: MIT */
#include "common/inputs.h"

#include "common/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct identity {
    dev_t device;
    ino_t number;
};
static struct list {
    struct identity *file;
    size_t count, capacity;
} inputs, outputs;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool same(const struct stat *status, const struct identity *file) {
    return status->st_dev == file->device && status->st_ino == file->number;
}

static bool is_listed(const struct list *list, const struct stat *status) {
    bool found = false;
    for (size_t i = 0; i < list->count; i++)
        found |= same(status, &list->file[i]);
    return found;
}

static void add(struct list *list, struct identity file) {
    list->file = grow(list->file, &list->capacity, list->count + 1, sizeof file, "files");
    list->file[list->count++] = file;
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
    add(&inputs, input);
    pthread_mutex_unlock(&lock);
    if (!fstat(STDOUT_FILENO, &output) && same(&output, &input))
        refuse("standard output");
}

void inputs_protect(int directory, const char *path, const char *name) {
    struct stat status;
    if (fstatat(directory, path, &status, 0))
        return;
    pthread_mutex_lock(&lock);
    bool read = is_listed(&inputs, &status);
    pthread_mutex_unlock(&lock);
    if (read)
        refuse(name);
}

void outputs_apart(const char *path) {
    struct stat status;
    if (stat(path, &status))
        return;
    if (is_listed(&outputs, &status))
        die(EXIT_USAGE, "%s: another name of a file that is written, too", path);
    add(&outputs, (struct identity){status.st_dev, status.st_ino});
}
