/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the rest of Linux asks of the Pecan platform (arch/x86/l4).
 */
#ifndef _ASM_X86_L4_H
#define _ASM_X86_L4_H

#include <linux/types.h>

#include <asm/cpufeature.h>

struct mm_struct;
struct page;
struct pt_regs;

/*
 * Is this Linux a server of the microkernel? A patched jump; constant where the platform is
 * not configured. The platform excludes Xen's PV, so their common feature bit tells.
 */
static __always_inline bool l4_pv(void)
{
	return IS_ENABLED(CONFIG_L4_PV) && cpu_feature_enabled(X86_FEATURE_XENPV);
}

/*
 * fill.c: the virtual TLB misses. True: the access can be tried again. Otherwise @error_code is
 * made what a processor that walks Linux's tables would have said.
 */
bool l4_fault(struct pt_regs *regs, unsigned long *error_code, unsigned long address);
void l4_fault_handled(unsigned long error_code, unsigned long address);

/* flush.c: nothing of the range is translated by old entries when they return. */
void l4_flush_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end);
void l4_wrprotect_mm(struct mm_struct *mm);
void l4_flush_kernel_range(unsigned long start, unsigned long end);

/* text.c */
void l4_protect_image(void);
void l4_text_poke(void (*func)(void *to, const void *from, size_t size), struct page *pages[2],
		  void *address, const void *from, size_t size);

#endif /* _ASM_X86_L4_H */
