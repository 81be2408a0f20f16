// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which addresses of the kernel's half are what.
 *
 * Static: the direct map of granted memory and the image, mapped by the root task before the
 * start and never changed, whatever Linux's tables say of rights there. Dynamic: all else.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#include <asm/fixmap.h>
#include <asm/page.h>
#include <asm/sections.h>
#include <asm/trap_pf.h>

#include "counters.h"
#include "l4.h"
#include "mm.h"

/*
 * Between the first two lie the microkernel's pages of this server, between the others the
 * image. The very last page of the address space is nobody's.
 */
struct l4_area l4_dynamic_areas[L4_DYNAMIC_AREAS] __ro_after_init;

void __init l4_areas_init(void)
{
	l4_dynamic_areas[0] = (struct l4_area){ VMALLOC_START, VMALLOC_END + 1 };
	l4_dynamic_areas[1] = (struct l4_area){ VMEMMAP_START, __START_KERNEL_map };
	l4_dynamic_areas[2] = (struct l4_area){ ALIGN((unsigned long)_end, PMD_SIZE),
						-PAGE_SIZE };
}

bool l4_is_dynamic(unsigned long address)
{
	unsigned int i;

	for (i = 0; i < L4_DYNAMIC_AREAS; i++) {
		if (address >= l4_dynamic_areas[i].start && address < l4_dynamic_areas[i].end)
			return true;
	}
	return false;
}

static bool is_static(unsigned long address)
{
	if (address >= (unsigned long)_text && address < PAGE_ALIGN((unsigned long)_end))
		return true;
	return address >= PAGE_OFFSET && address < VMALLOC_START &&
	       l4_is_granted(address - PAGE_OFFSET);
}

/*
 * The root task has taken back a page of the static half, or never mapped it: ask for it as the
 * microkernel would. Other addresses there are mistakes of Linux, and left to Linux.
 */
bool l4_static_fault(unsigned long address, unsigned long ip, unsigned long error_code)
{
	unsigned long rights = L4_RIGHT_R;

	if (error_code & X86_PF_PROT || !is_static(address))
		return false;
	if (error_code & X86_PF_WRITE)
		rights |= L4_RIGHT_W;
	if (error_code & X86_PF_INSTR)
		rights |= L4_RIGHT_X;
	l4_count(pager_faults);
	return l4_pager_fault(address, ip, rights);
}
