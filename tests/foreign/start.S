/* SPDX-License-Identifier: BSD-2-Clause */
/* Start code as programs of others have it: registers and stack are undefined at the entry, RAX is pushed and ignored. */
	.text
	.globl	_start
_start:
	lea	initial_stack, %rsp
	push	%rax
	jmp	main

/* The first thing of another thread: the stack is empty. */
	.globl	thread_start
thread_start:
	push	$0
	jmp	thread_main

	.bss
	.align	16
	.skip	16384
initial_stack:
	.section .note.GNU-stack, "", @progbits
