// SPDX-License-Identifier: GPL-2.0-only
/*
 * A flush that the fill behind it makes needless.
 *
 * Copy on write takes a page away from a process and flushes it, puts another one in its place,
 * and returns from the fault. The fill at the end of the fault replaces the old translation by
 * itself, so the flush in between can wait for it: one call instead of two for each page that
 * is copied after a fork.
 *
 * That is right as long as nothing uses the old translation meanwhile: with one processor only
 * the task itself could, in the kernel, and it is busy with this very page, or with those that come
 * in behind it (ahead.c). If it sleeps first the flush is done then.
 */
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched.h>

#include "mm.h"

/* A page that is needed, or is read and will be written, with those that a fork has made read-only. */
#define AREAS	(2 + L4_FRESH_ADDRESSES)

/* The pages whose fault is being handled here, and whether a flush of any of them is owed. */
struct handled_fault {
	struct task_struct *task;
	struct mm_struct *mm;
	unsigned int count;
	struct l4_area pages[AREAS];
	bool is_owed;
};

static DEFINE_PER_CPU(struct handled_fault, handled);

void l4_fault_begins(struct mm_struct *mm, unsigned long address)
{
	struct handled_fault *fault = this_cpu_ptr(&handled);

	l4_flush_owed();
	fault->task = current;
	fault->mm = mm;
	fault->count = 0;
	l4_fault_goes_on(mm, address);
}

/* The end of the same fault, if there is one, fills the page of @address, too. */
void l4_fault_goes_on(struct mm_struct *mm, unsigned long address)
{
	struct handled_fault *fault = this_cpu_ptr(&handled);
	unsigned long page = address & PAGE_MASK;

	if (fault->task != current || fault->mm != mm || fault->count == AREAS)
		l4_fault_begins(mm, address);
	else
		fault->pages[fault->count++] = (struct l4_area){ page, page + PAGE_SIZE };
}

/* The same fault brings in what lies behind its page, up to @end. */
void l4_fault_widens(unsigned long end)
{
	struct handled_fault *fault = this_cpu_ptr(&handled);

	fault->pages[fault->count - 1].end = end;
}

bool l4_is_within(const struct l4_area *areas, unsigned int count, struct l4_area area)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (area.start >= areas[i].start && area.end <= areas[i].end)
			return true;
	}
	return false;
}

/* True: the flush of [@start, @end) will be made good by the end of the fault. */
bool l4_flush_can_wait(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct handled_fault *fault = this_cpu_ptr(&handled);
	struct l4_area area = { start, end };

	if (fault->task != current || fault->mm != mm ||
	    !l4_is_within(fault->pages, fault->count, area) || !in_task() || num_online_cpus() > 1)
		return false;
	fault->is_owed = true;
	return true;
}

/* Is a flush owed, perhaps, of a page in @area other than @page? Those can be missing when the area is filled. */
bool l4_flush_waits_beside(struct mm_struct *mm, struct l4_area area, unsigned long page)
{
	struct handled_fault *fault = this_cpu_ptr(&handled);
	unsigned int i;

	if (!fault->is_owed || fault->task != current || fault->mm != mm)
		return false;
	for (i = 0; i < fault->count; i++) {
		const struct l4_area *pages = &fault->pages[i];
		bool is_other = pages->start != page || pages->end != page + PAGE_SIZE;

		if (is_other && pages->start < area.end && pages->end > area.start)
			return true;
	}
	return false;
}

/*
 * Do @areas, which are about to be filled, make good all that is owed? They need not: what is written ahead of a fault is
 * chosen before Linux's handler runs, which may sleep and let other threads choose.
 */
bool l4_flush_is_covered(struct mm_struct *mm, const struct l4_area *areas, unsigned int count)
{
	struct handled_fault *fault = this_cpu_ptr(&handled);
	unsigned int i;

	if (!fault->is_owed || fault->task != current || fault->mm != mm)
		return true;
	for (i = 0; i < fault->count; i++) {
		if (!l4_is_within(areas, count, fault->pages[i]))
			return false;
	}
	return true;
}

/* The pages have been mapped anew: nothing is owed any more. */
void l4_fault_filled(void)
{
	struct handled_fault *fault = this_cpu_ptr(&handled);

	fault->is_owed = false;
	fault->task = NULL;
}

/* Not, or not yet: the task sleeps, or the fault has ended in another way. */
void l4_flush_owed(void)
{
	struct handled_fault *fault = this_cpu_ptr(&handled);
	unsigned int i;

	fault->task = NULL;
	if (!fault->is_owed)
		return;
	for (i = 0; i < fault->count; i++)
		l4_unmap_mm(fault->mm, fault->pages[i].start, fault->pages[i].end, L4_RIGHTS_RWX);
	/* Not before: the check that may follow each of them (verify.c) would find the others. */
	fault->is_owed = false;
}

bool l4_owes_flush(void)
{
	return raw_cpu_read(handled.is_owed);
}
