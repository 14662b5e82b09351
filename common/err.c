/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE /* for madvise() */
#include "common/err.h"

#include "common/escape.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *program = "nca";

void program_name(const char *argv0) {
    const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
    program = slash ? slash + 1 : argv0 ? argv0 : "nca";
}

static void message(const char *format, va_list list) {
    const char *reason = strerror(errno);
    size_t length = strlen(format);
    bool more = length && format[length - 1] == ':';
    char text[1024], whole[1280], line[ESCAPED * sizeof whole];
    vsnprintf(text, sizeof text, format, list);
    snprintf(whole, sizeof whole, "%.100s: %s%s%.100s", program, text, more ? " " : "",
             more ? reason : "");
    length = escape_text(line, sizeof line - 1, whole); /* names and headers may hold anything */
    line[length] = '\n';
    line[length + 1] = '\0';
    /* One write, as the programs of a pipe share standard error; poll() waits until a line fits. */
    poll(&(struct pollfd){.fd = STDERR_FILENO, .events = POLLOUT}, 1, -1);
    fputs(line, stderr);
}

void complain(const char *format, ...) {
    va_list list;
    va_start(list, format);
    message(format, list);
    va_end(list);
}

void die(int status, const char *format, ...) {
    va_list list;
    va_start(list, format);
    message(format, list);
    va_end(list);
    exit(status);
}

bool explain(char why[256], const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(why, 256, format, list);
    va_end(list);
    return false;
}

/* Random access to large genome arrays misses the TLB: ask for huge pages. All pages of the memory
   get the same advice, as mremap() in realloc() can only move a single mapping. */
static void *huge(void *memory, size_t bytes) {
#ifdef MADV_HUGEPAGE
    size_t page = (size_t)sysconf(_SC_PAGESIZE), before = (uintptr_t)memory % page;
    size_t pages = (before + bytes + page - 1) / page;
    if (bytes >= 1 << 22)
        madvise((char *)memory - before, pages * page, MADV_HUGEPAGE); /* failure does no harm */
#else
    (void)bytes;
#endif
    return memory;
}

static NCA_NORETURN void out_of_memory(const char *what, size_t count, size_t size) {
    die(EXIT_FAILED, "%s: out of memory (%zu x %zu bytes)", what, count, size);
}

void *allocate(size_t count, size_t size, const char *what) {
    void *memory = calloc(count ? count : 1, size ? size : 1);
    if (!memory)
        out_of_memory(what, count, size);
    return huge(memory, count * size);
}

void *reallocate(void *old, size_t count, size_t size, const char *what) {
    size_t bytes;
    bool fits = !__builtin_mul_overflow(count, size, &bytes);
    void *memory = fits ? realloc(old, bytes + !bytes) : NULL;
    if (!memory)
        out_of_memory(what, count, size);
    return huge(memory, bytes);
}

void *extend(void *old, size_t before, size_t after, size_t size, const char *what) {
    void *array = reallocate(old, after, size, what);
    memset((char *)array + before * size, 0, (after - before) * size);
    return array;
}

void *grow_beyond(void *old, size_t *capacity, size_t need, size_t size, const char *what) {
    size_t before = *capacity;
    *capacity = need + need / 2 + 4;
    return extend(old, before, *capacity, size, what);
}
