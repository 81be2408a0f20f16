/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interrupt flag, included by asm/paravirt.h.
 *
 * On Pecan it is the first byte of the vCPU page, and the second tells that an event waits. It is
 * tested and changed all the time, so that is done in place; on bare hardware the instructions
 * for it stand there. Until alternatives are applied it is an operation like all others.
 */
#ifndef _ASM_X86_L4_IRQFLAGS_H
#define _ASM_X86_L4_IRQFLAGS_H

static __always_inline unsigned long arch_local_save_flags(void)
{
	unsigned long flags;

	asm volatile(ALTERNATIVE_2(PARAVIRT_CALL,
				   "movq %%gs:l4_vcpu, %%rax\n\t"
				   "movzbl (%%rax), %%eax\n\t"
				   "shll $9, %%eax", X86_FEATURE_XENPV,
				   "pushf; pop %%rax", ALT_NOT_XEN)
		     : "=a" (flags), ASM_CALL_CONSTRAINT
		     : paravirt_ptr(irq.save_fl.func)
		     : "memory", "cc");
	return flags;
}

static __always_inline void arch_local_irq_disable(void)
{
	asm volatile(ALTERNATIVE_2(PARAVIRT_CALL,
				   "movq %%gs:l4_vcpu, %%rax\n\t"
				   "movb $0, (%%rax)", X86_FEATURE_XENPV,
				   "cli", ALT_NOT_XEN)
		     : ASM_CALL_CONSTRAINT
		     : paravirt_ptr(irq.irq_disable.func)
		     : "rax", "memory", "cc");
}

/* Unmask first, look second: an event comes by itself from then on. */
static __always_inline void arch_local_irq_enable(void)
{
	asm volatile(ALTERNATIVE_2(PARAVIRT_CALL,
				   "movq %%gs:l4_vcpu, %%rax\n\t"
				   "movb $1, (%%rax)\n\t"
				   "cmpb $0, 1(%%rax)\n\t"
				   "je 1f\n\t"
				   "call l4_events_pending\n"
				   "1:", X86_FEATURE_XENPV,
				   "sti", ALT_NOT_XEN)
		     : ASM_CALL_CONSTRAINT
		     : paravirt_ptr(irq.irq_enable.func)
		     : "rax", "memory", "cc");
}

#endif /* _ASM_X86_L4_IRQFLAGS_H */
