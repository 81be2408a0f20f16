// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages.
 *
 * X.2 keeps the first eight message registers in processor registers. The others stand in the
 * UTCB, and so do the first eight here until the call: a message is written and read in one
 * place. RBP cannot be named as lost to the compiler, so the call saves it itself.
 */
#include "../counters.h"
#include "host.h"
#include "ipc.h"

struct l4_utcb *l4_utcb(void)
{
	return (struct l4_utcb *)(l4_this_vcpu()->utcb - L4_UTCB_MR_OFFSET);
}

l4_word_t l4_ipc(l4_word_t to, l4_word_t from, l4_word_t timeouts)
{
	l4_word_t *mr = l4_utcb()->mr;
	register l4_word_t r8 asm("r8") = timeouts;
	register l4_word_t mr0 asm("r9") = mr[0];
	register l4_word_t mr3 asm("r10") = mr[3];
	register l4_word_t mr4 asm("r12") = mr[4];
	register l4_word_t mr5 asm("r13") = mr[5];
	register l4_word_t mr6 asm("r14") = mr[6];
	register l4_word_t mr7 asm("r15") = mr[7];
	l4_word_t mr1 = mr[1], mr2 = mr[2], utcb = (l4_word_t)mr;

	l4_count(messages);

	asm volatile("pushq %%rbp\n\t"
		     ANNOTATE_RETPOLINE_SAFE
		     "call *%[entry]\n\t"
		     "popq %%rbp"
		     : "+r" (r8), "+r" (mr0), "+a" (mr1), "+b" (mr2), "+r" (mr3), "+r" (mr4),
		       "+r" (mr5), "+r" (mr6), "+r" (mr7), "+D" (utcb), "+S" (to), "+d" (from),
		       ASM_CALL_CONSTRAINT
		     : [entry] "m" (l4_ipc_entry)
		     : "rcx", "r11", "memory", "cc");

	mr = l4_utcb()->mr;
	mr[0] = mr0;
	mr[1] = mr1;
	mr[2] = mr2;
	mr[3] = mr3;
	mr[4] = mr4;
	mr[5] = mr5;
	mr[6] = mr6;
	mr[7] = mr7;
	return mr0;
}

/* About a second: a server that does not answer is a fault, not a reason to stand still for ever. */
#define ANSWER_TIMEOUT L4_TIME_PERIOD(10, 1000)

/* Sends MR1 to MR@words under @label and takes the answer. */
bool l4_request(l4_word_t server, l4_word_t label, unsigned int words)
{
	l4_utcb()->mr[0] = L4_TAG(label, 0, words);
	return !(l4_ipc(server, server, L4_TIMEOUTS(ANSWER_TIMEOUT, ANSWER_TIMEOUT)) & L4_TAG_ERROR);
}
