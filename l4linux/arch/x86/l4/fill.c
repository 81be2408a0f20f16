// SPDX-License-Identifier: GPL-2.0-only
/*
 * Filling the virtual TLB.
 *
 * The walk takes no lock and runs before anything else in the page-fault path, with events
 * masked: it may be the fault of code that holds the page-table lock or must not sleep, where
 * a processor would just have filled its TLB. Tables are freed by RCU, so they stay that long.
 */
#include <linux/atomic.h>
#include <linux/extable.h>
#include <linux/kdebug.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>

#include <asm/fsgsbase.h>
#include <asm/l4.h>
#include <asm/memtype.h>
#include <asm/ptrace.h>
#include <asm/tlbflush.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "counters.h"
#include "l4.h"
#include "mm.h"

/*
 * Pages that one call maps around the one that is needed. A miss for a page that Linux has means a
 * client that is new or was flushed: its neighbours will be missed next. So will those of a page that
 * was read, as far as Linux has just mapped what is around it in the file (fault_around_pages). A page
 * that was written to for the first time has neighbours that are mapped already, or are not there, or
 * have just come with it (ahead.c).
 */
#define WINDOW_PAGES		64

/* And around what it will use besides, see add_fresh(). */
#define FRESH_PAGES		8
static_assert(WINDOW_PAGES + L4_FRESH_ADDRESSES * FRESH_PAGES <= L4_VCPU_MAP_ENTRIES);
static_assert(1 + L4_FRESH_ADDRESSES <= L4_FILL_RUNS);

/* Fills that an unmap may overtake before the generation no longer counts. */
#define PATIENCE		3

enum fill_result {
	FILLED,		/* try the access again */
	NO_ENTRY,	/* Linux's table does not allow it */
	REFUSED,	/* it does, but the page is not this server's */
};

/*
 * The entry that translates an address, and what the levels above it allow, apart from each other:
 * the neighbours share only the latter.
 */
struct leaf {
	pteval_t *slot;
	pteval_t entry;
	pteval_t rights;	/* of _PAGE_RW | _PAGE_USER, what every level above allows */
	pteval_t nx;		/* _PAGE_NX if any level above has it */
	unsigned int shift;	/* log2 of the size it translates */
};

/*
 * Looks @address up as a processor does: by the raw present bit, not by pte_present(), which
 * also holds for PROT_NONE.
 */
static bool walk(pgd_t *pgd, unsigned long address, struct leaf *leaf)
{
	pteval_t *table = (pteval_t *)pgd;
	unsigned int shift = PGDIR_SHIFT;

	leaf->rights = _PAGE_RW | _PAGE_USER;
	leaf->nx = 0;
	for (;;) {
		pteval_t *slot = table + ((address >> shift) & (PTRS_PER_PTE - 1));
		pteval_t entry = READ_ONCE(*slot);

		if (!(entry & _PAGE_PRESENT))
			return false;
		if (shift == PAGE_SHIFT || (entry & _PAGE_PSE && shift < PGDIR_SHIFT)) {
			leaf->slot = slot;
			leaf->entry = entry;
			leaf->shift = shift;
			return true;
		}
		leaf->rights &= entry;
		leaf->nx |= entry & _PAGE_NX;
		table = __va(entry & PTE_PFN_MASK);
		shift -= PMD_SHIFT - PAGE_SHIFT;
	}
}

pteval_t *l4_entry_of(struct mm_struct *mm, unsigned long address)
{
	struct leaf leaf;

	return walk(mm->pgd, address, &leaf) && leaf.shift == PAGE_SHIFT ? leaf.slot : NULL;
}

static bool allows(const struct leaf *leaf, unsigned long error_code, unsigned long address)
{
	pteval_t rights = leaf->rights & leaf->entry;

	if (error_code & (X86_PF_RSVD | X86_PF_PK | X86_PF_SHSTK | X86_PF_SGX))
		return false;
	if (error_code & X86_PF_WRITE && !(rights & _PAGE_RW))
		return false;
	if (error_code & X86_PF_USER && !(rights & _PAGE_USER))
		return false;
	if (!(error_code & X86_PF_INSTR))
		return true;
	/* Linux itself does not execute pages of a process: SMEP. */
	return !((leaf->nx | leaf->entry) & _PAGE_NX) && (error_code & X86_PF_USER || address >= TASK_SIZE_MAX);
}

