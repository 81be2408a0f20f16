// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages ahead of their first use.
 *
 * Native Linux pays an exception for a page that it has to bring in, here a map call is added. So
 * what is as good as certain to be asked for next comes with the fault before it, through Linux's
 * own handler, and one call maps it all:
 *
 *	l4_write_ahead		who writes page behind page gets as many as lie written behind him
 *	l4_read_beside		the segments of an image that begin where another one ends
 *	l4_write_early		a page that is read first and then written
 *	l4_write_again		a page that a fork has made read-only
 *	l4_write_below		the stack of a process that begins
 *
 * At worst a process has twice the pages that it has written in a row, and some more. Nothing comes
 * early while memory is scarce.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/userfaultfd_k.h>
#include <linux/vmstat.h>

#include "counters.h"
#include "l4.h"
#include "mm.h"

#define AHEAD_PAGES	15

/* Reads that get a page of their own after one read has turned out to come before a write. */
#define EARLY_WRITES	8

static bool memory_is_scarce(void)
{
	return global_zone_page_state(NR_FREE_PAGES) < totalram_pages() / 16;
}

static bool is_written(pteval_t entry)
{
	const pteval_t written = _PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY;

	return (entry & written) == written;
}

/* Never touched, or shared with another process until it is written. */
static bool is_unwritten(pteval_t entry)
{
	return !entry || (entry & (_PAGE_PRESENT | _PAGE_RW)) == _PAGE_PRESENT;
}

static bool is_zero_entry(pteval_t entry)
{
	return entry & _PAGE_PRESENT && is_zero_pfn((entry & PTE_PFN_MASK) >> PAGE_SHIFT);
}

