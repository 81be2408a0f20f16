/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loops whose instructions are counted. All take a struct of words, in RDI:
 *   0 rounds, 8 partner, 16 tag, 24 stub, 32 stack pointer of the caller
 * A system call leaves nothing but RSP, so RSP is the pointer to it.
 */
    .text

.macro ENTER
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, 32(%rdi)
    mov %rdi, %rsp
.endm

.macro LEAVE
    mov 32(%rsp), %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
.endm

/* Send to the partner and wait for it alone, with all timeouts 'never'. Both partners run the same loop. */
    .globl bench_exchange
bench_exchange:
    ENTER
1:  mov 8(%rsp), %rsi
    mov %rsi, %rdx
    xor %r8d, %r8d
    mov 16(%rsp), %r9
    call *24(%rsp)
    decq (%rsp)
    jnz 1b
    LEAVE

/* ThreadSwitch to oneself, which returns at once. */
    .globl bench_null_call
bench_null_call:
    ENTER
1:  mov 8(%rsp), %rdi
    call *24(%rsp)
    decq (%rsp)
    jnz 1b
    LEAVE

/* What the loops need for themselves: the same, but the stub does nothing. */
    .globl bench_nothing
bench_nothing:
    ret

    .section .note.GNU-stack, "", @progbits
