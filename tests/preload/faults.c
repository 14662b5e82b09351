/* SPDX-License-Identifier: MIT */
/* Preloaded (LD_PRELOAD), makes a system misbehave as systems do. By the environment:
     FAULT_FULL=N    files take N bytes, written by write(), and then there is no space left
     FAULT_SHORT=N   read() and write() move at most 1 to N bytes, now this many, now that
     FAULT_EINTR=N   each N-th of them is interrupted by a signal before it has done anything
     FAULT_SYNC=1    fsync() fails
     FAULT_TICK=N    clocks stand still but for N milliseconds each time that one is asked
     FAULT_CLOCK=N   clocks jump, by up to N seconds either way */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t number(const char *name) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : 0;
}

/* Marsaglia's xorshift64: any sequence will do, and this one is the same each time. */
static uint64_t chance(void) {
    static _Thread_local uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static int interrupted(void) {
    static _Thread_local uint64_t calls;
    uint64_t every = number("FAULT_EINTR");
    if (!every || ++calls % every)
        return 0;
    errno = EINTR;
    return 1;
}

static size_t fewer(size_t count) {
    uint64_t most = number("FAULT_SHORT");
    size_t few = most ? 1 + chance() % most : count;
    return few < count ? few : count;
}

ssize_t read(int file, void *to, size_t count) {
    static ssize_t (*real)(int, void *, size_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "read");
    return interrupted() ? -1 : real(file, to, fewer(count));
}

ssize_t write(int file, const void *from, size_t count) {
    static ssize_t (*real)(int, const void *, size_t);
    static uint64_t written;
    const char *full = getenv("FAULT_FULL");
    struct stat status;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "write");
    if (interrupted())
        return -1;
    count = fewer(count);
    if (!full || fstat(file, &status) || !S_ISREG(status.st_mode))
        return real(file, from, count);
    uint64_t left = number("FAULT_FULL") - written;
    if (!left) {
        errno = ENOSPC;
        return -1;
    }
    ssize_t n = real(file, from, count < left ? count : left);
    written += n > 0 ? (uint64_t)n : 0;
    return n;
}

int fsync(int file) {
    static int (*real)(int);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "fsync");
    if (!number("FAULT_SYNC"))
        return real(file);
    errno = EIO;
    return -1;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    static _Atomic uint64_t asked;
    uint64_t tick = number("FAULT_TICK"), now = tick * ++asked;
    if (tick)
        *time = (struct timespec){.tv_sec = 1000 + (time_t)(now / 1000),
                                  .tv_nsec = (long)(now % 1000) * 1000000};
    int64_t most = (int64_t)number("FAULT_CLOCK");
    if (most)
        time->tv_sec += (int64_t)(chance() % (uint64_t)(2 * most + 1)) - most;
    return result;
}
