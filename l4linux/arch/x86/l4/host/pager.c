// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page-fault message that Linux sends for itself (X.2, 6.1): since it has a page-fault entry,
 * the microkernel no longer does.
 */
#include "host.h"

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
