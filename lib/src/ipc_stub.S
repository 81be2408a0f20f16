/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * l4_ipc_stub(to, from, timeouts, mr, stub): the register convention of Ipc on amd64.
 *
 * MR0 to MR7 travel in registers, the others in the UTCB, where the caller has put all of them.
 * A system call leaves nothing of the general registers but RSP, so the callee-saved ones of the
 * C convention are saved here, and the address of the MRs is kept on the stack: what comes back
 * in RDI is the kernel's word for the same address.
 */
	.text
	.globl	l4_ipc_stub
	.type	l4_ipc_stub, @function
l4_ipc_stub:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rcx			# address of MR0

	mov	%r8, %rbp		# the kernel's stub
	mov	%rdx, %r8		# Timeouts
	mov	%rsi, %rdx		# FromSpecifier
	mov	%rdi, %rsi		# to
	mov	%rcx, %rdi		# UTCB
	mov	0(%rdi), %r9
	mov	8(%rdi), %rax
	mov	16(%rdi), %rbx
	mov	24(%rdi), %r10
	mov	32(%rdi), %r12
	mov	40(%rdi), %r13
	mov	48(%rdi), %r14
	mov	56(%rdi), %r15
	call	*%rbp

	pop	%rdi
	mov	%r9, 0(%rdi)
	mov	%rax, 8(%rdi)
	mov	%rbx, 16(%rdi)
	mov	%r10, 24(%rdi)
	mov	%r12, 32(%rdi)
	mov	%r13, 40(%rdi)
	mov	%r14, 48(%rdi)
	mov	%r15, 56(%rdi)
	mov	%rsi, %rax		# from

	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size	l4_ipc_stub, . - l4_ipc_stub
	.section .note.GNU-stack, "", @progbits
