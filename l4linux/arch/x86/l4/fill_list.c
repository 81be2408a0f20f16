// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map calls of one fault: by themselves, or as a batch, which is one entry into the microkernel for all
 * of them, and for the making of the client if there is none yet.
 *
 * A client that is made in front of its maps has no generation that could be overtaken: with one processor and events
 * masked nothing comes between the reading of Linux's entries and the call.
 */
#include <linux/mm_types.h>

#include "counters.h"
#include "mm.h"

static struct l4_vcpu_call *call_of(unsigned int run)
{
	return &l4_this_vcpu()->calls[L4_BATCH_MAPS + run];
}

static unsigned long count_of(const struct l4_vcpu_call *call)
{
	return call->rdx & 0xffff;
}

/* Where in map[] the next run's entries go. */
unsigned long *l4_fill_entries(const struct l4_fill_list *list)
{
	return (unsigned long *)l4_this_vcpu()->map + list->entries;
}

void l4_fill_add(struct l4_fill_list *list, unsigned long address, unsigned int count, unsigned int shift)
{
	*call_of(list->runs++) = (struct l4_vcpu_call){
		.operation = L4_VCPU_MAP,
		.rdi = l4_fill_makes_client(list) ? L4_CLIENT_OF_CALL(L4_BATCH_CREATE) : list->client,
		.rsi = address,
		.rdx = L4_MAP_ENTRIES(list->entries, count, shift),
		.r8 = list->generation,
	};
	list->entries += count;
}

/* The calls that are done; results stand in the vCPU page. */
static unsigned int run_calls(struct l4_fill_list *list)
{
	unsigned int end = L4_BATCH_MAPS + list->runs;
	struct l4_vcpu_call *only = call_of(0);

	if (l4_fill_makes_client(list))
		return l4_create_client(list->mm, end);
	if (list->runs > 1)
		return l4_vcpu_call(L4_VCPU_BATCH, end, 0, L4_BATCH_MAPS, 0);
	only->result = l4_vcpu_call(L4_VCPU_MAP, only->rdi, only->rsi, only->rdx, only->r8);
	return end;
}

long l4_fill_run(struct l4_fill_list *list)
{
	unsigned int run, done;
	bool complete = !list->is_partial;

	call_of(0)->result = L4_VCPU_ENOMEM; /* if it is not even called */
	done = run_calls(list);
	l4_count(fills);
	for (run = 0; run < list->runs; run++) {
		long pages = L4_BATCH_MAPS + run < done ? (long)call_of(run)->result : 0;

		if (pages > 0)
			l4_count_by(filled_pages, pages);
		if (pages != count_of(call_of(run)))
			complete = false;
	}
	/* What is left of an old translation is not replaced any more. */
	if (!complete)
		l4_flush_owed();
	return call_of(0)->result;
}
