// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page-fault message that Linux sends for itself (X.2, 6.1): since it has a page-fault entry,
 * the microkernel no longer does.
 */
#include "host.h"
#include "ipc.h"

bool l4_pager_fault(unsigned long address, unsigned long ip, unsigned long rights)
{
	struct l4_utcb *utcb = l4_utcb();
	l4_word_t *br0 = &utcb->br_descending[32];

	*br0 = L4_COMPLETE_SPACE;
	utcb->mr[0] = L4_TAG(L4_LABEL_PAGE_FAULT(rights), 0, 2);
	utcb->mr[1] = address;
	utcb->mr[2] = ip;
	return !(l4_ipc(utcb->pager, utcb->pager, L4_TIMEOUTS(L4_TIME_NEVER, L4_TIME_NEVER)) &
		 L4_TAG_ERROR);
}

/* Unmap with flush of one flexpage (X.2, 4.2): MR0 travels in R9, RDX says 'flush, one page'. */
#define UNMAP_FLUSH_ONE 0x40UL

void l4_give_back(unsigned long fpage)
{
	l4_word_t utcb = (l4_word_t)l4_utcb()->mr, control = UNMAP_FLUSH_ONE;
	register l4_word_t mr0 asm("r9") = fpage; /* no calls from here on */

	asm volatile("pushq %%rbp\n\t"
		     ANNOTATE_RETPOLINE_SAFE
		     "call *%[entry]\n\t"
		     "popq %%rbp"
		     : "+r" (mr0), "+D" (utcb), "+d" (control), ASM_CALL_CONSTRAINT
		     : [entry] "m" (l4_unmap_entry)
		     : "rax", "rbx", "rcx", "rsi", "r8", "r10", "r11", "r12", "r13", "r14", "r15",
		       "memory", "cc");
}
