/* SPDX-License-Identifier: BSD-2-Clause */
/* The file of the ring-1 server, and the counting task's code (a page of its own, for any address). */
    .section .rodata.server, "a", @progbits
    .balign 4096
    .globl server_file, server_file_end
server_file:
    .incbin SERVER_FILE
server_file_end:

    .text
    .balign 4096
    .globl counter_code
counter_code:
    movabs $0xc0c0c0c0c0c0c0c0, %rax
    .irp register, rbx, rdx, rsi, rbp, r8, r9, r10, r12, r13, r14, r15
    lea 1(%rax), %rax
    mov %rax, %\register
    .endr
    mov %rax, %rsp
    movq %rax, %xmm0
    movq %rax, %xmm15
    wrfsbase %rax
1:  movabs $0xc0c0c0c0c0c0c0c0, %rax
    .irp register, rbx, rdx, rsi, rbp, r8, r9, r10, r12, r13, r14, r15
    lea 1(%rax), %rax
    cmp %rax, %\register
    jne 2f
    .endr
    cmp %rax, %rsp
    jne 2f
    movq %xmm0, %rcx
    cmp %rax, %rcx
    jne 2f
    movq %xmm15, %rcx
    cmp %rax, %rcx
    jne 2f
    rdfsbase %rcx
    cmp %rax, %rcx
    jne 2f
    mov $0x10001000, %edi
    lock incq (%rdi)
    jmp 1b
2:  mov $0x10001000, %edi
    movq $1, 8(%rdi)
    jmp 2b
    .balign 4096

/* Word null_calls(Word count, Word stub, Word argument): TSC ticks of so many calls of a stub, for comparison. */
    .globl null_calls
null_calls:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    sub $32, %rsp
    mov %rdi, (%rsp)
    mov %rsi, 8(%rsp)
    mov %rdx, 16(%rsp)
    lfence
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    mov %rax, 24(%rsp)
1:  mov 16(%rsp), %rdi
    call *8(%rsp)
    decq (%rsp)
    jnz 1b
    lfence
    rdtsc
    shl $32, %rdx
    or %rdx, %rax
    sub 24(%rsp), %rax
    add $32, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
    .section .note.GNU-stack, "", @progbits
