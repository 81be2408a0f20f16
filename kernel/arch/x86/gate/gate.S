/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gate: the only ring-0 code that is mapped while a server (ring 1) or its client (ring 3) runs.
 * docs/abi/vcpu.md says what it does for them, docs/gate.md why it does it this way. In short:
 *
 *   ring 3 syscall      frame onto the server's stack, iretq to the server's entry; no CR3 load
 *   exception           the same, through the entry registered for the vector
 *   vCPU call 'switch'  load a CR3 from the read-only table
 *   all else            registers onto the gate's stack, the microkernel's CR3, into C++
 *
 * Invariants. Interrupts are off throughout. RSP is always the gate's own (or an IST) stack: the
 * server's memory is written by mov through RAX, and each such store has a fix-up. What lies in the
 * scratch page is trusted only between one entry and the next exit. Fields of the vCPU page are read
 * once. No decision by RIP is made before the saved CS was looked at. No indirect branch and no ret
 * stands in front of the load of the microkernel's CR3.
 *
 * The same exception stubs serve ordinary tasks: there the microkernel is mapped and RSP0 is the end
 * of the current thread's TrapFrame, so the registers are pushed right into it.
 */
#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/arch/x86/gate/registers.inc"
#include "offsets.h"

/* RFLAGS at each entry into the server, and what a call of the server keeps of its own. */
    .set ENTRY_FLAGS, 0x202
    .set USER_FLAGS_KEPT, 0x250dd5
/* So many exceptions in a row at the entry just loaded mean that it cannot be executed. */
    .set LOOP_LIMIT, 16
    .set DEBUG_STATUS_CLEAR, 0xffff0ff0

/* vcpu, cr3_table, read_only, scratch, stack_top, stub_page, cpu_local: pages of layout.hpp, named by link.ld. */

/* One fix-up: a fault of ring 0 at `from` goes on at `to`. */
.macro FIXUP from, to
    .pushsection .gate.fixups, "a", @progbits
    .quad \from, \to
    .popsection
.endm

/* A store to the server's memory, or another instruction that may fault through the server's doing. */
.macro MAY_FAULT to, instruction:vararg
.Lmay_fault_\@:
    \instruction
    FIXUP .Lmay_fault_\@, \to
.endm

/* What SYSCALL has left, as a frame on the gate's stack; RAX is the caller's. */
.macro PUSH_SYSCALL_FRAME cs, ss, kind
    pushq $\ss
    pushq scratch + SCRATCH_RSP(%rip)
    push %r11
    pushq $\cs
    push %rcx
    pushq $0
    pushq $\kind
.endm

    .section .gate, "ax", @progbits
    .balign 4096

/* ---- syscall while a vCPU runs ----------------------------------------------------------------------- */

/*
 * From ring 3 or ring 1. No page of the upper half is open to ring 3 in a vCPU's page tables, so the
 * sign of RCX, which the CPU loaded with the return address, tells them apart.
 */
    .globl gate_syscall
gate_syscall:
    test %rcx, %rcx
    js server_call
    mov %rsp, scratch + SCRATCH_RSP(%rip)
    lea stack_top(%rip), %rsp
    mov %rax, scratch + SCRATCH_RAX(%rip)
    mov vcpu + VCPU_ENTRY_SYSCALL(%rip), %rax
    cmp server_area_start(%rip), %rax
    jb client_syscall_failed
    mov %rax, scratch + SCRATCH_ENTRY(%rip)
    mov vcpu + VCPU_SERVER_SP(%rip), %rax
    and $-16, %rax
    cmp lowest_stack(%rip), %rax
    jb client_syscall_failed
    sub $40, %rax
    MAY_FAULT client_syscall_failed, mov %rcx, (%rax)
    MAY_FAULT client_syscall_failed, movq $L4_CLIENT_CS, 8(%rax)
    MAY_FAULT client_syscall_failed, mov %r11, 16(%rax)
    pushq scratch + SCRATCH_RSP(%rip)
    MAY_FAULT client_syscall_failed, popq 24(%rax)
    MAY_FAULT client_syscall_failed, movq $L4_CLIENT_SS, 32(%rax)
    pushq $L4_SERVER_SS
    push %rax
    rdgsbase %rax
    mov %rax, vcpu + VCPU_CLIENT_GS_BASE(%rip)
    mov vcpu + VCPU_SERVER_GS_BASE(%rip), %rax
    MAY_FAULT client_syscall_failed, wrgsbase %rax
    /* Nothing below can fail: the entry is canonical, the selectors are constants. */
    movb $0, vcpu + VCPU_IRQ_ENABLED(%rip)
    pushq $ENTRY_FLAGS
    pushq $L4_SERVER_CS
    pushq scratch + SCRATCH_ENTRY(%rip)
    mov scratch + SCRATCH_RAX(%rip), %rax
    iretq