/*
 * Accessed and dirty bits, set before the page can be used. False: the entry has changed
 * meanwhile. Dirty is never set without the right to write.
 */
static bool mark(pteval_t *slot, pteval_t *entry, bool write)
{
	pteval_t marked = *entry | _PAGE_ACCESSED | (write ? _PAGE_DIRTY : 0);

	if (marked == *entry)
		return true;
	if (!try_cmpxchg(slot, entry, marked))
		return false;
	*entry = marked;
	return true;
}

/* Cache attribute, in terms of the map call. */
static unsigned long attribute(const struct leaf *leaf, pteval_t entry)
{
	pgprot_t prot = __pgprot(entry & ~PTE_PFN_MASK);

	if (leaf->shift != PAGE_SHIFT)
		prot = pgprot_large_2_4k(__pgprot(entry & (_PAGE_PAT_LARGE | _PAGE_PCD | _PAGE_PWT)));
	if (likely(!(pgprot_val(prot) & _PAGE_CACHE_MASK)))
		return L4_MAP_WB;

	switch (pgprot2cachemode(prot)) {
	case _PAGE_CACHE_MODE_WB:
	case _PAGE_CACHE_MODE_WP:
		return L4_MAP_WB;
	case _PAGE_CACHE_MODE_WC:
		return L4_MAP_WC;
	case _PAGE_CACHE_MODE_WT:
		return L4_MAP_WT;
	default:
		return L4_MAP_UC;
	}
}

/*
 * What map[] says of page @frame under @entry. A page of a process is writable only once it
 * is dirty: the first write must be seen. Entries of the kernel's half need not be.
 */
static unsigned long map_entry(const struct leaf *leaf, pteval_t entry, phys_addr_t frame, bool kernel)
{
	unsigned long source = (unsigned long)__va(frame);
	unsigned long rights = L4_MAP_R;

	if (frame >> MAX_PHYSMEM_BITS)
		return 0;
	if (leaf->rights & entry & _PAGE_RW && (kernel || entry & _PAGE_DIRTY))
		rights |= L4_MAP_W;
	if (!((leaf->nx | entry) & _PAGE_NX))
		rights |= L4_MAP_X;
	return source | rights | attribute(leaf, entry) << L4_MAP_ATTR_SHIFT;
}

static phys_addr_t frame_of(const struct leaf *leaf, unsigned long address)
{
	phys_addr_t mask = (1UL << leaf->shift) - 1;

	return (leaf->entry & PTE_PFN_MASK & ~mask) | (address & mask & PAGE_MASK);
}

unsigned long l4_legal_mapping(struct mm_struct *mm, unsigned long address, bool kernel)
{
	struct leaf leaf;

	if (!walk(mm->pgd, address, &leaf) || !(kernel || leaf.rights & leaf.entry & _PAGE_USER))
		return 0;
	return map_entry(&leaf, leaf.entry, frame_of(&leaf, address), kernel) &
	       (PAGE_MASK | L4_RIGHTS_RWX);
}

/*
 * A neighbour comes along if it could have been in the TLB. Marking it accessed is what a
 * processor may do any time it likes.
 */
static unsigned long neighbour(struct leaf *leaf, pteval_t *slot, bool kernel)
{
	pteval_t entry = READ_ONCE(*slot);

	if (!(entry & _PAGE_PRESENT) || !mark(slot, &entry, false))
		return 0;
	if (!kernel && !(entry & _PAGE_USER))
		return 0;
	return map_entry(leaf, entry, entry & PTE_PFN_MASK, kernel);
}

/*
 * The window of so many pages that @address is in. What was flushed is filled again and nothing beside
 * it, which is there: in one call if it fits and has one table, wherever it lies.
 */
static struct l4_area window(const struct mm_struct *mm, unsigned long address, unsigned int pages)
{
	unsigned long size = pages * PAGE_SIZE, table = address & PMD_MASK;
	struct l4_area aligned = { address & -size, (address & -size) + size };
	struct l4_area flushed = l4_last_flush(mm);

