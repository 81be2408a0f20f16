// SPDX-License-Identifier: GPL-2.0-only
/*
 * Patching kernel text: through the direct map, where it is data.
 */
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/mm.h>

#include <asm/l4.h>

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