/* No entry or no stack: the microkernel decides. RAX is the address that was of no use. */
client_syscall_failed:
    mov %rax, scratch + SCRATCH_CR2(%rip)
    lea stack_top(%rip), %rsp
    PUSH_SYSCALL_FRAME L4_CLIENT_CS, L4_CLIENT_SS, VECTOR_CLIENT_SYSCALL
    mov scratch + SCRATCH_RAX(%rip), %rax
    jmp save_and_enter_failed

/*
 * A 32-bit syscall of the client (CSTAR). Processes of the first Linux are 64-bit; the microkernel
 * makes of it what the registered entry asks for.
 */
    .globl gate_syscall32
gate_syscall32:
    mov %rsp, scratch + SCRATCH_RSP(%rip)
    lea stack_top(%rip), %rsp
    PUSH_SYSCALL_FRAME L4_CLIENT_CS32, L4_CLIENT_SS, VECTOR_CLIENT_SYSCALL32
    jmp save_and_enter

/* A call of the server. The switch of the client is served here, all others by the microkernel. */
server_call:
    mov %rsp, scratch + SCRATCH_RSP(%rip)
    lea stack_top(%rip), %rsp
    test %rax, %rax
    jnz server_call_slow
    push %rdx
    lea stub_page + STUB_VCPU_CALL * STUB_SIZE + SYSCALL_LENGTH(%rip), %rdx
    cmp %rdx, %rcx
    jne server_call_slow_rdx
    cmp $L4_CLIENT_MAX, %rdi
    jae server_call_slow_rdx
    mov %edi, %eax
    and $(L4_CLIENT_MAX - 1), %eax
    lea cr3_table(%rip), %rdx
    mov (%rdx, %rax, 8), %rax
    test %rax, %rax
    jz server_call_slow_client
    mov %rax, %cr3
    pop %rdx
    xor %eax, %eax
    pushq $L4_SERVER_SS
    pushq scratch + SCRATCH_RSP(%rip)
    and $USER_FLAGS_KEPT, %r11d
    or $ENTRY_FLAGS, %r11d
    push %r11
    pushq $L4_SERVER_CS
    push %rcx
    iretq

server_call_slow_client:
    xor %eax, %eax
server_call_slow_rdx:
    pop %rdx
server_call_slow:
    PUSH_SYSCALL_FRAME L4_SERVER_CS, L4_SERVER_SS, VECTOR_SYSCALL
    jmp save_and_enter

/* ---- exceptions and interrupts --------------------------------------------------------------------------- */

/*
 * One stub per vector. The IST vectors (debug, NMI, double fault, machine check) go their own
 * ways; what they find of the other stacks stays as it was.
 */
    .globl gate_vectors
    .balign 16
gate_vectors:
    .set vector, 0
    .rept 256
    .balign 16
    .if (vector >= 32) || !(VECTORS_WITH_ERROR_CODE >> (vector & 31) & 1)
    pushq $0
    .endif
    pushq $vector
    .if vector == 1
    jmp debug_exception
    .elseif vector == 2
    jmp nmi
    .elseif (vector == 8) || (vector == 18)
    jmp abort_exception
    .else
    jmp exception
    .endif
    .set vector, vector + 1
    .endr

/* Stack from here: vector, error code, RIP, CS, RFLAGS, RSP, SS. */
exception:
    testb $3, 24(%rsp)
    jz exception_in_ring0
    cmpb $0, read_only + READ_ONLY_VCPU_MODE(%rip)
    jne vcpu_exception
    PUSH_GENERAL
    cld
    mov %rsp, %rdi
    lea cpu_local + CPU_STACK_TOP(%rip), %rsp
    call ordinary_trap

/* An exception of ring 0 itself: an interrupt of the idle loop, a fix-up, or the end. */
exception_in_ring0:
    push %rax
    push %rcx
    mov 32(%rsp), %rcx
    lea idle_interrupted(%rip), %rax
    cmp %rax, %rcx
    je idle_loop_interrupted
    lea idle_halt(%rip), %rax
    cmp %rax, %rcx
    je idle_loop_interrupted
    lea gate_fixups_start(%rip), %rax
1:  cmp (%rax), %rcx
    je 2f
    add $16, %rax
    lea gate_fixups_end(%rip), %rcx
    cmp %rcx, %rax
    mov 32(%rsp), %rcx
    jb 1b
    pop %rcx
    pop %rax
    jmp abort_exception
