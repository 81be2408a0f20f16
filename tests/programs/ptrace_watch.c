/* SPDX-License-Identifier: BSD-2-Clause */
/* Hardware breakpoints through POKEUSER: on execution, on writes of each size, on reads, and not where they are not. */
#include "tracee.h"

static volatile uint64_t watched[4] __attribute__((aligned(32)));

enum { ON_EXECUTE = 0, ON_WRITE = 1, ON_ACCESS = 3 };

void write_watched(volatile uint64_t *at);
extern char write_last[], write_behind[];
asm(".pushsection .text\n"
    "write_watched: movb $1, 8(%rdi)\n"   /* beside */
    "               movb $1, 24(%rdi)\n"  /* beside */
    "write_last:    movl $1, (%rdi)\n"
    "write_behind:  movl (%rdi), %eax\n"
    "read_behind:   ret\n"
    ".popsection");
extern char read_behind[];

static void body(void)
{
    for (unsigned i = 0; i < 20; i++)
        write_watched(watched);
}

/* Returns false when the kernel or the processor has no such thing. */
static bool set_breakpoint(pid_t child, unsigned number, const volatile void *address, unsigned kind, unsigned bytes)
{
    unsigned long control = 1UL << (2 * number) | (unsigned long)(kind | (bytes - 1) << 2) << (16 + 4 * number);

    if (ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg) + number * 8, address) == -1)
        return false;
    return ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg) + 7 * 8, control) != -1;
}

static void expect_hit(const char *name, pid_t child, unsigned number, const void *ip)
{
    unsigned long status;

    resume(child, PTRACE_CONT);
    expect_stop(name, child, SIGTRAP);
    expect_equal(name, "ip", (unsigned long)ip, registers_of(child).rip);
    errno = 0;
    status = ptrace(PTRACE_PEEKUSER, child, offsetof(struct user, u_debugreg) + 6 * 8, 0);
    expect(errno == 0 && (status & 15) == 1U << number, name, "expected bit %u of DR6, saw %#lx", number, status);
}

int main(void)
{
    pid_t child = start_tracee(body);

    if (!set_breakpoint(child, 0, write_last, ON_EXECUTE, 1))
        fail("execute", "expected POKEUSER of the debug registers to work, saw %s", strerror(errno));
    for (unsigned i = 0; i < 5; i++)
        expect_hit("execute", child, 0, write_last);
    ok("execute", "5 hits in front of the instruction");

    must(ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg) + 7 * 8, 0));
    expect(set_breakpoint(child, 1, watched, ON_WRITE, 4), "write", "expected POKEUSER to work, saw %s", strerror(errno));
    for (unsigned i = 0; i < 5; i++)
        expect_hit("write", child, 1, write_behind);
    ok("write", "5 hits behind the store; neighbours and reads do not count");

    must(ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg) + 7 * 8, 0));
    expect(set_breakpoint(child, 3, watched, ON_ACCESS, 8), "access", "expected POKEUSER to work, saw %s", strerror(errno));
    expect_hit("access", child, 3, read_behind); /* the read that follows the last store */
    for (unsigned i = 0; i < 3; i++) {
        expect_hit("access", child, 3, write_behind);
        expect_hit("access", child, 3, read_behind);
    }
    ok("access", "reads and writes");

    expect(ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg), 0xffffffff81000000) == -1, "kernel address",
           "expected a breakpoint on a kernel address to be refused");
    ok("kernel address", "refused");
    must(ptrace(PTRACE_POKEUSER, child, offsetof(struct user, u_debugreg) + 7 * 8, 0));
    expect_end("end", child);

    /* The breakpoint was the tracee's alone. */
    body();
    ok("tracer", "never stopped itself");
    return 0;
}
