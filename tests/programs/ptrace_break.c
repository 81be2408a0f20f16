/* SPDX-License-Identifier: BSD-2-Clause */
/* Software breakpoints: written into the tracee's code by POKETEXT, hit, stepped over, and taken away. */
#include "tracee.h"

long counted(long value);
asm(".pushsection .text\n"
    "counted: lea 1(%rdi), %rax\n"
    "         ret\n"
    ".popsection");

static void body(void)
{
    long value = 0;

    for (unsigned i = 0; i < 50; i++)
        value = counted(value);
    expect_equal("tracee", "value", 50, value);
}

int main(void)
{
    pid_t child = start_tracee(body);
    long word, *at = (long *)counted;
    struct user_regs_struct r;

    errno = 0;
    word = ptrace(PTRACE_PEEKTEXT, child, at, 0);
    expect(word == *at && errno == 0, "peek", "expected %#lx, saw %#lx", *at, word);
    for (unsigned hit = 0; hit < 40; hit++) {
        must(ptrace(PTRACE_POKETEXT, child, at, (word & ~0xffL) | 0xcc));
        resume(child, PTRACE_CONT);
        expect_stop("break", child, SIGTRAP);
        r = registers_of(child);
        expect_equal("break", "ip", (unsigned long)at + 1, r.rip);
        expect_equal("break", "argument", hit, r.rdi);
        must(ptrace(PTRACE_POKETEXT, child, at, word));
        r.rip = (unsigned long)at;
        must(ptrace(PTRACE_SETREGS, child, 0, &r));
        resume(child, PTRACE_SINGLESTEP);
        expect_stop("break", child, SIGTRAP);
        expect_equal("break", "ip behind the step", (unsigned long)at + 4, registers_of(child).rip);
    }
    expect_end("break", child);
    expect_equal("break", "tracer's own code", word, *at);
    ok("break", "hit 40 times; the tracer's copy of the page is untouched");
    return 0;
}