static bool is_private_memory(struct vm_area_struct *vma)
{
	return (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE && !userfaultfd_armed(vma);
}

/*
 * As if the process had touched @start to @end, until one of them has to wait for something. Unlocks
 * @vma. Returns where it ended. Events are unmasked meanwhile.
 */
static unsigned long touch(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			   unsigned int flags)
{
	vm_fault_t fault = 0;

	local_irq_enable();
	while (start < end) {
		fault = handle_mm_fault(vma, start, FAULT_FLAG_DEFAULT | FAULT_FLAG_USER |
					FAULT_FLAG_VMA_LOCK | flags, NULL);
		if (fault & (VM_FAULT_ERROR | VM_FAULT_RETRY | VM_FAULT_COMPLETED))
			break;
		l4_count(touched_ahead);
		start += PAGE_SIZE;
	}
	if (!(fault & (VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		vma_end_read(vma);
	local_irq_disable();
	return start;
}

/* The process has written to @address, which is there now. Returns the end of what it can write to. */
unsigned long l4_write_ahead(struct mm_struct *mm, unsigned long address)
{
	unsigned long page = address & PAGE_MASK, next = page + PAGE_SIZE;
	unsigned long table_end = (address & PMD_MASK) + PMD_SIZE;
	pteval_t *slot = l4_entry_of(mm, address);
	struct vm_area_struct *vma;
	unsigned long most, pages = 0;

	if (!slot || !is_written(*slot) || !(page & ~PMD_MASK) || !is_written(slot[-1]) ||
	    next == table_end || !is_unwritten(slot[1]) || memory_is_scarce())
		return next;
	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		return next;
	if (vma_is_anonymous(vma) && is_private_memory(vma)) {
		most = min3(AHEAD_PAGES * PAGE_SIZE, page - vma->vm_start, page & ~PMD_MASK);
		while (pages < most >> PAGE_SHIFT && is_written(slot[-1 - (long)pages]))
			pages++;
		most = min(pages, (min(vma->vm_end, table_end) - next) >> PAGE_SHIFT);
		for (pages = 0; pages < most && is_unwritten(slot[1 + pages]); )
			pages++;
	}
	l4_fault_widens(next + pages * PAGE_SIZE);
	return touch(vma, next, next + pages * PAGE_SIZE, FAULT_FLAG_WRITE);
}

/*
 * The first or last page of the segment that has @address, if it is of @file and not there yet. Returns the segment, empty if
 * there is none of that file.
 */
static struct l4_area read_segment(struct mm_struct *mm, struct file *file, unsigned long address)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, address);
	struct l4_area segment = {};
	pteval_t *slot;

	if (!vma)
		return segment;
	if (vma->vm_file == file && vma->vm_flags & VM_READ && vma->vm_ops->map_pages &&
	    !userfaultfd_armed(vma))
		segment = (struct l4_area){ vma->vm_start, vma->vm_end };
	slot = l4_entry_of(mm, address);
	touch(vma, address, segment.end && !(slot && *slot) ? address + PAGE_SIZE : address, 0);
	return segment;
}

/*
 * The process has read @address: with it comes what else of the file ends or begins near by. False: it
 * is not of a file.
 */
bool l4_read_beside(struct mm_struct *mm, unsigned long address)
{
	unsigned long first = address & -(L4_AROUND_PAGES * PAGE_SIZE);
	unsigned long last = first + L4_AROUND_PAGES * PAGE_SIZE;
	struct l4_area whole, segment;
	struct vm_area_struct *vma;
	struct file *file;

	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		return false;
	whole = (struct l4_area){ vma->vm_start, vma->vm_end };
	file = vma->vm_file;
	vma_end_read(vma);
	if (!file || memory_is_scarce())
		return file;
	while (whole.start > first && (segment = read_segment(mm, file, whole.start - PAGE_SIZE)).end)
		whole.start = segment.start;
	while (whole.end < last && (segment = read_segment(mm, file, whole.end)).end)
		whole.end = segment.end;
	return true;
}

static bool was_written_before_fork(pteval_t entry)
{
	return (entry & (_PAGE_PRESENT | _PAGE_RW | _PAGE_SAVED_DIRTY)) == (_PAGE_PRESENT | _PAGE_SAVED_DIRTY);
}

static void note_again(struct l4_mm_context *l4, unsigned long page)
{
	unsigned int i, place = l4->forks % L4_AGAIN_PAGES;

	for (i = 0; i < L4_AGAIN_PAGES; i++) {
		if (l4->again[i] == page)
			return;
		if (!l4->again[i])
			place = i;
	}
	l4->again[place] = page;
}

/* Every other fork leaves one page out: if it is written again it will be noted again. */
void l4_forget_again(struct mm_struct *mm)
{
	unsigned int fork = mm->context.l4.forks++;

	if (fork % 2)
		mm->context.l4.again[fork / 2 % L4_AGAIN_PAGES] = 0;
}

/*
 * A write that @entry does not allow. Was it read before it was ever written? It will not be the last one. Has a fork
 * taken the right? So will the next one.
 */
void l4_note_late_write(struct mm_struct *mm, unsigned long address, pteval_t entry)
{
	if (is_zero_entry(entry))
		mm->context.l4.early_writes = EARLY_WRITES;
	else if (was_written_before_fork(entry))
		note_again(&mm->context.l4, address & PAGE_MASK);
}

static void write_page(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long page)
{
	bool is_wanted = is_private_memory(vma);

	l4_fault_goes_on(mm, page);
	touch(vma, page, is_wanted ? page + PAGE_SIZE : page, FAULT_FLAG_WRITE);
}

/* The page below the stack's, if it is not there yet: a process that begins will soon need it. */
void l4_write_below(struct mm_struct *mm, unsigned long sp)
{
	const unsigned long enough = PAGE_SIZE / 2;
	unsigned long page = (sp - enough) & PAGE_MASK;
	pteval_t *slot = sp < TASK_SIZE_MAX && sp > enough ? l4_entry_of(mm, page) : NULL;
	struct vm_area_struct *vma;

	if (!slot || *slot || memory_is_scarce())
		return;
	vma = lock_vma_under_rcu(mm, page);
	if (vma)
		touch(vma, page, is_private_memory(vma) ? page + PAGE_SIZE : page, FAULT_FLAG_WRITE);
}

/*
 * The process reads @address. Is it going to write there? Likely if it did so before with pages that
 * had been the zero page; and with the first page of data that a new process reads after a fork.
 */
void l4_write_early(struct mm_struct *mm, unsigned long address)
{
	pteval_t *slot = l4_entry_of(mm, address);
	struct vm_area_struct *vma;

	if (!mm->context.l4.early_writes || !slot || *slot & _PAGE_RW ||
	    !(is_zero_entry(*slot) || *slot & _PAGE_SAVED_DIRTY) || memory_is_scarce())
		return;
	vma = lock_vma_under_rcu(mm, address);
	if (!vma)
		return;
	mm->context.l4.early_writes--;
	write_page(mm, vma, address & PAGE_MASK);
}

/* The process will write to @address as before the fork. */
void l4_write_again(struct mm_struct *mm, unsigned long address)
{
	pteval_t *slot = address < TASK_SIZE_MAX ? l4_entry_of(mm, address) : NULL;
	struct vm_area_struct *vma;

	if (!slot || !was_written_before_fork(*slot) || memory_is_scarce())
		return;
	vma = lock_vma_under_rcu(mm, address);
	if (vma)
		write_page(mm, vma, address & PAGE_MASK);
}
