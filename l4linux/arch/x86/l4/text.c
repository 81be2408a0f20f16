// SPDX-License-Identifier: GPL-2.0-only
/*
 * Kernel text: read-only once Linux has started, and patched through the direct map, where it is data.
 */
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include <asm/l4.h>
#include <asm/sections.h>

#include "host/host.h"

/* Only text_poke_memcpy() is ever asked to cross into a second page. */
void l4_text_poke(void (*func)(void *to, const void *from, size_t size), struct page *pages[2],
		  void *address, const void *from, size_t size)
{
	size_t offset = offset_in_page(address);
	size_t first = min(size, PAGE_SIZE - offset);
	unsigned long flags;

	local_irq_save(flags);
	func(page_address(pages[0]) + offset, from, first);
	if (size > first)
		func(page_address(pages[1]), from + first, size - first);
	local_irq_restore(flags);
}

/*
 * The root task has mapped the image with all rights. Text and constants lie in large pages of
 * their own, so the pages stay large.
 */
void l4_protect_image(void)
{
	unsigned long data = (unsigned long)__end_rodata_hpage_align;
	unsigned long flags;

	local_irq_save(flags);
	l4_renounce((unsigned long)_text, data, L4_RIGHT_W);
	l4_renounce(ALIGN((unsigned long)_etext, PMD_SIZE), ALIGN((unsigned long)_end, PMD_SIZE),
		    L4_RIGHT_X);
	local_irq_restore(flags);
}
