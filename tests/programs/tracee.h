/* SPDX-License-Identifier: BSD-2-Clause */
/* Start a child under ptrace, and wait for what it stops with. */
#ifndef TRACEE_H
#define TRACEE_H

#include "check.h"

#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/user.h>

static inline pid_t start_tracee(void (*body)(void))
{
    pid_t child = must(fork());
    int status;

    if (child == 0) {
        must(ptrace(PTRACE_TRACEME, 0, 0, 0));
        raise(SIGSTOP);
        body();
        _exit(0);
    }
    must(waitpid(child, &status, 0));
    expect(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "tracee", "expected a stop by signal 19, saw wait status %#x",
           status);
    return child;
}

static inline void expect_stop(const char *name, pid_t child, int signal)
{
    int status = 0;

    must(waitpid(child, &status, 0));
    expect(WIFSTOPPED(status) && WSTOPSIG(status) == signal, name, "expected a stop by signal %d, saw wait status %#x", signal,
           status);
}

static inline struct user_regs_struct registers_of(pid_t child)
{
    struct user_regs_struct r;

    must(ptrace(PTRACE_GETREGS, child, 0, &r));
    return r;
}

static inline void resume(pid_t child, int how)
{
    must(ptrace(how, child, 0, 0));
}

static inline void expect_end(const char *name, pid_t child)
{
    resume(child, PTRACE_CONT);
    expect_child_passes(name, child);
}

#endif
