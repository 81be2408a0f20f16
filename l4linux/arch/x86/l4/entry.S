/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Into Linux and out of it.
 *
 * The gate delivers everything as the processor would to ring 0: a hardware frame on the kernel
 * stack, Linux's GS base, CS with RPL 0 if it interrupted Linux. Only the interrupt flag is
 * another: events are masked by a byte of the vCPU page, which stands as RFLAGS.IF in frames.
 */
#include <linux/linkage.h>
#include <linux/errno.h>

#include <asm/asm.h>
#include <asm/asm-offsets.h>
#include <asm/errno.h>
#include <asm/frame.h>
#include <asm/nospec-branch.h>
#include <asm/percpu.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include <asm/thread_info.h>
#include <asm/unwind_hints.h>

#include "l4-asm-offsets.h"
#include "../entry/calling.h"

#define FLAGS_IF_BYTE	(EFLAGS + 1)
#define FLAGS_IF	(X86_EFLAGS_IF >> 8)

/*
 * The interrupt flag (pv_ops.irq): all registers but RAX are kept.
 */
	.section .noinstr.text, "ax"

SYM_FUNC_START(l4_save_fl)
	movq	PER_CPU_VAR(l4_vcpu), %rax
	movzbl	VCPU_irq_enabled(%rax), %eax
	shll	$X86_EFLAGS_IF_BIT, %eax
	RET
SYM_FUNC_END(l4_save_fl)

SYM_FUNC_START(l4_irq_disable)
	movq	PER_CPU_VAR(l4_vcpu), %rax
	movb	$0, VCPU_irq_enabled(%rax)
	RET
SYM_FUNC_END(l4_irq_disable)

/* Unmask first, look second: an event comes by itself from then on. */
SYM_FUNC_START(l4_irq_enable)
	movq	PER_CPU_VAR(l4_vcpu), %rax
	movb	$1, VCPU_irq_enabled(%rax)
	cmpb	$0, VCPU_pending(%rax)
	jne	l4_events_pending
	RET
SYM_FUNC_END(l4_irq_enable)

/* What came while events were masked is taken here, as if it interrupted the next RET. */
SYM_CODE_START_LOCAL(l4_events_pending)
	UNWIND_HINT_FUNC
	movb	$0, VCPU_irq_enabled(%rax)
	movq	%rsp, %rax
	pushq	$__KERNEL_DS
	pushq	%rax
	pushfq
	orq	$X86_EFLAGS_IF, (%rsp)
	pushq	$__KERNEL_CS
	pushq	$.Levents_taken
	UNWIND_HINT_IRET_REGS
	jmp	l4_entry_event
.Levents_taken:
	UNWIND_HINT_FUNC
	ANNOTATE_NOENDBR
	RET
SYM_CODE_END(l4_events_pending)

SYM_FUNC_START(l4_read_cr2)
	movq	PER_CPU_VAR(l4_vcpu), %rax
	movq	VCPU_cr2(%rax), %rax
	RET
SYM_FUNC_END(l4_read_cr2)

	.section .entry.text, "ax"

/**
 * l4_idtentry - An entry point of the vCPU page
 * @name:		its symbol
 * @cfunc:		what handles it: (struct pt_regs *) or (struct pt_regs *, error code)
 * @has_error_code:	the vector has one
 */
.macro l4_idtentry name:req cfunc:req has_error_code:req
SYM_CODE_START(\name)
	UNWIND_HINT_IRET_ENTRY offset=\has_error_code*8
	ENDBR
	.if \has_error_code == 0
	pushq	$-1			/* ORIG_RAX: no system call to restart */
	.endif
	call	xen_error_entry		/* saves the registers, no more */
	UNWIND_HINT_REGS
	movq	%rsp, %rdi
	.if \has_error_code == 1
	movq	ORIG_RAX(%rsp), %rsi
	movq	$-1, ORIG_RAX(%rsp)
	.endif
	call	\cfunc
	jmp	l4_exit
SYM_CODE_END(\name)
.endm

/*
 * The same for what the IRETQ of l4_exit may raise when ptrace or sigreturn have left a frame
 * that the processor refuses: then it is a fault of the process, right behind its frame.
 */
.macro l4_idtentry_iret name:req cfunc:req
SYM_CODE_START(\name)
	UNWIND_HINT_IRET_ENTRY offset=8
	ENDBR
	call	xen_error_entry
	UNWIND_HINT_REGS
	movq	%rsp, %rdi
	testb	$3, CS(%rsp)		/* RIP of a process says nothing */
	jnz	.Lgood_frame_\@
	cmpq	$l4_exit_iret, RIP(%rsp)
	jne	.Lgood_frame_\@
	call	fixup_bad_iret
	movq	%rax, %rsp
	UNWIND_HINT_REGS
	movq	%rsp, %rdi
