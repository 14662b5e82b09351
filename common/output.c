#define _GNU_SOURCE /* for sync_file_range() */
#include "output.h"

#include "err.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *name = "standard output";
static bool named; /* name is that of a file, whose folder knows of it only after output_sync() */

int output_lock(const char *path) {
    signal(SIGXFSZ, SIG_IGN);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666); /* emptied only once locked */
    if (file < 0)
        die(EXIT_FAILED, "%s:", path);
    if (flock(file, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        die(EXIT_FAILED, "%s: locked: another program is writing it", path);
    return file;
}

static bool is_file(int file) {
    struct stat status;
    return fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

void output_continue(int file, const char *path) {
    if (file != STDOUT_FILENO) {
        if (dup2(file, STDOUT_FILENO) < 0)
            die(EXIT_FAILED, "%s:", path);
        close(file);
    }
    name = path;
    named = true;
}

void output_open(const char *path, bool binary) {
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error like a full disk */
    if (path && strcmp(path, "-")) {
        int file = output_lock(path);
        if (is_file(file) && ftruncate(file, 0))
            die(EXIT_FAILED, "%s:", path);
        output_continue(file, path);
    }
    if (binary && isatty(STDOUT_FILENO))
        die(EXIT_USAGE,
            "%s is a terminal, and this output is binary: "
            "pipe it on, redirect it, or use -o FILE",
            name);
}

bool write_all(int file, const void *bytes, size_t count) {
    const char *at = bytes;
    while (count) {
        ssize_t n = write(file, at, count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        at += n;
        count -= (size_t)n;
    }
    return true;
}

void write_behind(int file) {
#ifdef SYNC_FILE_RANGE_WRITE
    sync_file_range(file, 0, 0, SYNC_FILE_RANGE_WRITE);
#else
    (void)file;
#endif
}

void output_sync(void) {
    if (!is_file(STDOUT_FILENO))
        return;
    if (fsync(STDOUT_FILENO))
        output_failed();
    if (!named)
        return;
    named = false;
    size_t size = strlen(name) + 1;
    char *path = memcpy(allocate(size, 1, "name"), name, size);
    int directory = open(dirname(path), O_RDONLY | O_CLOEXEC);
    if (directory >= 0) { /* not all systems can do this; the data are safe all the same */
        fsync(directory);
        close(directory);
    }
    free(path);
}

bool output_sync_due(uint64_t seconds) {
    static struct timespec last;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    bool due = last.tv_sec && (uint64_t)(now.tv_sec - last.tv_sec) >= seconds;
    if (due || !last.tv_sec)
        last = now;
    return due;
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
