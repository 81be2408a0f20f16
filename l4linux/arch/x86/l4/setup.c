// SPDX-License-Identifier: GPL-2.0-only
/*
 * From startup_l4 to start_kernel().
 *
 * Does what head_64.S and head64.c do on bare hardware, less what the microkernel has done, and
 * replaces what needs ring 0. The order matters: memory before anything that lies in it, the
 * operations before anything that uses them, the entries of exceptions last, so that a fault
 * on the way is reported by the root task.
 */
#include <linux/init.h>
#include <linux/linkage.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/pgtable.h>

#include <asm/bootparam.h>
#include <asm/fsgsbase.h>
#include <asm/hypervisor.h>
#include <asm/paravirt.h>
#include <asm/sections.h>
#include <asm/setup.h>
#include <asm/tlbflush.h>

#include "entry.h"
#include "host/host.h"
#include "l4.h"

asmlinkage __visible void __noreturn l4_start_kernel(struct l4_vcpu *vcpu,
						     const struct l4_boot_page *boot);

extern char early_l4_exit_patch[];

/* The kernel's own way out of exceptions becomes l4_exit; alternatives are too late for that. */
static void __init l4_patch_exit(void)
{
	char *jump = early_l4_exit_patch;
	s32 distance = l4_exit - (jump + 5);

	memcpy(jump + 1, &distance, sizeof(distance));
	*jump = 0xe9;
}

/*
 * The tables as __startup_64() leaves them, which only software reads here: the image where it
 * was loaded, nothing else of the kernel's half yet.
 */
static void __init l4_page_tables(unsigned long load_delta)
{
	unsigned long first = pmd_index((unsigned long)_text);
	unsigned long last = pmd_index((unsigned long)_end - 1);
	unsigned long i;

	level3_kernel_pgt[PTRS_PER_PUD - 2].pud += load_delta;
	level3_kernel_pgt[PTRS_PER_PUD - 1].pud += load_delta;
	for (i = 0; i < PTRS_PER_PMD; i++) {
		if (level2_fixmap_pgt[i].pmd & _PAGE_PRESENT)
			level2_fixmap_pgt[i].pmd += load_delta;
		if (i >= first && i <= last)
			level2_kernel_pgt[i].pmd += load_delta;
		else
			level2_kernel_pgt[i].pmd = 0;
	}

	clear_page(init_top_pgt);
	init_top_pgt[PTRS_PER_PGD - 1].pgd = __pa_symbol(level3_kernel_pgt) | _PAGE_TABLE_NOENC;
}

/* What a boot loader would have left. With a version of 0 copy_bootdata() takes it from here. */
static void __init l4_boot_params(void)
{
	struct setup_header *hdr = &boot_params.hdr;

	hdr->type_of_loader = 0xff;	/* not one of the registered ones */
	hdr->cmd_line_ptr = l4_boot.command_line;
	boot_params.ext_cmd_line_ptr = l4_boot.command_line >> 32;
	hdr->ramdisk_image = l4_boot.initrd_start;
	boot_params.ext_ramdisk_image = l4_boot.initrd_start >> 32;
	hdr->ramdisk_size = l4_boot.initrd_size;
	boot_params.ext_ramdisk_size = l4_boot.initrd_size >> 32;
}

asmlinkage __visible void __init __noreturn l4_start_kernel(struct l4_vcpu *vcpu,
							    const struct l4_boot_page *boot)
{
	l4_host_init(vcpu, boot);
	phys_base = l4_boot.load_delta;
	vcpu->server_gs_base = rdgsbase();
	l4_console_init();
	l4_boot_memory_touch();
	l4_patch_exit();

	pv_info.name = "Pecan";
	l4_capabilities_init();
	l4_cpu_ops_init();
	l4_irq_ops_init();
	l4_mmu_ops_init();
	this_cpu_write(cpu_tlbstate.cr4, l4_boot.cr4);

	l4_page_tables(l4_boot.load_delta);
	l4_platform_init();
	l4_smp_init();
	l4_reboot_init();
	l4_boot_params();

	l4_trap_init();
	x86_64_start_reservations((char *)__pa_symbol(&boot_params));
}