.Lgood_frame_\@:
	movq	ORIG_RAX(%rsp), %rsi
	movq	$-1, ORIG_RAX(%rsp)
	call	\cfunc
	jmp	l4_exit
SYM_CODE_END(\name)
.endm

l4_idtentry	 l4_entry_event			l4_exc_event		has_error_code=0
l4_idtentry	 l4_entry_debug			l4_exc_debug		has_error_code=0
l4_idtentry	 l4_entry_double_fault		exc_double_fault	has_error_code=1
l4_idtentry_iret l4_entry_segment_not_present	exc_segment_not_present
l4_idtentry_iret l4_entry_stack_segment		exc_stack_segment
l4_idtentry_iret l4_entry_general_protection	l4_exc_general_protection

/* 32-bit system calls do not exist: as on bare hardware without IA32_EMULATION. */
SYM_CODE_START(l4_entry_syscall32)
	UNWIND_HINT_IRET_ENTRY
	ENDBR
	movq	$-ENOSYS, %rax
	pushq	$-1
	PUSH_AND_CLEAR_REGS
	jmp	l4_exit
SYM_CODE_END(l4_entry_syscall32)

/*
 * The one way out: to the process or back into Linux, with pt_regs at RSP and events masked.
 *
 * From l4_exit_start to the end it is the restartable section of the vCPU page: an event that
 * finds us in it makes the gate mask events again and go back to the start. So RSP stays where
 * it is until the last instruction before the IRETQ, and nothing is lost by doing it twice.
 * CS of a frame of ours is 10h, or 11h the second time; one of a process has bit 1 set.
 */
SYM_CODE_START(l4_exit)
	UNWIND_HINT_REGS
SYM_INNER_LABEL(l4_exit_start, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	movq	PER_CPU_VAR(l4_vcpu), %rcx
	testb	$2, CS(%rsp)
	jnz	.Lto_process

	testb	$FLAGS_IF, FLAGS_IF_BYTE(%rsp)
	jz	.Lserver_frame
	movb	$1, VCPU_irq_enabled(%rcx)
	cmpb	$0, VCPU_pending(%rcx)
	jne	.Lpending
.Lserver_frame:
	orb	$1, CS(%rsp)
	orb	$1, SS(%rsp)
	jmp	.Lload_registers

.Lpending:
	movb	$0, VCPU_irq_enabled(%rcx)
	jmp	l4_exit_pending

.Lto_process:
	incq	PER_CPU_VAR(l4_counters + COUNTER_exits)
	movb	$1, VCPU_irq_enabled(%rcx)
	cmpb	$0, VCPU_pending(%rcx)
	jne	.Lpending
	movq	VCPU_client_gs_base(%rcx), %rax
	CLEAR_CPU_BUFFERS
	wrgsbase %rax

.Lload_registers:
	movq	R15(%rsp), %r15
	movq	R14(%rsp), %r14
	movq	R13(%rsp), %r13
	movq	R12(%rsp), %r12
	movq	RBP(%rsp), %rbp
	movq	RBX(%rsp), %rbx
	movq	R11(%rsp), %r11
	movq	R10(%rsp), %r10
	movq	R9(%rsp), %r9
	movq	R8(%rsp), %r8
	movq	RAX(%rsp), %rax
	movq	RCX(%rsp), %rcx
	movq	RDX(%rsp), %rdx
	movq	RSI(%rsp), %rsi
	movq	RDI(%rsp), %rdi
	addq	$RIP, %rsp
	UNWIND_HINT_IRET_REGS
SYM_INNER_LABEL(l4_exit_iret, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	iretq
SYM_INNER_LABEL(l4_exit_end, SYM_L_GLOBAL)
	ANNOTATE_NOENDBR
	UNWIND_HINT_UNDEFINED
	int3
SYM_CODE_END(l4_exit)

/* Events first, as if they had come right behind the frame; then out again. */
SYM_CODE_START_LOCAL(l4_exit_pending)
	UNWIND_HINT_REGS
	testb	$2, CS(%rsp)
	jnz	.Lframe_of_process
	andb	$~3, CS(%rsp)
	andb	$~3, SS(%rsp)
.Lframe_of_process:
	movq	%rsp, %rdi
	call	l4_exc_event
	jmp	l4_exit
SYM_CODE_END(l4_exit_pending)
