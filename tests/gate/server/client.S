/* SPDX-License-Identifier: BSD-2-Clause */
/* What the clients execute in ring 3, apart from the snippets. Each piece ends by leaving the client. */
#include "kernel/arch/x86/gate/layout.hpp"
#include "tests/gate/shared/entry_layout.h"

.macro PIECE name
    .balign 16
    .globl \name
\name:
.endm

    .section .client, "ax", @progbits

PIECE client_syscall
    syscall
    .globl client_after_syscall
client_after_syscall:
    ud2

PIECE client_syscall_then_int80
    syscall
    rdgsbase %rbx
    int $0x80

PIECE client_ud2
    ud2

/* For as long as it may: counts in its data page, without a system call. */
PIECE client_spin
    lock incq CLIENT_DATA
    jmp client_spin

/* Counts in its data page RCX times. */
PIECE client_count_a_while
    lock incq CLIENT_DATA
    dec %rcx
    jnz client_count_a_while
    syscall
    .globl client_count_end
client_count_end:
    ud2

PIECE client_spin_a_while
    mov $10000000, %ecx
1:  dec %ecx
    jnz 1b
    syscall

/* RDI: how many system calls; the time they took goes to the data page. */
.macro TIMED_LOOP name, body:vararg
PIECE \name
    mov %rdi, %r9
    lfence
    rdtsc
    shl $32, %rdx
    lea (%rdx, %rax), %r8
1:  \body
    dec %r9
    jnz 1b
    lfence
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    sub %r8, %rax
    mov %rax, CLIENT_DATA
    ud2
.endm
TIMED_LOOP client_null_calls, syscall
TIMED_LOOP client_no_calls

/* int n for each n: 16 bytes apart. */
PIECE client_int_n
    .set n, 0
    .rept 256
    .balign 16
    .byte 0xcd, n
    syscall
    .set n, n + 1
    .endr

/* Reads and writes 8 bytes at RDI. */
PIECE client_read
    mov (%rdi), %rax
    .globl client_after_read
client_after_read:
    syscall
PIECE client_write
    mov %rsi, (%rdi)
    syscall
PIECE client_jump
    jmp *%rdi

/* Segment and base registers: what was set comes back. */
PIECE client_set_fs
    mov %edi, %fs
    rdfsbase %rax
    syscall
PIECE client_get_fs
    mov %fs, %eax
    rdfsbase %rdi
    syscall
PIECE client_set_bases
    wrfsbase %rdi
    wrgsbase %rsi
    syscall
    rdfsbase %rdi
    rdgsbase %rsi
    syscall
PIECE client_rdtscp
    rdtscp
    mov %ecx, %edi
    syscall

/* RFLAGS from RDI, as far as POPF may; then what they are. */
PIECE client_popf
    push %rdi
    popfq
    pushfq
    pop %rax
    syscall

/* IRETQ to what lies at RDI: RIP, CS, RFLAGS, RSP, SS. */
PIECE client_iret
    mov %rdi, %rsp
    .globl client_iret_fault
client_iret_fault:
    iretq
PIECE client_lret
    mov %rdi, %rsp
    .globl client_lret_fault
client_lret_fault:
    lretq
PIECE client_far_jump
    .globl client_far_jump_fault
client_far_jump_fault:
    rex.W ljmp *(%rdi)
PIECE client_far_call
    .globl client_far_call_fault
client_far_call_fault:
    rex.W lcall *(%rdi)

/* MOV SS from a watched word, and what follows it. */
PIECE client_mov_ss_syscall
    mov (%rdi), %ss
    syscall
PIECE client_mov_ss_int3
    mov (%rdi), %ss
    int3
    syscall
PIECE client_mov_ss_int80
    mov (%rdi), %ss
    int $0x80
    syscall

/* System calls with a stack pointer and flags that are the client's worst. */
PIECE client_bad_stack_syscall
    mov %rdi, %rsp
    syscall
PIECE client_direction_syscall
    std
    syscall
PIECE client_all_flags_syscall
    pushq $0x254dd5             /* AC, ID, NT, DF, TF and the arithmetic flags */
    popfq
    syscall

/* To 32-bit code (which follows) and on. RSI: selector of a 32-bit code segment. */
.macro COMPATIBLE name, body:vararg
PIECE \name
    mov $CLIENT_DATA + 0x800, %edi
    lea \name\()_start(%rip), %rax
    mov %eax, (%rdi)
    mov %esi, 4(%rdi)
    ljmpl *(%rdi)
    .code32
    .globl \name\()_fault
\name\()_start:
    mov $0x11223344, %eax
\name\()_fault:
    \body
    nop
    ud2
    .code64
.endm
COMPATIBLE client_syscall_32, syscall
COMPATIBLE client_sysenter_32, sysenter
COMPATIBLE client_int80_32, int $0x80
COMPATIBLE client_ud2_32, ud2
COMPATIBLE client_cli_32, cli

/* The last SYSCALL that a client can have: copied to the end of the last page. */
PIECE client_last_syscall
    syscall

    .section .note.GNU-stack, "", @progbits
