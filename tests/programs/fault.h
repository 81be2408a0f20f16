/* SPDX-License-Identifier: BSD-2-Clause */
/* Run a function and say which fault it raised, with everything that Linux tells a signal handler about it. */
#ifndef FAULT_H
#define FAULT_H

#include "check.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

/* Error code of a page fault, as the processor pushes it. */
enum { PF_PRESENT = 1, PF_WRITE = 2, PF_USER = 4, PF_FETCH = 16 };

/* Trap numbers. */
enum { TRAP_DE = 0, TRAP_DB = 1, TRAP_BP = 3, TRAP_OF = 4, TRAP_UD = 6, TRAP_SS = 12, TRAP_GP = 13, TRAP_PF = 14 };

struct fault {
    int signal; /* 0: there was none */
    int code;
    unsigned long address; /* si_addr */
    unsigned long ip, sp, flags, trap, error, cr2;
};

static struct fault fault_seen;
static sigjmp_buf fault_return;

static void fault_handler(int signal, siginfo_t *info, void *context)
{
    const greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;

    /* Linux starts a handler with AC and NT as the process had them. */
    asm volatile("push $0x202\n popfq" : : : "memory", "cc");
    fault_seen = (struct fault){
        .signal = signal,
        .code = info->si_code,
        .address = (unsigned long)info->si_addr,
        .ip = r[REG_RIP],
        .sp = r[REG_RSP],
        .flags = r[REG_EFL],
        .trap = r[REG_TRAPNO],
        .error = r[REG_ERR],
        .cr2 = r[REG_CR2],
    };
    siglongjmp(fault_return, 1);
}

/* On a stack of its own: the fault may be about the stack pointer. */
static inline void catch_faults(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    const size_t size = 64 * 1024;
    stack_t stack = {.ss_size = size};
    struct sigaction action = {.sa_sigaction = fault_handler, .sa_flags = SA_SIGINFO | SA_ONSTACK};

    stack.ss_sp = must(mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    must(sigaltstack(&stack, 0));
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++)
        must(sigaction(signals[i], &action, 0));
}

static inline struct fault fault_of(void (*run)(unsigned long), unsigned long argument)
{
    memset(&fault_seen, 0, sizeof fault_seen);
    if (!sigsetjmp(fault_return, 1))
        run(argument);
    return fault_seen;
}

#define FAULT_FORMAT "signal %d code %d addr %#lx ip %#lx trap %lu error %#lx"
#define FAULT_FIELDS(f) (f).signal, (f).code, (f).address, (f).ip, (f).trap, (f).error

/* Accesses whose instruction pointer at the fault is the function's own address. */
void load_byte(unsigned long address);
void load_word(unsigned long address);
void store_byte(unsigned long address);
void jump_to(unsigned long address);
asm(".pushsection .text\n"
    "load_byte:  movb (%rdi), %al\n"
    "            ret\n"
    "load_word:  movq (%rdi), %rax\n"
    "            ret\n"
    "store_byte: movb $1, (%rdi)\n"
    "            ret\n"
    "jump_to:    jmp *%rdi\n"
    ".popsection");

static inline void *map_anonymous(size_t size, int protection)
{
    return must(mmap(0, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

#endif
