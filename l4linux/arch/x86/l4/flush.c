// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flushing the virtual TLB: unmapping. The microkernel reaches other processors itself, also
 * those that mask events, so this may be called wherever a TLB may be flushed.
 */
#include <linux/kernel.h>
#include <linux/mm.h>

#include <asm/l4.h>
#include <asm/tlbflush.h>

#include "counters.h"
#include "l4.h"
#include "mm.h"

/*
 * What was flushed here last: the next fills have it to bring back. Only a hint of how many pages to
 * look at, so without a lock, and not wrong if the process has moved on or is another by now.
 */
static DEFINE_PER_CPU(struct {
	struct mm_struct *mm;
	struct l4_area area;
}, last_flush);

struct l4_area l4_last_flush(const struct mm_struct *mm)
{
	return raw_cpu_read(last_flush.mm) == mm ? *raw_cpu_ptr(&last_flush.area) : (struct l4_area){};
}

/* Two unmaps may come home in the other order: the newest generation counts. */
static void note_generation(struct mm_struct *mm, unsigned long generation)
{
	unsigned long known = READ_ONCE(mm->context.l4.generation);

	while (known < generation &&
	       !try_cmpxchg(&mm->context.l4.generation, &known, generation))
		;
}

static void unmap(struct mm_struct *mm, unsigned long client, unsigned long start,
		  unsigned long end, unsigned long rights)
{
	bool verifying = static_branch_unlikely(&l4_verifying);
	long generation = 0;

	if (!verifying || !l4_skips_flush(mm))
		generation = l4_vcpu_call(L4_VCPU_UNMAP, client, start, end, rights);
	if (generation > 0)
		note_generation(mm, generation);
	if (verifying) {
		l4_verify_range(mm, client, start, end);
		l4_verify_quiet(mm);
	}
}

/* A process that has no client has no translations either. */
void l4_unmap_mm(struct mm_struct *mm, unsigned long start, unsigned long end,
		 unsigned long rights)
{
	unsigned long client = READ_ONCE(mm->context.l4.client);

	start &= PAGE_MASK;
	end = min(PAGE_ALIGN(min(end, L4_CLIENT_AREA_END)), L4_CLIENT_AREA_END);
	if (!client || start >= end)
		return;
	raw_cpu_write(last_flush.mm, mm);
	*raw_cpu_ptr(&last_flush.area) = (struct l4_area){ start, end };
	l4_count(unmaps);
	unmap(mm, client, start, end, rights);
}

void l4_flush_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	bool waits;

	preempt_disable();
	waits = l4_flush_can_wait(mm, start, end);
	preempt_enable();
	if (!waits)
		l4_unmap_mm(mm, start, end, L4_RIGHTS_RWX);
}

/* A fork: the parent begins anew, too. */
void l4_wrprotect_mm(struct mm_struct *mm)
{
	mm->context.l4.is_fresh = true;
	l4_forget_again(mm);
	l4_unmap_mm(mm, 0, TLB_FLUSH_ALL, L4_RIGHT_W);
}

/* Only what is dynamic: rights in the static half do not change. */
void l4_flush_kernel_range(unsigned long start, unsigned long end)
{
	unsigned int i;

	start &= PAGE_MASK;
	for (i = 0; i < L4_DYNAMIC_AREAS; i++) {
		unsigned long from = max(start, l4_dynamic_areas[i].start);
		unsigned long to = min(end, l4_dynamic_areas[i].end);

		if (from >= to)
			continue;
		l4_count(kernel_unmaps);
		unmap(&init_mm, L4_CLIENT_SERVER, from, PAGE_ALIGN(to), L4_RIGHTS_RWX);
	}
}
