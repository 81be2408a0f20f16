// SPDX-License-Identifier: GPL-2.0-only
/*
 * pv_ops.cpu: the processor as a ring-1 server has it.
 *
 * CR0 and CR4 are what the microkernel has made them. Linux writes them only to switch on what
 * is on already, so a shadow of the last value is all there is.
 */
#include <linux/percpu.h>

#include <asm/desc.h>
#include <asm/msr-index.h>
#include <asm/paravirt.h>
#include <asm/processor.h>
#include <asm/processor-flags.h>
#include <asm/tlbflush.h>

#include "host/host.h"
#include "l4.h"
#include "mm.h"

static DEFINE_PER_CPU(unsigned long, l4_cr0) = X86_CR0_PE | X86_CR0_MP | X86_CR0_ET | X86_CR0_NE |
					       X86_CR0_WP | X86_CR0_AM | X86_CR0_PG;

unsigned long l4_read_cr0(void)
{
	return this_cpu_read(l4_cr0);
}

void l4_write_cr0(unsigned long value)
{
	this_cpu_write(l4_cr0, value);
}

/* The shadow is Linux's own, cpu_tlbstate.cr4. */
void l4_write_cr4(unsigned long value)
{
}

/* GDT, IDT, TSS and LDT: the microkernel's, or none; Linux's own tables are only read by Linux. */
static void l4_load_table(const struct desc_ptr *table)
{
}

static unsigned long l4_store_tr(void)
{
	return 0;
}

static void l4_set_ldt(const void *descriptors, unsigned int entries)
{
}

static void l4_write_ldt_entry(struct desc_struct *ldt, int index, const void *desc)
{
}

/* The stack for entries from a process. fixup_bad_iret() reads the TSS. */
static void l4_load_sp0(unsigned long sp0)
{
	l4_this_vcpu()->server_sp = sp0;
	this_cpu_write(cpu_tss_rw.x86_tss.sp0, sp0);
}

/* Whoever runs next may be a thread of the same process. */
static void l4_start_context_switch(struct task_struct *prev)
{
	l4_flush_owed();
}

static u64 l4_read_pmc(int counter)
{
	return 0;
}

static const typeof(pv_ops.cpu) l4_cpu_ops __initconst = {
	.io_delay = paravirt_nop,

	.get_debugreg = l4_get_debugreg,
	.set_debugreg = l4_set_debugreg,

	.read_cr0 = l4_read_cr0,
	.write_cr0 = l4_write_cr0,
	.write_cr4 = l4_write_cr4,

	.load_tr_desc = paravirt_nop,
	.load_gdt = l4_load_table,
	.load_idt = l4_load_table,
	.set_ldt = l4_set_ldt,
	.store_tr = l4_store_tr,
	.load_tls = l4_load_tls,
	.load_gs_index = l4_load_gs_index,
	.write_ldt_entry = l4_write_ldt_entry,
	.write_gdt_entry = l4_write_gdt_entry,
	.write_idt_entry = native_write_idt_entry,
	.alloc_ldt = paravirt_nop,
	.free_ldt = paravirt_nop,
	.load_sp0 = l4_load_sp0,

	.wbinvd = paravirt_nop,	/* the microkernel keeps caches coherent with what it maps */
	.cpuid = l4_cpuid,
	.read_msr = l4_read_msr,
	.write_msr = l4_write_msr,
	.read_msr_safe = l4_read_msr_safe,
	.write_msr_safe = l4_write_msr_safe,
	.read_pmc = l4_read_pmc,

	.start_context_switch = l4_start_context_switch,
	.end_context_switch = paravirt_nop,
};

void __init l4_cpu_ops_init(void)
{
	pv_info.extra_user_64bit_cs = __USER_CS;
	pv_ops.cpu = l4_cpu_ops;
}
