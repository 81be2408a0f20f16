/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server does in ring 1 and C++ cannot say. All can be called by attempt_call(). */
    .text

.macro PIECE name
    .balign 16
    .globl \name
\name:
.endm

PIECE raise_ud2
    ud2

PIECE raise_ud2_on_stack
    mov %rdi, %rsp
    .globl raise_ud2_on_stack_fault
raise_ud2_on_stack_fault:
    ud2

/* Registers 1 to 15 times a pattern, in the order of an exception message: RBX R10 R12 to R15 RAX RCX RDX RSI RDI RBP R8 R9 R11. */
PIECE raise_ud2_with_patterns
    mov %rdi, %rsp
    movabs $0x0101010101010101, %rbx
    .set n, 2
    .irp register, r10, r12, r13, r14, r15, rax, rcx, rdx, rsi, rdi, rbp, r8, r9, r11
    imul $n, %rbx, %\register
    .set n, n + 1
    .endr
    .globl raise_ud2_with_patterns_fault
raise_ud2_with_patterns_fault:
    ud2

/* (address, value) */
PIECE server_read
    mov (%rdi), %rax
    ret
PIECE server_write
    mov %rsi, (%rdi)
    ret
/* Jump with every register the same garbage (RSI), the stack too. */
PIECE server_jump
    mov %rdi, jump_target(%rip)
    .irp register, rax, rbx, rcx, rdx, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15
    mov %rsi, %\register
    .endr
    jmp *jump_target(%rip)

/* IRETQ, LRETQ to the frame at RDI; far jump and call through the pointer at RDI. */
PIECE server_iret
    mov %rdi, %rsp
    .globl server_iret_fault
server_iret_fault:
    iretq
PIECE server_lret
    mov %rdi, %rsp
    .globl server_lret_fault
server_lret_fault:
    lretq
PIECE server_far_jump
    .globl server_far_jump_fault
server_far_jump_fault:
    rex.W ljmp *(%rdi)
PIECE server_far_call
    .globl server_far_call_fault
server_far_call_fault:
    rex.W lcall *(%rdi)
PIECE server_load_ss
    mov %edi, %ss
    ret
PIECE server_load_ds
    mov %edi, %ds
    ret
PIECE server_load_fs
    mov %edi, %fs
    ret

/* Loops: a handler that faults again, behind its first instruction; and one that does nothing. */
PIECE loop_in_page_faults
    lea loop_stack_top(%rip), %rsp
    movabs $0xffff900000000000, %rax
    mov (%rax), %rax
    jmp loop_in_page_faults
PIECE loop_in_exceptions
    lea loop_stack_top(%rip), %rsp
    int3
    jmp loop_in_exceptions
/* Where a lying exit section rewinds to: the tenth time it goes to attempt_recover by an exception. */
PIECE count_rewinds
    lea loop_stack_top(%rip), %rsp
    incq rewind_count(%rip)
    cmpq $10, rewind_count(%rip)
    jae raise_ud2
PIECE loop_quietly
    pause
    jmp loop_quietly

/* An X.2 call through the stub RDI with the registers that RSI points at (RAX RBX RCX RDX RSI RDI R8 to R15). */
PIECE call_stub
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    push %rdi
    mov %rsi, %rbp
    mov 0(%rbp), %rax
    mov 8(%rbp), %rbx
    mov 16(%rbp), %rcx
    mov 24(%rbp), %rdx
    mov 32(%rbp), %rsi
    mov 40(%rbp), %rdi
    mov 48(%rbp), %r8
    mov 56(%rbp), %r9
    mov 64(%rbp), %r10
    mov 72(%rbp), %r11
    mov 80(%rbp), %r12
    mov 88(%rbp), %r13
    mov 96(%rbp), %r14
    mov 104(%rbp), %r15
    call *(%rsp)
    pop %rdi
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

/* (port, size): what IN and OUT by DX do. */
PIECE port_in
    mov %edi, %edx
    cmp $1, %esi
    jne 1f
    inb %dx, %al
1:  cmp $2, %esi
    jne 2f
    inw %dx, %ax
2:  inl %dx, %eax
    ret
PIECE port_out
    mov %edi, %edx
    outb %al, %dx
    ret

    .bss
    .balign 16
    .skip 4096
loop_stack_top:
jump_target:
    .skip 8
    .globl rewind_count
rewind_count:
    .skip 8
    .section .note.GNU-stack, "", @progbits
