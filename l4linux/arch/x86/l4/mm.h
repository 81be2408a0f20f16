/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The virtual TLB.
 *
 * Linux keeps its page tables as ever, but no hardware walks them. What the hardware walks are
 * the tables of the microkernel: per process those of a client space, and for the kernel's own
 * half those of client 0, the dynamic half. They are a cache of Linux's tables:
 *
 *	fill.c		a page fault finds the entry in Linux's table and maps it
 *	fill_list.c	the map calls of a fault, made as one
 *	flush.c		wherever Linux flushes TLBs the range is unmapped
 *	late_flush.c	or replaced by the fill that comes next
 *	ahead.c		what comes before it is asked for
 *	client.c	which process has a client space, and which is loaded
 *	static_half.c	what is not cached: direct map and image, mapped before the start
 *	verify.c	is it true? a check that can be switched on
 *
 * A mapping is legal iff a TLB could hold it: derived from an entry that was present after the
 * last flush that covers it, with no more rights. Taking away too much is always legal.
 * Unlike a TLB's, entries stay until they are flushed, and a fill is not atomic with the
 * reading of the entry: so a fill names the generation of the space that it read before.
 */
#ifndef _L4_MM_H
#define _L4_MM_H

#include <linux/jump_label.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>

#include "host/host.h"

struct l4_area {
	unsigned long start, end;
};

/* client.c; events are masked. Calls of the vCPU page's batch that are client.c's, and those behind them. */
enum { L4_BATCH_DESTROY, L4_BATCH_CREATE, L4_BATCH_MAPS };
void l4_load_mm(struct mm_struct *mm);
long l4_create_client(struct mm_struct *mm, unsigned int end);
void l4_destroy_client(struct mm_struct *mm);
bool l4_evict_client(void);
void l4_forget_client(struct mm_struct *mm);

/* flush.c */
void l4_unmap_mm(struct mm_struct *mm, unsigned long start, unsigned long end,
		 unsigned long rights);
struct l4_area l4_last_flush(const struct mm_struct *mm);

/* late_flush.c; not preemptible */
void l4_fault_begins(struct mm_struct *mm, unsigned long address);
void l4_fault_goes_on(struct mm_struct *mm, unsigned long address);
void l4_fault_widens(unsigned long end);
bool l4_flush_can_wait(struct mm_struct *mm, unsigned long start, unsigned long end);
bool l4_is_within(const struct l4_area *areas, unsigned int count, struct l4_area area);
bool l4_flush_waits_beside(struct mm_struct *mm, struct l4_area area, unsigned long page);
bool l4_flush_is_covered(struct mm_struct *mm, const struct l4_area *areas, unsigned int count);
void l4_fault_filled(void);
void l4_flush_owed(void);
bool l4_owes_flush(void);

/*
 * mm/memory.c: pages of a file that come with one that is read; and what we want. Sixteen more cost
 * some 6,000 instructions and half of them are not used, but half of the faults and calls go.
 */
extern unsigned long fault_around_pages;
#define L4_AROUND_PAGES		32

/* ahead.c; events are masked, but not all the time; a page fault of the process that is loaded */
unsigned long l4_write_ahead(struct mm_struct *mm, unsigned long address);
bool l4_read_beside(struct mm_struct *mm, unsigned long address);
void l4_write_early(struct mm_struct *mm, unsigned long address);
void l4_write_again(struct mm_struct *mm, unsigned long address);
void l4_forget_again(struct mm_struct *mm);
void l4_write_below(struct mm_struct *mm, unsigned long sp);
void l4_note_late_write(struct mm_struct *mm, unsigned long address, pteval_t entry);

/*
 * What a thread uses first in a new image or after a fork: its stack, its own data, and what was written after earlier
 * forks.
 */
#define L4_FRESH_ADDRESSES	(2 + L4_AGAIN_PAGES)

/*
 * fill.c: where the last-level table has the entry of @address; NULL: there is no such table. Stays
 * while events are masked, or the area is locked.
 */
pteval_t *l4_entry_of(struct mm_struct *mm, unsigned long address);

/* fill.c: what a fill could map at @address now, as address of the direct map | rights; 0: nothing. */
unsigned long l4_legal_mapping(struct mm_struct *mm, unsigned long address, bool kernel);

/*
 * fill_list.c: what a fault fills, collected and then mapped by one call. A run is of consecutive pages; its entries
 * stand in map[] of the vCPU page. The first run is that of the page that is needed.
 */
struct l4_fill_list {
	struct mm_struct *mm;
	unsigned long client;		/* 0: that of init_mm, or one that is to be made */
	unsigned long generation;
	unsigned int runs, entries;
	bool is_partial;		/* something is left out that is owed a flush */
};
#define L4_FILL_RUNS	(L4_VCPU_BATCH_CALLS - L4_BATCH_MAPS)

static inline bool l4_fill_makes_client(const struct l4_fill_list *list)
{
	return !list->client && list->mm != &init_mm;
}

unsigned long *l4_fill_entries(const struct l4_fill_list *list);
void l4_fill_add(struct l4_fill_list *list, unsigned long address, unsigned int count, unsigned int shift);
/* Entries of the first run that are done, or the error of its map call. */
long l4_fill_run(struct l4_fill_list *list);

/* verify.c; @mm's client has just been flushed from @start to @end, or loaded. */
DECLARE_STATIC_KEY_FALSE(l4_verifying);
void l4_verify_range(struct mm_struct *mm, unsigned long client, unsigned long start, unsigned long end);
void l4_verify_quiet(struct mm_struct *mm);
bool l4_skips_flush(struct mm_struct *mm);

/* static_half.c */
#define L4_DYNAMIC_AREAS 3
extern struct l4_area l4_dynamic_areas[L4_DYNAMIC_AREAS];
void l4_areas_init(void);
bool l4_is_dynamic(unsigned long address);
bool l4_static_fault(unsigned long address, unsigned long ip, unsigned long error_code);

#endif /* _L4_MM_H */
