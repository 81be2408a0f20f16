/* SPDX-License-Identifier: BSD-2-Clause */
/* Single steps under ptrace: one instruction each, through a loop, a system call, a fresh page and a signal. */
#include "tracee.h"

#include <sys/mman.h>

void stepped(void *fresh);
extern char step_loop[], step_syscall[], step_store[], step_end[];
asm(".pushsection .text\n"
    "stepped:      mov $100, %ecx\n"
    "step_loop:    dec %ecx\n"
    "              jnz step_loop\n"
    "              mov $110, %eax\n"
    "step_syscall: syscall\n"
    "              nop\n"
    "step_store:   movb $1, (%rdi)\n"
    "step_end:     ret\n"
    ".popsection");

static void body(void)
{
    stepped(must(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
}

static void step_expecting(pid_t child, const void *ip)
{
    resume(child, PTRACE_SINGLESTEP);
    expect_stop("step", child, SIGTRAP);
    expect_equal("step", "ip", (unsigned long)ip, registers_of(child).rip);
}

int main(void)
{
    pid_t child = start_tracee(body);
    struct user_regs_struct r;
    unsigned steps = 0;

    do {
        resume(child, PTRACE_SINGLESTEP);
        expect_stop("step", child, SIGTRAP);
        r = registers_of(child);
        expect(++steps < 100000, "step", "expected to reach %p, saw %#lx", (void *)stepped, (unsigned long)r.rip);
    } while (r.rip != (unsigned long)stepped);
    ok("step", "%u steps to the function", steps);

    step_expecting(child, step_loop);
    for (unsigned left = 100; left > 0; left--) {
        step_expecting(child, step_loop + 2);
        expect_equal("loop", "ecx", left - 1, registers_of(child).rcx);
        step_expecting(child, left > 1 ? step_loop : step_loop + 4);
    }
    ok("loop", "200 steps, each to the next instruction");

    step_expecting(child, step_syscall);
    step_expecting(child, step_syscall + 2);
    expect_equal("system call", "result", getpid(), registers_of(child).rax);
    step_expecting(child, step_store);
    step_expecting(child, step_end);
    ok("system call and fresh page", "one step each");
    expect_end("step", child);
    return 0;
}
