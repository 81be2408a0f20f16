// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checks that can be switched on while Linux runs, below /sys/kernel/debug/l4:
 *
 *	verify		1: after each flush, and whenever a client is loaded, what the client holds
 *			is compared with Linux's page tables. Counted in 'counters': verified_pages,
 *			and differences: pages that allow more than Linux's entry does.
 *	skip_flush	writing anything leaves out the next flush of the writer's address space: to see
 *			that the check, which must be on, finds what is wrong
 *	give_back	writing anything gives some memory back to the pager and uses it again, which
 *			the pager must answer as in the beginning
 */
#include <linux/debugfs.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/printk.h>
#include <linux/rwsem.h>

#include <asm/l4.h>

#include "counters.h"
#include "l4.h"
#include "mm.h"

DEFINE_STATIC_KEY_FALSE(l4_verifying);

static void compare(struct mm_struct *mm, bool kernel, unsigned long held, unsigned long frame)
{
	unsigned long address = held & PAGE_MASK, legal = l4_legal_mapping(mm, address, kernel);
	unsigned long source = (unsigned long)__va(frame & PAGE_MASK);

	l4_count(verified_pages);
	if (source == (legal & PAGE_MASK) && !(held & ~legal & L4_RIGHTS_RWX))
		return;
	l4_count(differences);
	pr_alert_ratelimited("Pecan: %s: client has %lx at %lx, rights %lx; Linux %lx, rights %lx\n",
			     current->comm, source, address, held & L4_RIGHTS_RWX,
			     legal & PAGE_MASK, legal & L4_RIGHTS_RWX);
}

void l4_verify_range(struct mm_struct *mm, unsigned long client, unsigned long start, unsigned long end)
{
	struct l4_vcpu *vcpu;
	unsigned long flags;

	/* Nothing may be filled between the two readings. */
	local_irq_save(flags);
	/* It may have been taken away since: its number may be another's now. */
	if (client != L4_CLIENT_SERVER && client != READ_ONCE(mm->context.l4.client))
		start = end;
	vcpu = l4_this_vcpu();
	while (start < end) {
		unsigned long next = start;
		long i, count = l4_vcpu_lookup(client, &next);

		for (i = 0; i < count; i++) {
			if ((vcpu->map[2 * i] & PAGE_MASK) < end)
				compare(mm, client == L4_CLIENT_SERVER, vcpu->map[2 * i],
					vcpu->map[2 * i + 1]);
		}
		/* A client that Linux has and the microkernel has not. */
		if (count < 0)
			l4_count(differences);
		if (count < 0 || next <= start)
			break;
		start = next;
	}
	local_irq_restore(flags);
}

/*
 * All of a client, if nobody is about to flush something: whoever has changed entries and may sleep
 * before the flush has said so in tlb_flush_pending, or holds mmap_lock; late_flush.c knows of one.
 */
void l4_verify_quiet(struct mm_struct *mm)
{
	unsigned long client = READ_ONCE(mm->context.l4.client);

	if (mm == &init_mm || !client || l4_owes_flush() || mm_tlb_flush_pending(mm) ||
	    rwsem_is_locked(&mm->mmap_lock))
		return;
	l4_verify_range(mm, client, 0, L4_CLIENT_AREA_END);
}

static int verify_set(void *unused, u64 on)
{
	if (on)
		static_branch_enable(&l4_verifying);
	else
		static_branch_disable(&l4_verifying);
	return 0;
}

static int verify_get(void *unused, u64 *on)
{
	*on = static_key_enabled(&l4_verifying);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(verify_fops, verify_get, verify_set, "%llu\n");

/* The process whose next flush is left out. Only compared: it may be gone. */
static struct mm_struct *careless;

bool l4_skips_flush(struct mm_struct *mm)
{
	return cmpxchg(&careless, mm, NULL) == mm;
}

static int skip_flush(void *unused, u64 value)
{
	if (!static_key_enabled(&l4_verifying))
		return -EINVAL;
	WRITE_ONCE(careless, current->mm);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(skip_flush_fops, NULL, skip_flush, "%llu\n");

static int add_pages(unsigned long start, unsigned long count, void *sum)
{
	*(unsigned long *)sum += count;
	return 0;
}

/* Memory of ours that is a whole GiB the pager may have mapped as one page. */
static bool may_be_huge(void *memory)
{
	unsigned long pages = 0;

	walk_system_ram_range(PHYS_PFN(ALIGN_DOWN(__pa(memory), PUD_SIZE)), PHYS_PFN(PUD_SIZE), &pages,
			      add_pages);
	return pages == PHYS_PFN(PUD_SIZE);
}

/* A whole large page: nothing else may lie in what goes. */
static int give_back(void *unused, u64 value)
{
	unsigned long *memory, flags, i, words = PMD_SIZE / sizeof(*memory);
	int result = 0;

	memory = (unsigned long *)__get_free_pages(GFP_KERNEL, PMD_SHIFT - PAGE_SHIFT);
	if (!memory)
		return -ENOMEM;
	for (i = 0; i < words; i++)
		memory[i] = value + i;
	if (may_be_huge(memory)) {
		free_pages((unsigned long)memory, PMD_SHIFT - PAGE_SHIFT);
		return -EOPNOTSUPP;
	}
	local_irq_save(flags);
	l4_give_back(L4_FPAGE((unsigned long)memory, PMD_SHIFT, L4_RIGHTS_RWX));
	local_irq_restore(flags);
	for (i = 0; i < words; i++) {
		if (memory[i] != value + i)
			result = -EIO;
	}
	free_pages((unsigned long)memory, PMD_SHIFT - PAGE_SHIFT);
	return result;
}
DEFINE_DEBUGFS_ATTRIBUTE(give_back_fops, NULL, give_back, "%llu\n");

static int __init l4_verify_init(void)
{
	struct dentry *folder;

	if (!l4_pv())
		return 0;
	folder = debugfs_lookup("l4", NULL);
	debugfs_create_file("verify", 0600, folder, NULL, &verify_fops);
	debugfs_create_file("skip_flush", 0200, folder, NULL, &skip_flush_fops);
	debugfs_create_file("give_back", 0200, folder, NULL, &give_back_fops);
	return 0;
}
late_initcall_sync(l4_verify_init);