	if (address < flushed.start || address >= flushed.end)
		return aligned;
	if (flushed.end - flushed.start <= size)
		aligned = (struct l4_area){ table, table + PMD_SIZE };
	return (struct l4_area){ max(flushed.start, aligned.start), min(flushed.end, aligned.end) };
}

/* A page that is owed a flush and is not among those of the window makes the list partial. */
static void note_missing(struct l4_fill_list *list, const unsigned long *map, struct l4_area window,
			 unsigned int skipped, unsigned int count)
{
	unsigned long page;

	for (page = window.start; page < window.end; page += PAGE_SIZE) {
		unsigned long i = ((page - window.start) >> PAGE_SHIFT) - skipped;
		struct l4_area alone = { page, page + PAGE_SIZE };

		if ((i >= count || !map[i]) && l4_flush_waits_beside(list->mm, alone, 0))
			list->is_partial = true;
	}
}

/*
 * Adds the pages of a window, from the first that is there to the last; the holes between stay, so one whose page is owed a
 * flush leaves the list partial. Returns the index of the needed page among them.
 */
static unsigned int add_window(struct l4_fill_list *list, struct leaf *leaf, unsigned long address,
			       bool kernel, struct l4_area window)
{
	unsigned long base = window.start, pages = (window.end - base) >> PAGE_SHIFT;
	unsigned long index = (address - base) >> PAGE_SHIFT, *map = l4_fill_entries(list);
	unsigned int i, skipped = 0, count = 0;

	for (i = 0; i < pages; i++) {
		unsigned long entry;

		if (i == index || leaf->shift != PAGE_SHIFT)
			entry = map_entry(leaf, leaf->entry,
					  frame_of(leaf, base + i * PAGE_SIZE), kernel);
		else
			entry = neighbour(leaf, leaf->slot - index + i, kernel);
		if (!entry && skipped == i) {
			skipped++;
			continue;
		}
		map[i - skipped] = entry;
		if (entry)
			count = i - skipped + 1;
	}
	if (l4_flush_waits_beside(list->mm, window, address & PAGE_MASK))
		note_missing(list, map, window, skipped, count);
	l4_fill_add(list, base + skipped * PAGE_SIZE, count, PAGE_SHIFT);
	return index - skipped;
}

/* An image that is being loaded has nothing yet but its arguments. */
static unsigned int fresh_addresses(const struct mm_struct *mm, bool runs,
				    unsigned long addresses[L4_FRESH_ADDRESSES])
{
	if (!runs) {
		addresses[0] = mm->arg_start;
		return 1;
	}
	addresses[0] = task_pt_regs(current)->sp;
	addresses[1] = x86_fsbase_read_cpu();
	memcpy(addresses + 2, mm->context.l4.again, sizeof(mm->context.l4.again));
	return L4_FRESH_ADDRESSES;
}

/* What was written before the fork will be written again. */
static void write_fresh(struct mm_struct *mm)
{
	unsigned long addresses[L4_FRESH_ADDRESSES];
	unsigned int i, count = fresh_addresses(mm, true, addresses);

	for (i = 0; i < count; i++)
		l4_write_again(mm, addresses[i]);
	l4_write_below(mm, addresses[0]);
}

/*
 * With it comes what lies around; what is not there, or not any more, is left out. @areas has the window of the fault, and
 * gets those that are added; returns their number.
 */
static unsigned int add_fresh(struct l4_fill_list *list, struct l4_area *areas, bool runs)
{
	unsigned long addresses[L4_FRESH_ADDRESSES];
	unsigned int i, count = fresh_addresses(list->mm, runs, addresses), filled = 1;

	for (i = 0; i < count; i++) {
		unsigned long page = addresses[i] & PAGE_MASK;
		struct l4_area area = { page, page + PAGE_SIZE };
		struct leaf leaf;

		if (!page || page >= TASK_SIZE_MAX || !walk(list->mm->pgd, page, &leaf) ||
		    leaf.shift != PAGE_SHIFT || !(leaf.rights & leaf.entry & _PAGE_USER) ||
		    !mark(leaf.slot, &leaf.entry, false))
			continue;
		if (!l4_is_within(areas, filled, area))
			area = window(list->mm, page, FRESH_PAGES);
		add_window(list, &leaf, page, false, area);
		areas[filled++] = area;
	}
	return filled;
}

