/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An interrupt changes no register and no flag: two processes load all fifteen general registers, the flags (with DF
 * and without), FS and GS base, and compare until a second of ticks and switches has passed.
 */
#include "check.h"

#include <signal.h>
#include <sys/mman.h>

/*
 * Spins on *stop with every register holding a known value; rax is the work register, and part of the pattern between
 * the looks at *stop. Returns 0, or the number of the register that changed. The stack pointer is checked too.
 */
unsigned long watch_registers(unsigned long pattern, volatile int *stop, unsigned long flags, uint64_t *rounds);
asm(".pushsection .text\n"
    ".macro expect_register number, name, offset\n"
    "    lea \\offset(%rbx), %rax\n"
    "    cmp %rax, \\name\n"
    "    mov $\\number, %eax\n"
    "    jne 9f\n"
    ".endm\n"
    "watch_registers:\n"
    "    push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "    push %rcx; push %rsi; push %rdx; push %rdi; mov %rsp, watch_sp(%rip)\n"
    "1:  mov (%rsp), %rbx\n"
    "    lea 2(%rbx), %rcx; lea 3(%rbx), %rdx; lea 4(%rbx), %rsi; lea 5(%rbx), %rdi; lea 6(%rbx), %rbp\n"
    "    lea 8(%rbx), %r8; lea 9(%rbx), %r9; lea 10(%rbx), %r10; lea 11(%rbx), %r11; lea 12(%rbx), %r12\n"
    "    lea 13(%rbx), %r13; lea 14(%rbx), %r14; lea 15(%rbx), %r15\n"
    "    pushq 8(%rsp); popfq\n"
    "    mov $100, %eax\n"
    /* The flags must not change in the loop itself: lea and jrcxz do not touch them, but rcx is checked. */
    "    xchg %rax, %rcx\n"
    "2:  lea -1(%rcx), %rcx\n"
    "    jrcxz 3f\n"
    "    jmp 2b\n"
    "3:  xchg %rax, %rcx\n"
    "    mov $16, %eax\n"
    "    pushfq\n"
    "    pop watch_flags(%rip)\n"
    "    pushq $0x202; popfq\n"
    "    push %rbx; mov watch_flags(%rip), %rbx; cmp 16(%rsp), %rbx; pop %rbx; jne 9f\n"
    "    expect_register 2, %rcx, 2\n"
    "    expect_register 3, %rdx, 3\n"
    "    expect_register 4, %rsi, 4\n"
    "    expect_register 5, %rdi, 5\n"
    "    expect_register 6, %rbp, 6\n"
    "    expect_register 8, %r8, 8\n"
    "    expect_register 9, %r9, 9\n"
    "    expect_register 10, %r10, 10\n"
    "    expect_register 11, %r11, 11\n"
    "    expect_register 12, %r12, 12\n"
    "    expect_register 13, %r13, 13\n"
    "    expect_register 14, %r14, 14\n"
    "    expect_register 15, %r15, 15\n"
    "    mov $1, %eax; cmp (%rsp), %rbx; jne 9f\n"
    "    mov $7, %eax; cmp watch_sp(%rip), %rsp; jne 9f\n"
    "    mov 24(%rsp), %rcx; incq (%rcx)\n"
    "    mov 16(%rsp), %rcx; cmpl $0, (%rcx); je 1b\n"
    "    xor %eax, %eax\n"
    "9:  pushq $0x202; popfq\n"
    "    mov %eax, %eax\n"
    "    mov watch_sp(%rip), %rsp\n"
    "    add $32, %rsp\n"
    "    pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "    ret\n"
    ".popsection");
__attribute__((used)) unsigned long watch_sp asm("watch_sp"), watch_flags asm("watch_flags");

int main(void)
{
    enum { NUMBER = 4 };
    static const unsigned long flags[NUMBER] = {0x202, 0xad7, 0x602, 0x240602};
    volatile int *stop = must(mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    pid_t children[NUMBER];

    for (unsigned i = 0; i < NUMBER; i++) {
        children[i] = must(fork());
        if (children[i] == 0) {
            uint64_t rounds = 0;
            unsigned long wrong = watch_registers(0x1234567890abcd00 + i * 0x1111000000000000, stop, flags[i], &rounds);

            expect(wrong == 0, "registers", "expected all to be kept, register %lu changed (16: flags, saw %#lx, wanted %#lx)",
                   wrong, watch_flags, flags[i]);
            ok("registers", "process %u with flags %#lx: %lu rounds", i, flags[i], (unsigned long)rounds);
            _exit(0);
        }
    }
    sleep(1);
    *stop = 1;
    for (unsigned i = 0; i < NUMBER; i++)
        expect_child_passes("registers", children[i]);
    return 0;
}
