/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The microkernel's ways in and out while an ordinary task runs: its pages are mapped, its per-CPU data
 * lies at a fixed address. Exceptions arrive through the stubs of the gate (gate.S).
 */
#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/arch/x86/gate/registers.inc"
#include "offsets.h"

    .text

/* SYSCALL of an ordinary task: registers go right into its thread control block. */
    .globl general_syscall
general_syscall:
    mov %rsp, cpu_local + CPU_USER_SP(%rip)
    mov cpu_local + CPU_CURRENT(%rip), %rsp
    lea TCB_FRAME_END(%rsp), %rsp
    pushq $L4_CLIENT_SS
    pushq cpu_local + CPU_USER_SP(%rip)
    push %r11
    pushq $L4_CLIENT_CS
    push %rcx
    pushq $0
    pushq $VECTOR_SYSCALL
    PUSH_GENERAL
    lea cpu_local + CPU_STACK_TOP(%rip), %rsp
    call ordinary_system_call
    ud2

/* The same from 32-bit code. */
    .globl kernel_syscall32
kernel_syscall32:
    mov %rsp, cpu_local + CPU_USER_SP(%rip)
    mov cpu_local + CPU_CURRENT(%rip), %rsp
    lea TCB_FRAME_END(%rsp), %rsp
    pushq $L4_CLIENT_SS
    pushq cpu_local + CPU_USER_SP(%rip)
    push %r11
    pushq $L4_CLIENT_CS32
    push %rcx
    pushq $0
    pushq $VECTOR_CLIENT_SYSCALL32
    PUSH_GENERAL
    mov %rsp, %rdi
    lea cpu_local + CPU_STACK_TOP(%rip), %rsp
    call ordinary_trap
    ud2

/* void resume_ordinary(TrapFrame const* frame) */
    .globl resume_ordinary
resume_ordinary:
    mov %rdi, %rsp
    POP_GENERAL
    add $16, %rsp
    iretq

/*
 * void idle(): the only place where ring 0 runs with interrupts on. The stubs know the address behind
 * HLT, and that of HLT itself, where an NMI may have ended STI's shadow; they go on in ordinary_trap.
 * Nothing on this stack is needed again.
 */
    .globl idle, idle_halt, idle_interrupted
idle:
    lea cpu_local + CPU_STACK_TOP(%rip), %rsp
    sti
idle_halt:
    hlt
idle_interrupted:
    cli
    jmp idle
