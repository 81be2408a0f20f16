// SPDX-License-Identifier: GPL-2.0-only
/*
 * X.2's Unmap with 'flush': a server gives up rights to what its pager has mapped for it.
 */
#include <linux/log2.h>
#include <linux/minmax.h>

#include "host.h"
#include "ipc.h"

static void flush(l4_word_t fpage)
{
	l4_word_t control = 1 << 6, utcb = (l4_word_t)l4_utcb()->mr;
	register l4_word_t mr0 asm("r9") = fpage; /* last: a call would not keep it */

	/* RBP cannot be named as lost to the compiler. */
	asm volatile("pushq %%rbp\n\t"
		     ANNOTATE_RETPOLINE_SAFE
		     "call *%[entry]\n\t"
		     "popq %%rbp"
		     : "+r" (mr0), "+d" (control), "+D" (utcb), ASM_CALL_CONSTRAINT
		     : [entry] "m" (l4_unmap_entry)
		     : "rax", "rbx", "rcx", "rsi", "r8", "r10", "r11", "r12", "r13", "r14", "r15",
		       "memory", "cc");
}

/* In the largest flexpages that their alignment allows. */
void l4_renounce(unsigned long start, unsigned long end, unsigned long rights)
{
	while (start < end) {
		unsigned int log2 = min_t(unsigned int, __ffs(start), ilog2(end - start));

		flush(L4_FPAGE(start, log2, rights));
		start += 1UL << log2;
	}
}
