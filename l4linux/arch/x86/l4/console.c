// SPDX-License-Identifier: GPL-2.0-only
/*
 * The boot console: from the first message on until hvc0 takes over.
 */
#include <linux/console.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <asm/l4.h>
#include <asm/processor.h>

#include "host/host.h"
#include "l4.h"

static void put_all(const char *s, unsigned int count)
{
	while (count) {
		long taken = l4_console_write(s, count);

		if (taken < 0)
			return;
		s += taken;
		count -= taken;
	}
}

/* A serial line wants a carriage return before each line feed. */
static void l4_boot_write(struct console *console, const char *s, unsigned int count)
{
	unsigned long flags;

	raw_local_irq_save(flags);
	while (count) {
		const char *lf = memchr(s, '\n', count);
		unsigned int line = lf ? lf - s : count;

		put_all(s, line);
		s += line;
		count -= line;
		if (lf) {
			put_all("\r\n", 2);
			s++;
			count--;
		}
	}
	raw_local_irq_restore(flags);
}

static struct console l4_boot_console = {
	.name = "l4boot",
	.write = l4_boot_write,
	.flags = CON_PRINTBUFFER | CON_BOOT | CON_ANYTIME,
	.index = -1,
};

void __init l4_console_init(void)
{
	l4_console_open();
}

void __init l4_boot_console_register(void)
{
	register_console(&l4_boot_console);
}
