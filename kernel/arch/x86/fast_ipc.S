/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system call of an ordinary task, and the short way of an Ipc: untyped words for a thread that waits for them, and
 * then a wait without an end, for its answer or for anybody. Nothing is changed until all is known; whatever else there is
 * to do sends the call the general way, which follows the same rules (ipc_system_call).
 *
 * RBP is the caller, RDI the receiver. MR0 to MR7 stay in their registers. Interrupts are off, so RSP is a register like
 * the others once it is saved.
 *
 * Who has a fast_sender waits in a user's receive phase without a timeout, is not halted, no vCPU, and its quantum has no
 * end: see start_receive(). The slice goes on as that of the thread which got it (X.2: IPC donates).
 */
#include "kernel/arch/x86/gate/layout.hpp"
#include "offsets.h"

/* Words in items, and all flags. */
    .set NOT_ONLY_WORDS, 0xffc0
    .set MORE_THAN_REGISTERS, 0x38
    .set REGISTER_WORDS, 7
    .set THREAD_NUMBER_MASK, THREAD_NUMBERS - 1

    .text

    .globl kernel_syscall
kernel_syscall:
    cmp ipc_return(%rip), %rcx
    jne no_ipc
    test $NOT_ONLY_WORDS, %r9d
    jnz general_syscall
    test %r8w, %r8w
    jnz general_syscall
    mov cpu_local + CPU_CURRENT(%rip), %rbp
    mov %rsp, TCB_RSP(%rbp)
    mov %rcx, TCB_RIP(%rbp)

    /* Numbers that nobody has are those of a thread without an ID. */
    mov %rsi, %rdi
    shr $32, %rdi
    and $THREAD_NUMBER_MASK, %edi
    lea thread_table(%rip), %rsp
    mov (%rsp, %rdi, 8), %rdi
    cmp %rsi, TCB_ID(%rdi)
    jne leave

    /* Does it wait for us, or for anybody, and may it run now? */
    mov TCB_FAST_SENDER(%rdi), %rsp
    cmp TCB_ID(%rbp), %rsp
    jne is_it_open
it_waits:
    movzbl TCB_PRIORITY(%rdi), %ecx
    cmp TCB_LEAST_RECEIVER(%rbp), %cx
    jb leave

    /* Shall we wait for it, or for anybody? Nobody may stand in our own queue. */
    cmp %rdx, %rsi
    jne are_we_open
    cmp %rdi, TCB_WAITS_AT(%rbp)
    jne join_waiters
we_wait:
    lea TCB_SENDERS(%rbp), %rsp
    cmp %rsp, TCB_SENDERS(%rbp)
    jne leave

    /* Selectors are null, but in threads that run 32-bit code. */
    mov %ds, %ecx
    mov %es, %esp
    or %esp, %ecx
    mov %fs, %esp
    or %esp, %ecx
    mov %gs, %esp
    or %esp, %ecx
    jnz leave
    cmpq $0, TCB_SELECTORS(%rdi)
    jne leave

    /* Another space: no redirector may want the message, and its ports are shown when it first uses one. */
    mov TCB_SPACE(%rbp), %rsp
    mov TCB_SPACE(%rdi), %rcx
    cmp %rsp, %rcx
    je same_space
    cmpq $0, SPACE_REDIRECTOR(%rsp)
    jne leave
    mov SPACE_ROOT(%rcx), %rcx
    mov %rcx, %cr3
    movw $NO_IO_BITMAP, cpu_local + CPU_IO_MAP_BASE(%rip)
    mov TCB_ID(%rbp), %rsi

    /* From here on nothing can fail. The caller waits, the receiver runs. */
