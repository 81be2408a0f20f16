/* SPDX-License-Identifier: BSD-2-Clause */
/* Single steps by the trap flag: each instruction, over system calls, faults and breakpoints, never in the kernel. */
#include "fault.h"

extern char step_first[], step_syscall[], step_after_syscall[], step_last[], step_cpuid[];
void step_region(unsigned long unused);
asm(".pushsection .text\n"
    "step_region: push %rbx\n"
    "             pushfq\n"
    "             orq $0x100, (%rsp)\n"
    "             popfq\n"
    "step_first:  nop\n" /* the first trap comes behind this one, not behind popf */
    "             mov $110, %eax\n"
    "step_syscall: syscall\n"
    "step_after_syscall: nop\n"
    "             xor %eax, %eax\n"
    "step_cpuid:  cpuid\n"
    "             nop\n"
    "             pushfq\n"
    "             andq $~0x100, (%rsp)\n"
    "             popfq\n"
    "step_last:   nop\n"
    "             pop %rbx\n"
    "             ret\n"
    ".popsection");

static unsigned long seen[32];
static volatile unsigned steps;

static void on_step(int signal, siginfo_t *info, void *context)
{
    ucontext_t *c = context;

    (void)signal;
    expect_equal("step", "si_code", TRAP_TRACE, info->si_code);
    if (steps < 32)
        seen[steps] = c->uc_mcontext.gregs[REG_RIP];
    steps++;
}

static bool was_seen(const void *ip)
{
    for (unsigned i = 0; i < steps && i < 32; i++)
        if (seen[i] == (unsigned long)ip)
            return true;
    return false;
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};

    must(sigaction(SIGTRAP, &action, 0));
    for (int round = 0; round < 50; round++) {
        steps = 0;
        step_region(0);
        /* The kernel returns from a system call with the flag set, so the trap comes one instruction later. */
        expect_equal("step", "number of steps", 9, steps);
        expect(!was_seen(step_after_syscall), "step", "expected no step right behind the system call");
        expect(was_seen(step_syscall), "step", "expected a step in front of the system call");
        expect(was_seen(step_cpuid), "step", "expected a step behind the system call");
        for (unsigned i = 0; i < steps; i++)
            expect(seen[i] >= (unsigned long)step_first && seen[i] <= (unsigned long)step_last, "step",
                   "expected only steps between %p and %p, saw %#lx", step_first, step_last, seen[i]);
    }
    ok("step", "%u steps through 10 instructions with a system call, 50 times", steps);
    return 0;
}
