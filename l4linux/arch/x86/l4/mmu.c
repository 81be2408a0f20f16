// SPDX-License-Identifier: GPL-2.0-only
/*
 * pv_ops.mmu: page tables are data, so nearly all of it stays native. What counts is which
 * process is loaded, which come and go, and what is flushed.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>

#include <asm/paravirt.h>
#include <asm/tlb.h>
#include <asm/tlbflush.h>

#include "entry.h"
#include "l4.h"
#include "mm.h"

static DEFINE_PER_CPU(unsigned long, l4_cr3);

unsigned long l4_read_cr3(void)
{
	return this_cpu_read(l4_cr3);
}

static struct mm_struct *mm_of(unsigned long cr3)
{
	unsigned long pgd = cr3 & CR3_ADDR_MASK;

	if (pgd == __pa_symbol(swapper_pg_dir))
		return &init_mm;
	return pgd_page_get_mm(virt_to_page(__va(pgd))) ?: &init_mm;
}

static void l4_write_cr3(unsigned long cr3)
{
	unsigned long flags;

	local_irq_save(flags);
	this_cpu_write(l4_cr3, cr3);
	l4_load_mm(mm_of(cr3));
	local_irq_restore(flags);
}

static void l4_write_cr2(unsigned long cr2)
{
	l4_this_vcpu()->cr2 = cr2;
}

static void l4_flush_tlb_user(void)
{
	struct mm_struct *mm = this_cpu_read(cpu_tlbstate.loaded_mm);

	if (mm != LOADED_MM_SWITCHING)
		l4_flush_mm_range(mm, 0, TLB_FLUSH_ALL);
}

static void l4_flush_tlb_kernel(void)
{
	l4_flush_kernel_range(0, TLB_FLUSH_ALL);
}

/* Also the flush of one kernel page: fixmap and the like. */
static void l4_flush_tlb_one_user(unsigned long address)
{
	struct mm_struct *mm = this_cpu_read(cpu_tlbstate.loaded_mm);

	if (address >= TASK_SIZE_MAX)
		l4_flush_kernel_range(address, (address & PAGE_MASK) + PAGE_SIZE);
	else if (mm != LOADED_MM_SWITCHING)
		l4_flush_mm_range(mm, address, (address & PAGE_MASK) + PAGE_SIZE);
}

/* Not reached: flush_tlb_mm_range() asks us first, and reclaim does not defer. */
static void l4_flush_tlb_multi(const struct cpumask *cpus, const struct flush_tlb_info *info)
{
	if (!WARN_ON_ONCE(!info->mm))
		l4_flush_mm_range(info->mm, info->start, info->end);
}

static int l4_pgd_alloc(struct mm_struct *mm)
{
	l4_forget_client(mm);
	return 0;
}

static void l4_pgd_free(struct mm_struct *mm, pgd_t *pgd)
{
	l4_destroy_client(mm);
}

/* Different from the native ones, which stay for all that only touches tables. */
void __init l4_mmu_ops_init(void)
{
	l4_areas_init();
	fault_around_pages = L4_AROUND_PAGES;
	this_cpu_write(l4_cr3, __pa_symbol(swapper_pg_dir));

	pv_ops.mmu.flush_tlb_user = l4_flush_tlb_user;
	pv_ops.mmu.flush_tlb_kernel = l4_flush_tlb_kernel;
	pv_ops.mmu.flush_tlb_one_user = l4_flush_tlb_one_user;
	pv_ops.mmu.flush_tlb_multi = l4_flush_tlb_multi;
	pv_ops.mmu.tlb_remove_table = tlb_remove_table;	/* flushes send no interrupts to wait for */
	pv_ops.mmu.exit_mmap = l4_destroy_client;
	pv_ops.mmu.read_cr2 = __PV_IS_CALLEE_SAVE(l4_read_cr2);
	pv_ops.mmu.write_cr2 = l4_write_cr2;
	pv_ops.mmu.read_cr3 = l4_read_cr3;
	pv_ops.mmu.write_cr3 = l4_write_cr3;
	pv_ops.mmu.pgd_alloc = l4_pgd_alloc;
	pv_ops.mmu.pgd_free = l4_pgd_free;
}