exchange:
    mov %r11, TCB_RFLAGS(%rbp)
    movq $L4_CLIENT_CS, TCB_CS(%rbp)
    movb $STATE_RECEIVING, TCB_STATE(%rbp)
    movw $USER_IN_RECEIVE_PHASE, TCB_IPC_PURPOSE(%rbp)
    mov %rdx, TCB_IPC_FROM(%rbp)
    mov %rdx, TCB_FAST_SENDER(%rbp)
    movb $STATE_READY, TCB_STATE(%rdi)
    movq $0, TCB_FAST_SENDER(%rdi)
    mov %rdi, cpu_local + CPU_CURRENT(%rip)
    mov %rdi, cpu_local + CPU_ON_PROCESSOR(%rip)
    lea TCB_FRAME_END(%rdi), %rsp
    mov %rsp, cpu_local + CPU_RSP0(%rip)
    test $MORE_THAN_REGISTERS, %r9b
    jz switch
    mov %rsi, %r8
    lea -REGISTER_WORDS(%r9), %ecx
    and $L4_MR_COUNT - 1, %ecx
    mov TCB_UTCB(%rbp), %rsi
    mov TCB_UTCB(%rdi), %rdi
    add $UTCB_FIRST_IN_MEMORY, %rsi
    add $UTCB_FIRST_IN_MEMORY, %rdi
    rep movsq
    mov cpu_local + CPU_CURRENT(%rip), %rdi
    mov %r8, %rsi

    /* What is the processor's of either. MR1 must give way to the mask of XSAVE. */
switch:
    rdfsbase %rcx
    mov %rcx, TCB_FS_BASE(%rbp)
    mov TCB_FS_BASE(%rdi), %rcx
    wrfsbase %rcx
    mov TCB_GS_BASE(%rdi), %rcx
    wrgsbase %rcx
    mov %rax, %r8
    mov processor_features(%rip), %eax
    xor %edx, %edx
    xsave64 TCB_FPU(%rbp)
    xrstor64 TCB_FPU(%rdi)
    mov %r8, %rax
    xor %ebp, %ebp
    mov TCB_RIP(%rdi), %rcx
    mov TCB_RFLAGS(%rdi), %r11
    mov TCB_RSP(%rdi), %rsp
    mov TCB_LOCAL_ID(%rdi), %rdi
    sysretq

same_space:
    mov TCB_LOCAL_ID(%rbp), %rsi
    jmp exchange

is_it_open:
    cmp $L4_ANYTHREAD, %rsp
    je it_waits
    jmp leave

/* From any list that we stand in to the end of its waiters; where we stand is of no importance while we run. */
join_waiters:
    mov %rdi, TCB_WAITS_AT(%rbp)
    mov TCB_SENDER_LINK + LINK_NEXT(%rbp), %rcx
    mov TCB_SENDER_LINK + LINK_PREV(%rbp), %rsp
    mov %rcx, LINK_NEXT(%rsp)
    mov %rsp, LINK_PREV(%rcx)
    mov TCB_WAITERS + LINK_PREV(%rdi), %rsp
    lea TCB_WAITERS(%rdi), %rcx
    mov %rsp, TCB_SENDER_LINK + LINK_PREV(%rbp)
    mov %rcx, TCB_SENDER_LINK + LINK_NEXT(%rbp)
    lea TCB_SENDER_LINK(%rbp), %rcx
    mov %rcx, LINK_NEXT(%rsp)
    mov %rcx, TCB_WAITERS + LINK_PREV(%rdi)
    jmp we_wait

are_we_open:
    cmp $L4_ANYTHREAD, %rdx
    je we_wait

    /* Back to the registers as they were. RBP and RDI are no inputs of Ipc, and the kernel's addresses nobody's business. */
leave:
    mov TCB_RSP(%rbp), %rsp
    mov TCB_RIP(%rbp), %rcx
    xor %ebp, %ebp
    xor %edi, %edi
    jmp general_syscall

/* ThreadSwitch to oneself: what is left of a system call when nothing is done. */
no_ipc:
    cmp thread_switch_return(%rip), %rcx
    jne general_syscall
    mov cpu_local + CPU_CURRENT(%rip), %rbp
    cmp TCB_ID(%rbp), %rdi
    mov $0, %ebp
    jne general_syscall
    sysretq

    .section .rodata, "a", @progbits
    .balign 8
ipc_return:
    .quad STUB_PAGE + STUB_IPC * STUB_SIZE + SYSCALL_LENGTH
thread_switch_return:
    .quad STUB_PAGE + STUB_THREAD_SWITCH * STUB_SIZE + SYSCALL_LENGTH
