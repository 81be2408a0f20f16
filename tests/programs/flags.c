/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The flags register belongs to the process: what popf sets survives system calls and faults, does not confuse the
 * kernel, and what popf must not set stays unset.
 */
#include "fault.h"

#include <sys/syscall.h>

enum { CF = 1, PF = 4, AF = 0x10, ZF = 0x40, SF = 0x80, TF = 0x100, IF = 0x200, DF = 0x400, OF = 0x800, NT = 0x4000 };
enum { IOPL = 0x3000, AC = 0x40000, ID = 0x200000 };

/* Set flags, make the getppid system call, return the flags behind it. */
unsigned long flags_over_syscall(unsigned long flags);
unsigned long flags_over_fault(unsigned long flags);
unsigned long flags_of_popf(unsigned long flags);
void trap_into_ud2(unsigned long flags);
asm(".pushsection .text\n"
    "flags_over_syscall: mov $110, %eax\n"
    "                    push %rdi\n"
    "                    popfq\n"
    "                    syscall\n"
    "                    pushfq\n"
    "                    pop %rax\n"
    "                    push $0x202\n"
    "                    popfq\n"
    "                    ret\n"
    "flags_of_popf:      push %rdi\n"
    "                    popfq\n"
    "                    pushfq\n"
    "                    pop %rax\n"
    "                    push $0x202\n"
    "                    popfq\n"
    "                    ret\n"
    /* A page fault that the kernel repairs: the store to a fresh page. */
    "flags_over_fault:   mov fresh_page(%rip), %rsi\n"
    "                    push %rdi\n"
    "                    popfq\n"
    "                    movb $1, (%rsi)\n"
    "                    pushfq\n"
    "                    pop %rax\n"
    "                    push $0x202\n"
    "                    popfq\n"
    "                    ret\n"
    "trap_into_ud2:      push %rdi\n"
    "                    popfq\n"
    "                    ud2\n"
    "                    ret\n"
    ".popsection");
__attribute__((used)) char *fresh_page asm("fresh_page");

static void check_kept(const char *name, unsigned long flags)
{
    /* Status flags may change on the way through popf and pushf only by the instructions between. */
    unsigned long wanted = flags | 0x202, seen = flags_of_popf(flags);
    struct fault f;

    expect_equal(name, "flags behind popf", wanted, seen);
    expect_equal(name, "flags behind a system call", wanted, flags_over_syscall(flags));
    fresh_page = map_anonymous(PAGE, PROT_READ | PROT_WRITE);
    expect_equal(name, "flags behind a page fault", wanted, flags_over_fault(flags));
    f = fault_of(trap_into_ud2, flags);
    /* RF (bit 16) is pushed set by a fault; it is not a flag that pushf shows. */
    expect(f.signal == SIGILL && (f.flags & ~0x10000UL) == wanted, name,
           "expected signal 4 with flags %#lx, saw signal %d with flags %#lx", wanted, f.signal, f.flags);
    expect_equal(name, "flags afterwards", 0x202, flags_of_popf(0x202));
    ok(name, "kept over popf, system call, page fault and signal: %#lx", wanted);
}

static void check_ignored(const char *name, unsigned long flags)
{
    expect_equal(name, "flags behind popf", 0x202, flags_of_popf(flags));
    expect_equal(name, "flags behind a system call", 0x202, flags_over_syscall(flags));
    ok(name, "popf does not set it");
}

int main(void)
{
    catch_faults();
    check_kept("status flags", CF | PF | AF | ZF | SF | OF);
    check_kept("no flags", 0);
    check_kept("DF", DF);
    check_kept("NT", NT);
    check_kept("AC", AC);
    check_kept("ID", ID);
    check_kept("NT AC ID DF", NT | AC | ID | DF);
    check_ignored("IF cleared", 0);
    check_ignored("IOPL", IOPL | 0x202);
    check_ignored("VIF VIP VM RF", 0x1b0000UL | 0x202);
    return 0;
}
