/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every test program shares: the verdict.
 *
 * A program prints "ok <case>: what was seen" for each case and returns 0 from main. The first broken expectation
 * prints "FAIL <case>: what was expected, what was seen" and ends the process with status 1, also in a child: the
 * parent sees it in expect_child_passes().
 */
#ifndef CHECK_H
#define CHECK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL

/* One write per line, so that lines of several processes do not mix and nothing waits in a buffer at a fork. */
static inline void say(const char *verdict, const char *name, const char *format, va_list arguments)
{
    char line[512];
    int length = snprintf(line, sizeof line, "%s %s: ", verdict, name);

    length += vsnprintf(line + length, sizeof line - length - 1, format, arguments);
    if (length > (int)sizeof line - 2)
        length = sizeof line - 2;
    line[length++] = '\n';
    if (write(1, line, length) != length)
        _exit(1);
}

__attribute__((format(printf, 2, 3))) static inline void ok(const char *name, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say("ok", name, format, arguments);
    va_end(arguments);
}

__attribute__((format(printf, 2, 3), noreturn)) static inline void fail(const char *name, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say("FAIL", name, format, arguments);
    va_end(arguments);
    _exit(1);
}

#define expect(condition, name, ...)                                                                                   \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fail(name, __VA_ARGS__);                                                                                   \
    } while (0)

/* The value of a call that sets errno and returns -1 (or MAP_FAILED) when it fails; failing is not what is tested. */
#define must(call)                                                                                                     \
    ({                                                                                                                 \
        __auto_type must_result_ = (call);                                                                             \
        if ((long)must_result_ == -1)                                                                                  \
            fail("setup", "expected %s to work, saw: %s (line %d)", #call, strerror(errno), __LINE__);                 \
        must_result_;                                                                                                  \
    })

static inline void expect_equal(const char *name, const char *what, unsigned long expected, unsigned long seen)
{
    expect(seen == expected, name, "%s: expected %#lx, saw %#lx", what, expected, seen);
}

static inline void expect_child_passes(const char *name, pid_t child)
{
    int status = 0;

    must(waitpid(child, &status, 0));
    expect(status == 0, name, "expected child %d to exit with 0, saw wait status %#x", child, status);
}

static inline int64_t now_ns(clockid_t clock)
{
    struct timespec t;

    must(clock_gettime(clock, &t));
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

#endif
