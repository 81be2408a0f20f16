// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments: the microkernel's GDT begins with Linux's sixteen entries. Linux may set those of
 * TLS and the CPU number; each costs a call, so only one that changes is set.
 */
#include <linux/irqflags.h>
#include <linux/percpu.h>

#include <asm/asm.h>
#include <asm/desc.h>
#include <asm/segment.h>

#include "host/host.h"
#include "l4.h"

static DEFINE_PER_CPU(struct desc_struct[GDT_ENTRY_TLS_ENTRIES], l4_tls);

static u64 raw(const struct desc_struct *desc)
{
	return *(const u64 *)desc;
}

void l4_load_tls(struct thread_struct *t, unsigned int cpu)
{
	struct desc_struct *loaded = this_cpu_ptr(l4_tls);
	int i;

	for (i = 0; i < GDT_ENTRY_TLS_ENTRIES; i++) {
		if (raw(&loaded[i]) == raw(&t->tls_array[i]))
			continue;
		loaded[i] = t->tls_array[i];
		l4_vcpu_call(L4_VCPU_SET, L4_SET_GDT(GDT_ENTRY_TLS_MIN + i), raw(&loaded[i]), 0, 0);
	}
}

/* Linux's copy is for Linux to read. The entry of the CPU number serves getcpu() in the vdso. */
void l4_write_gdt_entry(struct desc_struct *gdt, int index, const void *desc, int type)
{
	native_write_gdt_entry(gdt, index, desc, type);
	if (index == GDT_ENTRY_CPUNODE)
		l4_vcpu_call(L4_VCPU_SET, L4_SET_GDT(index), raw(desc), 0, 0);
}

/*
 * A load of GS changes the base that Linux itself stands on. So the process's new base is put
 * where l4_exit takes it from, and ours comes back, before an event or anything else can look.
 * A selector that does not exist counts as 0, as on bare hardware.
 */
void l4_load_gs_index(unsigned int selector)
{
	unsigned long flags, kernel_base, base;

	local_irq_save(flags);
	asm volatile("rdgsbase %[kernel_base]\n"
		     "1:	movl %[selector], %%gs\n"
		     "	rdgsbase %[base]\n"
		     "	wrgsbase %[kernel_base]\n"
		     "	jmp 3f\n"
		     "2:	xorl %[selector], %[selector]\n"
		     "	jmp 1b\n"
		     "3:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : [kernel_base] "=&r" (kernel_base), [base] "=&r" (base),
		       [selector] "+r" (selector));
	l4_this_vcpu()->client_gs_base = base;
	local_irq_restore(flags);
}
