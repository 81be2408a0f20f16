// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory that the root task has granted.
 */
#include <linux/mm.h>
#include <linux/pgtable.h>

#include <asm/e820/api.h>
#include <asm/sections.h>

#include "host/host.h"
#include "l4.h"

/*
 * By reading: the pager gives all rights whatever is asked for, and a hypervisor below need not
 * find memory for what has not been written yet.
 */
static void __init touch(unsigned long address)
{
	(void)READ_ONCE(*(char *)address);
}

/*
 * The answer to a page fault maps as much as one flexpage can hold, so one touch is enough
 * for a whole large page; what is left at the ends may be made of small ones.
 */
static void __init touch_range(unsigned long start, unsigned long end)
{
	unsigned long address = start;

	while (address < end) {
		touch(address);
		if (IS_ALIGNED(address, PMD_SIZE) && end - address >= PMD_SIZE)
			address += PMD_SIZE;
		else
			address += PAGE_SIZE;
	}
}

/* Brings in the static half, which must be there before Linux handles its own page faults. */
void __init l4_boot_memory_touch(void)
{
	unsigned int i;

	touch_range((unsigned long)_text, PAGE_ALIGN((unsigned long)_end));
	for (i = 0; i < l4_boot.range_count; i++) {
		unsigned long start = (unsigned long)__va(l4_boot.range[i].start);

		touch_range(start, start + l4_boot.range[i].size);
	}
}

bool l4_is_granted(unsigned long phys)
{
	unsigned int i;

	for (i = 0; i < l4_boot.range_count; i++) {
		if (phys - l4_boot.range[i].start < l4_boot.range[i].size)
			return true;
	}
	return false;
}

/* x86_init.resources.memory_setup: page-frame numbers are the machine's. */
char *__init l4_memory_setup(void)
{
	unsigned int i;

	for (i = 0; i < l4_boot.range_count; i++)
		e820__range_add(l4_boot.range[i].start, l4_boot.range[i].size, E820_TYPE_RAM);
	e820__update_table(e820_table);
	return "Pecan";
}