/* The window first; if that ends before the page that is needed, that page alone. */
static long map_window(struct l4_fill_list list, struct leaf *leaf, unsigned long address,
		       struct l4_area window, bool fresh)
{
	bool kernel = list.mm == &init_mm;
	struct l4_area areas[1 + L4_FRESH_ADDRESSES] = { window };
	struct l4_fill_list alone = list;
	unsigned int at = add_window(&list, leaf, address, kernel, window), filled = 1;
	long done;

	if (fresh || l4_fill_makes_client(&list))
		filled = add_fresh(&list, areas, fresh);
	if (!l4_flush_is_covered(list.mm, areas, filled))
		list.is_partial = true;
	done = l4_fill_run(&list);
	if (done > (long)at || done == L4_VCPU_EAGAIN)
		return done;

	alone.client = list.mm->context.l4.client;
	*l4_fill_entries(&alone) = map_entry(leaf, leaf->entry, frame_of(leaf, address), kernel);
	l4_fill_add(&alone, address & PAGE_MASK, 1, PAGE_SHIFT);
	return l4_fill_run(&alone);
}

/* Large pages of the kernel's half (vmemmap) as they are, if the memory behind is as large. */
static long map_large(struct l4_fill_list list, struct leaf *leaf, unsigned long address)
{
	*l4_fill_entries(&list) = map_entry(leaf, leaf->entry, frame_of(leaf, address & PMD_MASK), true);
	l4_fill_add(&list, address & PMD_MASK, 1, PMD_SHIFT);
	return l4_fill_run(&list);
}

static enum fill_result fill(struct mm_struct *mm, unsigned long address, unsigned long *error_code,
			     struct l4_area area, bool fresh)
{
	bool kernel = mm == &init_mm;
	unsigned int overtaken = 0;

	for (;;) {
		struct l4_fill_list list = {
			.mm = mm,
			.client = READ_ONCE(mm->context.l4.client),
			.generation = READ_ONCE(mm->context.l4.generation),
		};
		struct leaf leaf;
		long done = 0;

		if (overtaken >= PATIENCE)
			list.generation = L4_ANY_GENERATION;
		if (!walk(mm->pgd, address, &leaf)) {
			*error_code &= ~X86_PF_PROT;
			return NO_ENTRY;
		}
		if (!allows(&leaf, *error_code, address)) {
			*error_code |= X86_PF_PROT;
			if (*error_code & X86_PF_WRITE)
				l4_note_late_write(mm, address, leaf.entry);
			return NO_ENTRY;
		}
		if (!mark(leaf.slot, &leaf.entry, *error_code & X86_PF_WRITE))
			continue;
		if (kernel && leaf.shift == PMD_SHIFT)
			done = map_large(list, &leaf, address);
		if (done <= 0)
			done = map_window(list, &leaf, address, area, fresh);
		if (done > 0)
			return FILLED;

		if (done == L4_VCPU_EAGAIN) {
			l4_count(fills_again);
			overtaken++;
		} else if (done != L4_VCPU_ENOMEM || !l4_evict_client()) {
			l4_count(fills_refused);
			return REFUSED;
		} else if (!kernel && !mm->context.l4.client) {
			/* It was this one: the process tries again, and others may come in between. */
			return FILLED;
		}
	}
}

static enum fill_result fill_user(struct mm_struct *mm, unsigned long address,
				  unsigned long *error_code, struct l4_area area, bool fresh)
{
	if (mm == LOADED_MM_SWITCHING || mm == &init_mm || mm->context.l4.dead)
		return NO_ENTRY;
	l4_load_mm(mm);
	return fill(mm, address, error_code, area, fresh);
}