2:  mov 8(%rax), %rax
    /* Back to the interrupted registers, but at the recovery address and still in ring 0. */
    mov %rax, 32(%rsp)
    pop %rcx
    pop %rax
    add $16, %rsp
    iretq

idle_loop_interrupted:
    pop %rcx
    pop %rax
    PUSH_GENERAL
    cld
    mov %rsp, %rdi
    call ordinary_trap

/*
 * An exception while a vCPU runs. Frame at RSP after four pushes:
 * rbx 0, rdx 8, rcx 16, rax 24, vector 32, error 40, rip 48, cs 56, rflags 64, rsp 72, ss 80.
 */
vcpu_exception:
    push %rax
    push %rcx
    push %rdx
    push %rbx
    mov %cr2, %rbx
    mov 32(%rsp), %ecx
    cmp $L4_VCPU_VECTORS, %ecx
    jae vcpu_exception_slow
    mov %rbx, scratch + SCRATCH_CR2(%rip)
    lea vcpu(%rip), %rdx
    mov VCPU_ENTRY(%rdx, %rcx, 8), %rdx
    test %rdx, %rdx
    jz vcpu_exception_slow
    movzbl vcpu + VCPU_IRQ_ENABLED(%rip), %eax
    and $1, %eax
    shl $9, %eax
    mov %rax, scratch + SCRATCH_IF(%rip)

    testb $2, 56(%rsp)
    jz 1f
    /* The client was interrupted: its GS base is saved, the stack is the registered one. */
    mov %rdx, scratch + SCRATCH_ENTRY(%rip)
    movl $0, scratch + SCRATCH_LOOPS(%rip)
    rdgsbase %rax
    mov %rax, vcpu + VCPU_CLIENT_GS_BASE(%rip)
    mov 56(%rsp), %rbx
    mov 80(%rsp), %rdx
    mov vcpu + VCPU_SERVER_SP(%rip), %rax
    jmp 2f
1:  /* The server was: an exception at the entry that was loaded last is counted, others start the count anew. */
    mov 48(%rsp), %rax
    cmp scratch + SCRATCH_ENTRY(%rip), %rax
    je server_faults_at_entry
    movl $0, scratch + SCRATCH_LOOPS(%rip)
3:  mov %rdx, scratch + SCRATCH_ENTRY(%rip)
    /* In the exit section events are masked again, whatever the flag says by now. */
    cmp vcpu + VCPU_EXIT_START(%rip), %rax
    jb 6f
    cmp vcpu + VCPU_EXIT_END(%rip), %rax
    jae 6f
    movq $0, scratch + SCRATCH_IF(%rip)
6:  mov $(L4_SERVER_CS & ~3), %ebx
    mov $(L4_SERVER_SS & ~3), %edx
    mov 72(%rsp), %rax

2:  and $-16, %rax
    cmp lowest_stack(%rip), %rax
    jb vcpu_exception_failed
    sub $40, %rax
    MAY_FAULT vcpu_exception_failed, mov %rbx, 8(%rax)
    MAY_FAULT vcpu_exception_failed, mov %rdx, 32(%rax)
    mov 48(%rsp), %rbx
    MAY_FAULT vcpu_exception_failed, mov %rbx, (%rax)
    mov 72(%rsp), %rbx
    MAY_FAULT vcpu_exception_failed, mov %rbx, 24(%rax)
    mov 64(%rsp), %rdx
    and $~0x200, %rdx
    or scratch + SCRATCH_IF(%rip), %rdx
    MAY_FAULT vcpu_exception_failed, mov %rdx, 16(%rax)
    mov $VECTORS_WITH_ERROR_CODE, %edx
    bt %ecx, %edx
    jnc 4f
    sub $8, %rax
    mov 40(%rsp), %rbx
    MAY_FAULT vcpu_exception_failed, mov %rbx, (%rax)
4:  mov scratch + SCRATCH_ENTRY(%rip), %rdx
    cmp server_area_start(%rip), %rdx
    jb vcpu_exception_failed
    mov vcpu + VCPU_SERVER_GS_BASE(%rip), %rbx
    MAY_FAULT vcpu_exception_failed, wrgsbase %rbx
    movb $0, vcpu + VCPU_IRQ_ENABLED(%rip)
    cmp $14, %ecx
    jne 5f
    mov scratch + SCRATCH_CR2(%rip), %rbx
    mov %rbx, vcpu + VCPU_CR2(%rip)
5:  pushq $L4_SERVER_SS
    push %rax
    pushq $ENTRY_FLAGS
    pushq $L4_SERVER_CS
    push %rdx
    mov 40(%rsp), %rbx
    mov 48(%rsp), %rdx
    mov 56(%rsp), %rcx
    mov 64(%rsp), %rax
    iretq

