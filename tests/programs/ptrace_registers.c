/* SPDX-License-Identifier: BSD-2-Clause */
/* A tracer reads and writes registers and memory of its tracee, and what it must not write is refused. */
#include "tracee.h"

#include <sys/mman.h>
#include <sys/uio.h>

static unsigned long area[1024] __attribute__((aligned(4096)));

/* Stops with known registers, then stores what it finds behind the stop. */
void show_registers(unsigned long pattern, unsigned long *store);
extern char shown[];
asm(".pushsection .text\n"
    "show_registers:\n"
    "    push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "    lea 1(%rdi), %rax; lea 2(%rdi), %rbx; lea 3(%rdi), %rcx; lea 4(%rdi), %rdx; lea 5(%rdi), %rbp\n"
    "    lea 8(%rdi), %r8; lea 9(%rdi), %r9; lea 10(%rdi), %r10; lea 11(%rdi), %r11; lea 12(%rdi), %r12\n"
    "    lea 13(%rdi), %r13; lea 14(%rdi), %r14; lea 15(%rdi), %r15\n"
    "    int3\n"
    "shown:\n"
    "    mov %rax, (%rsi); mov %rbx, 8(%rsi); mov %rcx, 16(%rsi); mov %rdx, 24(%rsi); mov %rbp, 32(%rsi)\n"
    "    mov %r8, 40(%rsi); mov %r9, 48(%rsi); mov %r10, 56(%rsi); mov %r11, 64(%rsi); mov %r12, 72(%rsi)\n"
    "    mov %r13, 80(%rsi); mov %r14, 88(%rsi); mov %r15, 96(%rsi); mov %rdi, 104(%rsi)\n"
    "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "    ret\n"
    ".popsection");

static void body(void)
{
    show_registers(0x5000, area);
    for (unsigned i = 0; i < 14; i++)
        expect_equal("tracee", "register set by the tracer", 0x9000 + i, area[i]);
    expect_equal("tracee", "word poked", 0xfeedface, area[1000]);
}

int main(void)
{
    pid_t child = start_tracee(body);
    struct user_regs_struct r, bad;
    struct user_fpregs_struct fp;
    unsigned long buffer[4] = {0};
    struct iovec local = {buffer, sizeof buffer}, remote = {area, sizeof buffer};
    long word;

    resume(child, PTRACE_CONT);
    expect_stop("registers", child, SIGTRAP);
    r = registers_of(child);
    const unsigned long seen[] = {r.rax, r.rbx, r.rcx, r.rdx, r.rbp, r.r8, r.r9, r.r10, r.r11, r.r12, r.r13, r.r14, r.r15};
    const unsigned offsets[] = {1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};
    for (unsigned i = 0; i < 13; i++)
        expect_equal("registers", "pattern", 0x5000 + offsets[i], seen[i]);
    expect_equal("registers", "rip", (unsigned long)shown, r.rip);
    expect_equal("registers", "cs", 0x33, r.cs);
    expect_equal("registers", "ss", 0x2b, r.ss);
    expect_equal("registers", "orig_rax", -1UL, r.orig_rax);
    ok("read", "15 registers and the segments");

    /* A tracer cannot give its tracee a kernel segment, an upper-half base, or I/O privilege. */
    bad = r;
    bad.cs = 0x10;
    expect(ptrace(PTRACE_SETREGS, child, 0, &bad) == -1, "kernel segment", "expected cs 0x10 to be refused");
    bad = r;
    bad.fs_base = 0xffff888000000000;
    expect(ptrace(PTRACE_SETREGS, child, 0, &bad) == -1, "kernel base", "expected the fs base to be refused");
    bad = r;
    bad.eflags = r.eflags | 0x3000;
    must(ptrace(PTRACE_SETREGS, child, 0, &bad));
    expect_equal("I/O privilege", "flags", r.eflags, registers_of(child).eflags);
    ok("refused", "kernel segment, kernel base, I/O privilege");

    r.rax = 0x9000, r.rbx = 0x9001, r.rcx = 0x9002, r.rdx = 0x9003, r.rbp = 0x9004, r.r8 = 0x9005, r.r9 = 0x9006;
    r.r10 = 0x9007, r.r11 = 0x9008, r.r12 = 0x9009, r.r13 = 0x900a, r.r14 = 0x900b, r.r15 = 0x900c, r.rdi = 0x900d;
    must(ptrace(PTRACE_SETREGS, child, 0, &r));
    must(ptrace(PTRACE_POKEDATA, child, &area[1000], 0xfeedface));
    errno = 0;
    word = ptrace(PTRACE_PEEKDATA, child, &area[1000], 0);
    expect_equal("memory", "word", 0xfeedface, word);
    expect_equal("memory", "tracer's own word", 0, area[1000]);
    expect(ptrace(PTRACE_PEEKDATA, child, 0x10, 0) == -1 && errno == EIO, "bad address", "expected EIO, saw %s", strerror(errno));
    must(ptrace(PTRACE_GETFPREGS, child, 0, &fp));
    expect_equal("vector state", "mxcsr", 0x1f80, fp.mxcsr);
    must(ptrace(PTRACE_SETFPREGS, child, 0, &fp));
    expect_equal("process_vm_readv", "bytes", sizeof buffer, process_vm_readv(child, &local, 1, &remote, 1, 0));
    ok("memory", "written and read by word and by block");
    expect_end("written registers", child);
    ok("write", "14 registers arrived");
    return 0;
}