static enum fill_result fill_kernel(unsigned long address, unsigned long ip,
				    unsigned long *error_code)
{
	if (*error_code & X86_PF_USER)
		return NO_ENTRY;
	if (l4_is_dynamic(address))
		return fill(&init_mm, address, error_code, window(&init_mm, address, WINDOW_PAGES), false);
	return l4_static_fault(address, ip, *error_code) ? FILLED : NO_ENTRY;
}

/*
 * Linux would take such a fault for a spurious one, again and again: its own table is in
 * order. It is memory that nobody has given us, a device's perhaps.
 */
static void refused(struct pt_regs *regs, unsigned long error_code, unsigned long address)
{
	struct task_struct *task = current;

	if (user_mode(regs)) {
		task->thread.trap_nr = X86_TRAP_PF;
		task->thread.error_code = error_code;
		task->thread.cr2 = address;
		force_sig_fault(SIGBUS, BUS_ADRERR, (void __user *)address);
	} else if (!fixup_exception(regs, X86_TRAP_PF, error_code, address)) {
		pr_alert("Pecan: the page at %px is not ours\n", (void *)address);
		die("page refused", regs, error_code);
	}
}

static bool is_data_read(unsigned long error_code)
{
	return !(error_code & (X86_PF_WRITE | X86_PF_INSTR));
}

/* What the processes' page faults have filled at their end is not owed any more. */
static void settle(struct mm_struct *mm, enum fill_result result, bool fresh)
{
	if (result != FILLED) {
		l4_flush_owed();
		return;
	}
	l4_fault_filled();
	if (fresh)
		mm->context.l4.is_fresh = false;
}

static bool is_fresh(struct mm_struct *mm, unsigned long error_code)
{
	return error_code & X86_PF_USER && mm->context.l4.is_fresh;
}

static enum fill_result fault_of_process(struct pt_regs *regs, unsigned long *error_code,
					 unsigned long address)
{
	struct mm_struct *mm = this_cpu_read(cpu_tlbstate.loaded_mm);
	bool fresh = is_fresh(mm, *error_code);
	enum fill_result result;

	if (fresh)
		write_fresh(mm);
	else if (user_mode(regs) && is_data_read(*error_code))
		l4_write_early(mm, address);
	result = fill_user(mm, address, error_code, window(mm, address, WINDOW_PAGES), fresh);
	if (result == NO_ENTRY && fresh) {
		/* Linux's handler comes first, then all of it is filled. */
		l4_fault_goes_on(mm, address);
		return result;
	}
	if (user_mode(regs))
		settle(mm, result, fresh);
	if (result == NO_ENTRY)
		l4_fault_begins(mm, address);
	return result;
}

/* First thing in the page-fault path. True: nothing else is to be done. */
bool l4_fault(struct pt_regs *regs, unsigned long *error_code, unsigned long address)
{
	enum fill_result result;

	l4_count(page_faults);
	if (user_mode(regs))
		l4_count(user_faults);
	if (address < TASK_SIZE_MAX)
		result = fault_of_process(regs, error_code, address);
	else
		result = fill_kernel(address, regs->ip, error_code);
	if (result == REFUSED)
		refused(regs, *error_code, address);
	return result != NO_ENTRY;
}

/*
 * Last thing: the fault has been handled, so the next access would miss again. What a process itself
 * has touched may have something come with it; Linux may hold locks when it does.
 */
void l4_fault_handled(unsigned long error_code, unsigned long address)
{
	struct mm_struct *mm = this_cpu_read(cpu_tlbstate.loaded_mm);
	unsigned long page = address & PAGE_MASK;
	struct l4_area area = { page, page + PAGE_SIZE };
	bool fresh = is_fresh(mm, error_code);

	if (address >= TASK_SIZE_MAX)
		return;
	if (error_code & X86_PF_WRITE) {
		if (error_code & X86_PF_USER)
			area.end = l4_write_ahead(mm, address);
	} else if (!(error_code & X86_PF_USER) || l4_read_beside(mm, address)) {
		area = window(mm, address, L4_AROUND_PAGES);
	} else {
		l4_write_early(mm, address);
	}
	settle(mm, fill_user(mm, address, &error_code, area, fresh), fresh);
}
