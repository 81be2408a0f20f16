/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every general register before and after one instruction. Struct Registers has them in the order of an
 * exception message: rip, rbx, r10, r12, r13, r14, r15, rax, rcx, rdx, rsi, rdi, rbp, r8, r9, r11, rsp, rflags.
 */
	.set	RIP, 0x00
	.set	RBX, 0x08
	.set	R10, 0x10
	.set	R12, 0x18
	.set	R13, 0x20
	.set	R14, 0x28
	.set	R15, 0x30
	.set	RAX, 0x38
	.set	RCX, 0x40
	.set	RDX, 0x48
	.set	RSI, 0x50
	.set	RDI, 0x58
	.set	RBP, 0x60
	.set	R8,  0x68
	.set	R9,  0x70
	.set	R11, 0x78
	.set	RSP, 0x80
	.set	RFLAGS, 0x88

	.macro	enter
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi			# test_call: the target
	push	%rdi			# the structure
	mov	%rsp, RSP(%rdi)
	.endm

	.macro	load
	push	RFLAGS(%rdi)
	popf
	mov	RBX(%rdi), %rbx
	mov	R10(%rdi), %r10
	mov	R12(%rdi), %r12
	mov	R13(%rdi), %r13
	mov	R14(%rdi), %r14
	mov	R15(%rdi), %r15
	mov	RAX(%rdi), %rax
	mov	RCX(%rdi), %rcx
	mov	RDX(%rdi), %rdx
	mov	RSI(%rdi), %rsi
	mov	RBP(%rdi), %rbp
	mov	R8(%rdi), %r8
	mov	R9(%rdi), %r9
	mov	R11(%rdi), %r11
	mov	RDI(%rdi), %rdi
	.endm

	/* None of these instructions changes a flag before they are stored. */
	.macro	store
	push	%rdi
	mov	8(%rsp), %rdi
	mov	%rax, RAX(%rdi)
	pop	%rax
	mov	%rax, RDI(%rdi)
	mov	%rsp, RSP(%rdi)
	pushf
	pop	%rax
	mov	%rax, RFLAGS(%rdi)
	mov	%rbx, RBX(%rdi)
	mov	%r10, R10(%rdi)
	mov	%r12, R12(%rdi)
	mov	%r13, R13(%rdi)
	mov	%r14, R14(%rdi)
	mov	%r15, R15(%rdi)
	mov	%rcx, RCX(%rdi)
	mov	%rdx, RDX(%rdi)
	mov	%rsi, RSI(%rdi)
	mov	%rbp, RBP(%rdi)
	mov	%r8, R8(%rdi)
	mov	%r9, R9(%rdi)
	mov	%r11, R11(%rdi)
	.endm

	.macro	leave_to_caller
	cld
	pop	%rdi
	pop	%rsi
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.endm

	.macro	around name, instruction:vararg
	.globl	\name, \name\()_ip, \name\()_next
	.type	\name, @function
\name:
	enter
	load
\name\()_ip:
	\instruction
\name\()_next:
	store
	leave_to_caller
	.size	\name, . - \name
	.endm

	.text
	.globl	test_call
	.type	test_call, @function
test_call:
	enter
	load
	call	*8(%rsp)
	store
	leave_to_caller
	.size	test_call, . - test_call

	around	test_kernel_interface, .byte 0xf0, 0x90
	around	test_invalid_opcode, ud2
	around	test_breakpoint, int3
	around	test_divide, div %rcx
	around	test_halt, hlt
	around	test_disable, cli
	around	test_write_cr3, mov %rax, %cr3
	around	test_write_msr, wrmsr
	around	test_load_gdt, lgdt (%rsp)
	around	test_load_task, ltr %ax
	around	test_interrupt_20, int $0x20
	around	test_interrupt_80, int $0x80
	around	test_interrupt_8, int $8
	around	test_syscall, syscall
	around	test_load, mov (%rsi), %rdx
	around	test_store, mov %rdx, (%rsi)
	around	test_load_stack, mov (%rbp), %rdx
	around	test_in8, in %dx, %al
	around	test_in16, in %dx, %ax
	around	test_in32, in %dx, %eax
	around	test_out8, out %al, %dx
	around	test_out16, out %ax, %dx
	around	test_out32, out %eax, %dx
	around	test_in8_immediate, in $0x80, %al
	around	test_rep_outs16, rep outsw
	around	test_rep_ins32, rep insl

	/* The trap flag set by popf takes effect behind the instruction that follows popf. */
	.globl	test_single_step, test_single_step_ip, test_single_step_trap, test_single_step_next
	.type	test_single_step, @function
