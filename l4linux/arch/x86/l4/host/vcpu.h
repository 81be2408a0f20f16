/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vCPU page of this processor, and the calls of a co-resident server.
 */
#ifndef _L4_HOST_VCPU_H
#define _L4_HOST_VCPU_H

#include <linux/percpu-defs.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>
#include <asm/percpu.h>

#include <l4/vcpu.h>

DECLARE_PER_CPU(struct l4_vcpu *, l4_vcpu);

/* The page does not move, so a stale read after a migration is all that could go wrong. */
static __always_inline struct l4_vcpu *l4_this_vcpu(void)
{
	return raw_cpu_read(l4_vcpu);
}

extern unsigned long l4_vcpu_entry;

/*
 * @op and what it returns: see l4/vcpu.h and the manual of the extension. What the call needs
 * of the vCPU page (map[], deadline) must not change under it: have events masked then.
 */
static __always_inline long l4_vcpu_call(unsigned long op, unsigned long a, unsigned long b,
					 unsigned long c, unsigned long d)
{
	register unsigned long r8 asm("r8") = d;

	asm volatile(ANNOTATE_RETPOLINE_SAFE
		     "call *%[entry]"
		     : "+a" (op), "+d" (c), ASM_CALL_CONSTRAINT
		     : "D" (a), "S" (b), "r" (r8), [entry] "m" (l4_vcpu_entry)
		     : "rcx", "r11", "memory", "cc");
	return op;
}

/* L4_VCPU_LOOKUP, which has a second result: where to go on. */
static inline long l4_vcpu_lookup(unsigned long client, unsigned long *address)
{
	unsigned long op = L4_VCPU_LOOKUP, next;

	asm volatile(ANNOTATE_RETPOLINE_SAFE
		     "call *%[entry]"
		     : "+a" (op), "=d" (next), ASM_CALL_CONSTRAINT
		     : "D" (client), "S" (*address), [entry] "m" (l4_vcpu_entry)
		     : "rcx", "r8", "r11", "memory", "cc");
	*address = next;
	return op;
}

#endif /* _L4_HOST_VCPU_H */
