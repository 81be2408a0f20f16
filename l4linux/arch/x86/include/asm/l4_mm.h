/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _ASM_X86_L4_MM_H
#define _ASM_X86_L4_MM_H

#include <linux/types.h>

/*
 * The client space that holds what a process has used of its page tables: a virtual TLB.
 * The fields belong to arch/x86/l4/client.c; a client may go away at any time when the
 * microkernel has no memory left, and comes back empty.
 */
#define L4_AGAIN_PAGES	6

struct l4_mm_context {
	unsigned long client;		/* the client's number, 0: none */
	unsigned long generation;	/* of the client, as the last unmap left it */
	struct list_head loaded;	/* all clients, the one loaded last in front */
	unsigned int early_writes;	/* so many pages that are read next count as written: ahead.c */
	unsigned long again[L4_AGAIN_PAGES];	/* pages that were written soon after a fork: ahead.c */
	unsigned int forks;		/* of this process: which of them to leave out next */
	bool is_fresh;			/* what its threads use at once has not been filled yet */
	bool dead;			/* exit_mmap() has come by: never a client again */
};

#endif /* _ASM_X86_L4_MM_H */
