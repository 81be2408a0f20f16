/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways into the server of the tests and out of it: what entry_64.S is to Linux, as small as it can be.
 *
 * Every entry builds a Frame (server.hpp) on the stack that the gate chose. If the client was left, run_client()
 * returns to whoever called it; if the server itself was interrupted, server_interrupted() looks at the Frame
 * and the exit section resumes it.
 */
#include "tests/gate/shared/entry_layout.h"

    .text

/* The first instruction of the server: RDI is the vCPU page, RSP the stack; the rest is recorded for the test. */
    .globl server_start
server_start:
    push %rsp
    pushfq
    push %rax
    push %rbx
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %rbp
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, %rsi
    and $-16, %rsp
    call server_main
    ud2

/* One entry per exception vector; those without an error code get a 0. */
    .globl server_entries
    .balign 16
server_entries:
    .set vector, 0
    .rept 32
    .balign 16
    .if !((vector == 8) || (vector >= 10 && vector <= 14) || (vector == 17) || (vector == 21) || (vector == 29) || (vector == 30))
    pushq $0
    .endif
    pushq $vector
    jmp save
    .set vector, vector + 1
    .endr

    .globl server_entry_syscall, server_entry_syscall32, server_entry_event
server_entry_syscall:
    pushq $0
    pushq $CAUSE_SYSCALL
    jmp save
server_entry_syscall32:
    pushq $0
    pushq $CAUSE_SYSCALL32
    jmp save
server_entry_event:
    pushq $0
    pushq $CAUSE_EVENT

save:
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    /* What the gate promises about the state at an entry; PUSH changes no flags. */
    pushfq
    popq entry_flags(%rip)
    rdgsbase %rax
    mov %rax, entry_gs_base(%rip)
    mov vcpu_page(%rip), %rax
    movzbl VCPU_IRQ_ENABLED(%rax), %eax
    mov %rax, entry_irq_enabled(%rip)
    mov %rsp, entry_frame(%rip)
    mov %rsp, %rdi
    testb $3, FRAME_CS(%rsp)
    jnz client_left
    call server_interrupted
    jmp exit_start

client_left:
    call client_was_left
    mov run_client_rsp(%rip), %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

/*
 * void run_client_by(void (*way_out)(Word), Word a): leaves the server by that way; returns when the client is left.
 * void run_client_frame(Frame* frame): the usual way, by the exit section.
 */
    .globl run_client_frame, run_client_by
run_client_frame:
    mov %rdi, %rsi
    lea leave_by_exit(%rip), %rdi
run_client_by:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, run_client_rsp(%rip)
    mov %rdi, %rax
    mov %rsi, %rdi
    call *%rax
    /* It came back: nothing was left. */
    add $48, %rsp
    ret

    .globl leave_by_exit
leave_by_exit:
    mov %rdi, %rsp

/* RSP points at a Frame, on a stack with room below it. The restartable section. */
    .globl exit_start, exit_iret, exit_end
exit_start:
    mov vcpu_page(%rip), %rdi
    testl $0x200, FRAME_RFLAGS(%rsp)
    jz 1f
    movb $1, VCPU_IRQ_ENABLED(%rdi)
    cmpb $0, VCPU_PENDING(%rdi)
    jne exit_pending
1:  testb $2, FRAME_CS(%rsp)
    jz 2f
    mov VCPU_CLIENT_GS_BASE(%rdi), %rax
    wrgsbase %rax
2:  mov 0(%rsp), %r15
    mov 8(%rsp), %r14
    mov 16(%rsp), %r13
    mov 24(%rsp), %r12
    mov 32(%rsp), %rbp
    mov 40(%rsp), %rbx
    mov 48(%rsp), %r11
    mov 56(%rsp), %r10
    mov 64(%rsp), %r9
    mov 72(%rsp), %r8
    mov 80(%rsp), %rdi
    mov 88(%rsp), %rsi
    mov 96(%rsp), %rdx
    mov 104(%rsp), %rcx
    mov FRAME_RAX(%rsp), %rax
    add $EXIT_DELTA, %rsp
exit_iret:
    iretq
exit_end:

exit_pending:
    /* How far the section had come when an event rewound it, if one did: what it has loaded already. */
    .set offset, 0
    .irp register, r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
    mov %\register, registers_at_exit + offset(%rip)
    .set offset, offset + 8
    .endr
    movb $0, VCPU_IRQ_ENABLED(%rdi)
    mov %rsp, %rdi
    .globl exit_pending_call
exit_pending_call:
    call events_at_exit
    jmp exit_start

/*
 * bool attempt_call(void (*f)(Word, Word), Word a, Word b): true if it ended in an exception, which
 * server_interrupted() sends to attempt_recover. The function may leave every register in any state.
 */
    .globl attempt_call, attempt_recover
attempt_call:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, attempt_rsp(%rip)
    movb $1, attempt_armed(%rip)
    mov %rdi, %rax
    mov %rsi, %rdi
    mov %rdx, %rsi
    call *%rax
    xor %eax, %eax
attempt_end:
    movb $0, attempt_armed(%rip)
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret
attempt_recover:
    mov $1, %eax
    jmp attempt_end

/*
 * Word send_receive(Word to, Word from, Word utcb, Word stub, Word const* mr): Ipc with timeouts never and three
 * untyped words at most; returns MR0.
 */
    .globl send_receive
send_receive:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rcx, %rbp
    mov %rdx, %rcx
    mov %rsi, %rdx
    mov %rdi, %rsi
    mov %rcx, %rdi
    mov 0(%r8), %r9
    mov 8(%r8), %rax
    mov 16(%r8), %rbx
    mov 24(%r8), %r10
    xor %r8d, %r8d
    call *%rbp
    mov %r9, %rax
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

/* The smallest server there can be: answers a syscall at once. */
    .globl null_entry_syscall
null_entry_syscall:
    push %rax
    mov vcpu_page(%rip), %rax
    movb $1, VCPU_IRQ_ENABLED(%rax)
    mov VCPU_CLIENT_GS_BASE(%rax), %rax
    wrgsbase %rax
    pop %rax
    iretq

/* One that saves all registers, leaves by an exit section and counts as Linux's own entry does. */
    .globl full_entry_syscall
full_entry_syscall:
    pushq $0
    pushq $CAUSE_SYSCALL
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    jmp exit_start

    .data
    .balign 8
    .globl vcpu_page, entry_flags, entry_gs_base, entry_irq_enabled, entry_frame, attempt_rsp, attempt_armed
    .globl registers_at_exit
registers_at_exit: .skip 15 * 8
vcpu_page: .quad 0
entry_flags: .quad 0
entry_gs_base: .quad 0
entry_irq_enabled: .quad 0
entry_frame: .quad 0
run_client_rsp: .quad 0
attempt_rsp: .quad 0
attempt_armed: .byte 0
    .section .note.GNU-stack, "", @progbits
