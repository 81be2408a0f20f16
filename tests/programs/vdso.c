/* SPDX-License-Identifier: BSD-2-Clause */
/* The vdso is there and serves the clock without a system call: a tracer counts none, and it is quicker than one. */
#include "tracee.h"

#include <elf.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>

enum { CALLS = 1000 };

static void body(void)
{
    struct timespec t;
    struct timeval v;

    clock_gettime(CLOCK_MONOTONIC, &t); /* the C library looks the vdso up at its first call */
    syscall(SYS_getuid);
    for (unsigned i = 0; i < CALLS; i++) {
        clock_gettime(CLOCK_MONOTONIC, &t);
        clock_gettime(CLOCK_REALTIME, &t);
        gettimeofday(&v, 0);
    }
    syscall(SYS_getgid);
    _exit(0);
}

static unsigned long next_call(pid_t child)
{
    unsigned long number;

    resume(child, PTRACE_SYSCALL);
    expect_stop("count", child, SIGTRAP | 0x80);
    number = registers_of(child).orig_rax;
    resume(child, PTRACE_SYSCALL);
    expect_stop("count", child, SIGTRAP | 0x80);
    return number;
}

static int64_t per_call(bool by_syscall)
{
    int64_t best = INT64_MAX;
    struct timespec t;

    for (unsigned round = 0; round < 20; round++) {
        int64_t start = now_ns(CLOCK_MONOTONIC), took;

        for (unsigned i = 0; i < CALLS; i++)
            if (by_syscall)
                syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
            else
                clock_gettime(CLOCK_MONOTONIC, &t);
        took = now_ns(CLOCK_MONOTONIC) - start;
        best = took < best ? took : best;
    }
    return best / CALLS;
}

int main(void)
{
    const Elf64_Ehdr *image = (const Elf64_Ehdr *)getauxval(AT_SYSINFO_EHDR);
    int64_t vdso, kernel;
    pid_t child;
    unsigned calls = 0;

    expect(image && !memcmp(image->e_ident, ELFMAG, SELFMAG), "image", "expected an ELF image at AT_SYSINFO_EHDR, saw %p", image);
    ok("image", "mapped");

    child = start_tracee(body);
    must(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD));
    while (next_call(child) != SYS_getuid) {
    }
    while (next_call(child) != SYS_getgid)
        calls++;
    expect_equal("count", "system calls in 3000 looks at the clock", 0, calls);
    expect_end("count", child);
    ok("count", "no system call in %u looks", 3 * CALLS);

    vdso = per_call(false);
    kernel = per_call(true);
    expect(vdso < kernel, "time", "expected less than the %ld ns of a system call, saw %ld", (long)kernel, (long)vdso);
    ok("time", "%ld ns, a system call %ld ns", (long)vdso, (long)kernel);
    return 0;
}