test_single_step:
	enter
	load
	pushf
	orq	$0x100, (%rsp)
	popf
test_single_step_ip:
	nop
test_single_step_trap:
	pushf
	andq	$~0x100, (%rsp)
	popf
test_single_step_next:
	store
	leave_to_caller
	.size	test_single_step, . - test_single_step

	.globl	test_landing
	.type	test_landing, @function
test_landing:
	mov	%rdi, test_landing_registers + RDI
	mov	$test_landing_registers, %rdi
	mov	%rsp, RSP(%rdi)
	mov	test_landing_stack, %rsp
	mov	%rax, RAX(%rdi)
	pushf
	pop	%rax
	mov	%rax, RFLAGS(%rdi)
	mov	%rbx, RBX(%rdi)
	mov	%r10, R10(%rdi)
	mov	%r12, R12(%rdi)
	mov	%r13, R13(%rdi)
	mov	%r14, R14(%rdi)
	mov	%r15, R15(%rdi)
	mov	%rcx, RCX(%rdi)
	mov	%rdx, RDX(%rdi)
	mov	%rsi, RSI(%rdi)
	mov	%rbp, RBP(%rdi)
	mov	%r8, R8(%rdi)
	mov	%r9, R9(%rdi)
	mov	%r11, R11(%rdi)
	jmp	*test_landing_next
	.size	test_landing, . - test_landing

	.set	MXCSR, 512
	.set	X87_CONTROL, 516
	.set	X87, 520

	.globl	test_load_sse, test_store_sse, test_load_avx, test_store_avx
test_load_sse:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu	32 * \n(%rdi), %xmm\n
	.endr
load_control:
	ldmxcsr	MXCSR(%rdi)
	fninit
	fldcw	X87_CONTROL(%rdi)
	fldl	X87(%rdi)
	ret

test_store_sse:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movdqu	%xmm\n, 32 * \n(%rdi)
	.endr
store_control:
	stmxcsr	MXCSR(%rdi)
	fstcw	X87_CONTROL(%rdi)
	fstl	X87(%rdi)
	ret

test_load_avx:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu	32 * \n(%rdi), %ymm\n
	.endr
	jmp	load_control

test_store_avx:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vmovdqu	%ymm\n, 32 * \n(%rdi)
	.endr
	jmp	store_control

	.globl	test_divide_sse, test_divide_x87
test_divide_sse:
	push	$0x1d80			# all masked but division by zero
	ldmxcsr	(%rsp)
	pop	%rax
	mov	$1, %eax
	cvtsi2sd %eax, %xmm0
	pxor	%xmm1, %xmm1
	divsd	%xmm1, %xmm0
	ret

test_divide_x87:
	push	$0x37b			# all masked but division by zero
	fninit
	fldcw	(%rsp)
	pop	%rax
	fld1
	fldz
	fdivrp
	fwait
	ret

	/* The stub RSI with the stack pointer RDI; the stub's own ret is what fails. */
	.globl	test_jump_with_stack
test_jump_with_stack:
	mov	%rdi, %rsp
	jmp	*%rsi

	/* The stub RDI in single steps. */
	.globl	test_call_in_steps
test_call_in_steps:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	pushf
	orq	$0x100, (%rsp)
	popf
	call	*%rdi
	pushf
	andq	$~0x100, (%rsp)
	popf
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret

	/* A new thread: RSP points at its StartBlock (thread.cpp). */
	.globl	test_thread_entry
test_thread_entry:
	cld
	mov	%rsp, %rdi
	and	$-16, %rsp
	xor	%ebp, %ebp
	call	test_thread_main
	ud2

	.bss
	.balign	8
	.globl	test_landing_registers, test_landing_stack, test_landing_next
test_landing_registers:
	.skip	18 * 8
test_landing_stack:
	.skip	8
test_landing_next:
	.skip	8

	.section .note.GNU-stack, "", @progbits