server_faults_at_entry:
    incl scratch + SCRATCH_LOOPS(%rip)
    cmpl $LOOP_LIMIT, scratch + SCRATCH_LOOPS(%rip)
    jb 3b
    pop %rbx
    pop %rdx
    pop %rcx
    pop %rax
    PUSH_GENERAL
    mov $GATE_ENTRY_LOOPS, %edx
    jmp enter_microkernel

/*
 * The frame could not be pushed, or the entry is none. RAX is the address that was of no use; four registers lie below
 * the frame.
 */
vcpu_exception_failed:
    mov %rax, scratch + SCRATCH_CR2(%rip)
    lea stack_top - 88(%rip), %rsp
    pop %rbx
    pop %rdx
    pop %rcx
    pop %rax
    jmp save_and_enter_failed

/* No entry is registered for the vector, or it is an interrupt. */
vcpu_exception_slow:
    mov %rbx, scratch + SCRATCH_CR2(%rip)
    pop %rbx
    pop %rdx
    pop %rcx
    pop %rax

/* ---- into the microkernel and back ------------------------------------------------------------------------------ */

/* Stack: vector, error code and the CPU's frame, at the top of the gate's stack. */
save_and_enter:
    PUSH_GENERAL
    xor %edx, %edx
enter_microkernel:
    cld
    mov %cr3, %rsi
    mov read_only + READ_ONLY_KERNEL_CR3(%rip), %rax
    mov %rax, %cr3
    mov %rsp, %rdi
    lea cpu_local + CPU_STACK_TOP(%rip), %rsp
    call vcpu_trap

save_and_enter_failed:
    PUSH_GENERAL
    mov $GATE_PUSH_FAILED, %edx
    jmp enter_microkernel

/*
 * void gate_resume(Word cr3): the TrapFrame to be resumed lies at the top of the gate's stack. The
 * microkernel has checked it: selectors are constants or the CPU's own push, RIP is canonical.
 */
    .globl gate_resume
gate_resume:
    lea stack_top - TRAP_FRAME_SIZE(%rip), %rsp
    mov %rdi, %cr3
    POP_GENERAL
    add $16, %rsp
    iretq

/* ---- exceptions with a stack of their own -------------------------------------------------------------------------- */

/*
 * A debug exception may come at the gate's first instruction, with the client's RSP (mov ss under a
 * watchpoint, then syscall): hence the IST stack. From outside ring 0 it is moved to the ordinary
 * entry stack at once and becomes an exception like the others. From ring 0 it is swallowed: the
 * breakpoints are switched off until this thread is next resumed by the microkernel.
 */
debug_exception:
    testb $3, 24(%rsp)
    jz 1f
    push %rax
    push %rcx
    mov %dr6, %rax
    cmpb $0, read_only + READ_ONLY_VCPU_MODE(%rip)
    je 2f
    mov %rax, vcpu + VCPU_DR6(%rip)
2:  mov $DEBUG_STATUS_CLEAR, %eax
    mov %rax, %dr6
    mov read_only + READ_ONLY_RSP0(%rip), %rcx      /* not aligned in the task state */
    .set word, 0
    .rept 7
    mov 16 + word(%rsp), %rax
    mov %rax, word - 56(%rcx)
    .set word, word + 8
    .endr
    mov (%rsp), %rax
    mov %rax, -64(%rcx)
    mov 8(%rsp), %rax
    lea -64(%rcx), %rsp
    pop %rcx
    jmp exception
1:  push %rax
    mov %dr6, %rax
    xor %eax, %eax
    mov %rax, %dr7
    pop %rax
    movq $0, -8(%rsp)
    add $16, %rsp
    iretq

/*
 * Nobody here has a use for NMIs. One may come at any instruction, also of the gate and of a panic: it touches no
 * register, no other stack and no CR3. Its IRETQ lets the next one in.
 */
nmi:
    add $16, %rsp
    iretq

/* Double fault, machine check, and any fault of ring 0 without a fix-up: the end. CR3 may be anyone's. */
abort_exception:
    PUSH_GENERAL
    cld
    mov %cr3, %rsi
    mov read_only + READ_ONLY_KERNEL_CR3(%rip), %rax
    mov %rax, %cr3
    mov %rsp, %rdi
    lea cpu_local + CPU_ABORT_STACK_TOP(%rip), %rsp
    call abort_trap

/* Lowest address of a server's user area: no stack of a server lies below. */
    .balign 8
server_area_start:
    .quad SERVER_AREA_START_UPPER_HALF << 32
/* The same with room for any frame. */
lowest_stack:
    .quad (SERVER_AREA_START_UPPER_HALF << 32) + 64

