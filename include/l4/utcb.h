/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user-level thread control block on amd64 (X.2, 1.3 and the amd64 appendix).
 *
 * One kibibyte, readable and writable by its thread: nothing in it may be trusted. `mov %gs:0`
 * yields the address of mr[0] in an ordinary task, which is also the thread's local ID; in a
 * co-resident server %gs is the server's own and the vCPU page holds the address.
 */
#ifndef L4_UTCB_H
#define L4_UTCB_H

#include "types.h"

#define L4_UTCB_SIZE 1024UL
#define L4_UTCB_MR_OFFSET 0x200UL
#define L4_MR_COUNT 64
#define L4_BR_COUNT 33

struct l4_utcb {
	l4_word_t unused[16];
	l4_word_t br_descending[L4_BR_COUNT]; /* BRi stands at index 32 - i */
	l4_word_t my_global_id;
	l4_word_t processor_no;
	l4_word_t user_defined_handle;
	l4_word_t pager;
	l4_word_t exception_handler;
	l4_word_t flags; /* byte 0 PreemptFlags, byte 1 CopFlags */
	l4_word_t error_code;
	l4_word_t xfer_timeouts;
	l4_word_t intended_receiver;
	l4_word_t virtual_sender; /* ActualSender on receive */
	l4_word_t thread_word1;
	l4_word_t thread_word0;
	l4_word_t reserved[2];
	l4_word_t word_size_mask;
	l4_word_t mr[L4_MR_COUNT];
};

#endif
