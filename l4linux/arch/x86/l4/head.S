/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first instructions on the microkernel, and the notes by which the root task finds them.
 */
#include <linux/elfnote.h>
#include <linux/init.h>
#include <linux/linkage.h>

#include <asm/asm.h>
#include <asm/page_types.h>
#include <asm/percpu.h>
#include <asm/unwind_hints.h>

/*
 * Ring 1, events masked, RDI = vCPU page, RSP = boot page. Every access here may be a page
 * fault that the root task answers, also that of the first push. The GS base comes before
 * any C code: the stack canary lies behind it.
 */
	__INIT
SYM_CODE_START(startup_l4)
	UNWIND_HINT_END_OF_STACK
	ANNOTATE_NOENDBR
	cld
	movq	%rsp, %rsi
	leaq	__top_init_kernel_stack(%rip), %rsp
	movq	$INIT_PER_CPU_VAR(fixed_percpu_data), %rax
	wrgsbase %rax
	xorl	%ebp, %ebp
	call	l4_start_kernel
	ud2
SYM_CODE_END(startup_l4)
	__FINIT

/* Types and meaning: l4/linux.h, which is C. */
	ELFNOTE(Pecan, 1, .quad startup_l4)
	ELFNOTE(Pecan, 2, .quad __START_KERNEL_map)
	ELFNOTE(Pecan, 3, .quad 0x200000)
	ELFNOTE(Pecan, 4, .quad 1)
