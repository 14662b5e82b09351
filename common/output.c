/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* for sync_file_range(), fopencookie() */
#include "common/output.h"

#include "common/err.h"
#include "common/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *name = "standard output";
static bool named; /* name is that of a file whose directory output_sync() has yet to sync */

#ifdef __GLIBC__
/* On EAGAIN stdio itself would lose the bytes that it could not write. */
static ssize_t print(void *cookie, const char *bytes, size_t count) {
    (void)cookie;
    return write_all(STDOUT_FILENO, bytes, count) ? (ssize_t)count : 0;
}

static int end_print(void *cookie) {
    (void)cookie;
    return close(STDOUT_FILENO);
}
#endif

void output_begin(void) {
    static const int modes[] = {O_WRONLY, O_RDONLY,
                                O_WRONLY}; /* the wrong modes, so that use fails, except of 2 */
    for (int file = 0; file < 3; file++)
        if (fcntl(file, F_GETFD) < 0 && open("/dev/null", modes[file]) != file)
            die(EXIT_FAILED, "/dev/null:");
#ifdef __GLIBC__
    FILE *to = fopencookie(NULL, "w", (cookie_io_functions_t){.write = print, .close = end_print});
    if (!to)
        die(EXIT_FAILED, "standard output:");
    if (isatty(STDOUT_FILENO))
        setvbuf(to, NULL, _IOLBF, 0);
    stdout = to;
#endif
}

static bool is_file(int file) {
    struct stat status;
    return fstat(file, &status) == 0 && S_ISREG(status.st_mode);
}

static void lock(int file, const char *path) {
    if (is_file(file) && flock(file, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
        die(EXIT_FAILED, "%s: locked: another program is writing it", path);
}

static int open_locked(const char *path) {
    signal(SIGXFSZ, SIG_IGN); /* treat a file size limit as an error, like a full disk */
    int file =
        open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666); /* not O_TRUNC: the lock comes first */
    if (file < 0)
        die(EXIT_FAILED, "%s:", path);
    lock(file, path);
    return file;
}

/* Opening a FIFO might wait for ever. */
static void refuse_special(const char *path, bool devices) {
    struct stat status;
    if (!stat(path, &status) && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode) &&
        (devices || S_ISFIFO(status.st_mode)))
        die(EXIT_FAILED, "%s: not a regular file", path);
}

int output_lock(const char *path) {
    refuse_special(path, true);
    return open_locked(path);
}

static int emptied(int file, const char *path) {
    if (is_file(file) && ftruncate(file, 0))
        die(EXIT_FAILED, "%s:", path);
    return file;
}

int output_create(const char *path) {
    inputs_protect(AT_FDCWD, path, path);
    refuse_special(path, false);
    return emptied(open_locked(path), path);
}

void output_check(const char *path) {
    struct stat status;
    bool there = !stat(path, &status);
    size_t size = strlen(path) + 1;
    char *copy = memcpy(allocate(size, 1, "name"), path, size);
    if (there && S_ISDIR(status.st_mode))
        errno = EISDIR;
    else if (!access(there ? path : dirname(copy), there ? W_OK : W_OK | X_OK)) {
        free(copy);
        return;
    }
    die(EXIT_FAILED, "%s:", path);
}

void output_may_replace(const char *path) {
    struct stat status;
    if (!lstat(path, &status) && !S_ISREG(status.st_mode))
        die(EXIT_FAILED, "%s: %s: only regular files are replaced", path,
            S_ISLNK(status.st_mode) ? "a link" : "not a regular file");
}

/* Whether a descriptor that this program has inherited holds the lock on the directory. */
static bool lock_inherited(int directory) {
    enum { MAX_FILES = 256 };
    struct stat wanted, have;
    bool held = false;
    if (fstat(directory, &wanted))
        return false;
    for (int file = STDERR_FILENO + 1; !held && file < MAX_FILES; file++)
        held = file != directory && !fstat(file, &have) && have.st_dev == wanted.st_dev &&
               have.st_ino == wanted.st_ino && !flock(file, LOCK_EX | LOCK_NB);
    return held;
}

int output_directory(const char *path, bool write) {
    if (write && mkdir(path, 0777) && errno != EEXIST)
        die(EXIT_FAILED, "%s:", path);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        die(EXIT_FAILED, "%s:", path);
    if (flock(directory, (write ? LOCK_EX : LOCK_SH) | LOCK_NB) && errno == EWOULDBLOCK &&
        !lock_inherited(directory))
        die(EXIT_FAILED, "%s: locked: another program is %swriting into it", path,
            write ? "reading it or " : "");
    return directory;
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
    if (path && strcmp(path, "-")) {
        inputs_protect(AT_FDCWD, path, path);
        output_continue(emptied(open_locked(path), path), path);
    } else {
        signal(SIGXFSZ, SIG_IGN);
        lock(STDOUT_FILENO, name);
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
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            poll(&(struct pollfd){.fd = file, .events = POLLOUT}, 1, -1);
            continue;
        }
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

bool sync_file(int file, const char *path) {
    if (fsync(file))
        return false;
    size_t size = strlen(path) + 1;
    char *copy = memcpy(allocate(size, 1, "name"), path, size);
    int directory = open(dirname(copy), O_RDONLY | O_CLOEXEC);
    if (directory >= 0) { /* not all systems can; the data are synced anyway */
        fsync(directory);
        close(directory);
    }
    free(copy);
    return true;
}

void output_sync(void) {
    if (!is_file(STDOUT_FILENO))
        return;
    if (!(named ? sync_file(STDOUT_FILENO, name) : !fsync(STDOUT_FILENO)))
        output_failed();
    named = false;
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
    /* An output that was closed from the start (>&-) is an error only if something was written.
       What fails first has the reason: errno, or what it was if no more is left to be written. */
    int before = errno;
    errno = 0;
    bool failed = (fflush(stdout) != 0) | ferror(stdout);
    int reason = errno ? errno : before;
    if (!failed && fclose(stdout)) {
        failed = true;
        reason = errno;
    }
    errno = reason;
    if (failed)
        output_failed();
}
