/* SPDX-License-Identifier: BSD-2-Clause */
/* Stops at system calls: number and arguments at the entry, the result at the exit, both changeable. */
#include "tracee.h"

#include <sys/syscall.h>

static void body(void)
{
    struct timespec nap = {0, 3000000};

    expect_equal("plain", "result", getpid(), syscall(SYS_getpid, 1, 2, 3, 4, 5, 6));
    expect_equal("number changed", "result", getpid(), syscall(SYS_getppid));
    expect_equal("result changed", "result", 4711, syscall(SYS_getppid));
    expect(syscall(SYS_getppid) == -1 && errno == ENOSYS, "skipped", "expected ENOSYS, saw %s", strerror(errno));
    expect_equal("long", "result", 0, syscall(SYS_nanosleep, &nap, 0));
    _exit(0);
}

static struct user_regs_struct next_stop(pid_t child)
{
    resume(child, PTRACE_SYSCALL);
    expect_stop("stop", child, SIGTRAP | 0x80);
    return registers_of(child);
}

static struct user_regs_struct next_entry_of(pid_t child, unsigned long number)
{
    struct user_regs_struct r = next_stop(child);

    /* The C library's own calls in between pass by. */
    while (r.orig_rax != number) {
        next_stop(child);
        r = next_stop(child);
    }
    expect_equal("entry", "rax", -ENOSYS, r.rax);
    return r;
}

int main(void)
{
    pid_t child = start_tracee(body);
    struct user_regs_struct r;

    must(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD));
    do {
        r = next_entry_of(child, SYS_getpid);
        if (r.rdi != 1)
            next_stop(child);
    } while (r.rdi != 1);
    expect(r.rsi == 2 && r.rdx == 3 && r.r10 == 4 && r.r8 == 5 && r.r9 == 6, "entry", "expected arguments 2 to 6");
    expect_equal("entry", "rcx", r.rip, r.rcx);
    r = next_stop(child);
    expect_equal("exit", "result", child, r.rax);
    ok("plain", "arguments and result");

    r = next_entry_of(child, SYS_getppid);
    r.orig_rax = SYS_getpid;
    must(ptrace(PTRACE_SETREGS, child, 0, &r));
    next_stop(child);
    next_entry_of(child, SYS_getppid);
    r = next_stop(child);
    r.rax = 4711;
    must(ptrace(PTRACE_SETREGS, child, 0, &r));
    r = next_entry_of(child, SYS_getppid);
    r.orig_rax = -1;
    must(ptrace(PTRACE_SETREGS, child, 0, &r));
    next_stop(child);
    next_entry_of(child, SYS_nanosleep);
    next_stop(child);
    ok("changed", "number, result, skipped");
    expect_end("end", child);
    return 0;
}
