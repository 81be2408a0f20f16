// SPDX-License-Identifier: GPL-2.0-only
/*
 * hvc0 on the Pecan microkernel: the console server of the root task.
 *
 * Neither side ever waits for the line: the server takes what it has room for and rings the
 * doorbell when there is room again, or input.
 */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include <asm/l4.h>

#include "../../../arch/x86/l4/host/host.h"
#include "../../../arch/x86/l4/l4.h"
#include "hvc_console.h"

#define HVC_L4_COOKIE	0x4c34

/* One answer may hold more than the caller has room for; hp->lock is held around get_chars. */
static struct {
	u8 bytes[L4_CONSOLE_MAX_BYTES];
	unsigned int next, count;
} input;

static void fill_input(void)
{
	unsigned long flags;
	long count;

	local_irq_save(flags);
	count = l4_console_read(input.bytes, sizeof(input.bytes));
	local_irq_restore(flags);
	input.next = 0;
	input.count = max(count, 0L);
}

static ssize_t hvc_l4_get_chars(u32 vtermno, u8 *buf, size_t room)
{
	size_t count;

	if (!input.count)
		fill_input();
	count = min_t(size_t, room, input.count);
	memcpy(buf, input.bytes + input.next, count);
	input.next += count;
	input.count -= count;
	return count;
}

/* No room is no error: the caller keeps what was not taken. */
static ssize_t hvc_l4_put_chars(u32 vtermno, const u8 *buf, size_t count)
{
	unsigned long flags;
	long taken;

	local_irq_save(flags);
	taken = l4_console_write(buf, count);
	local_irq_restore(flags);
	if (taken < 0)
		return -EIO;
	return taken ?: -EAGAIN;
}

static const struct hv_ops hvc_l4_ops = {
	.get_chars = hvc_l4_get_chars,
	.put_chars = hvc_l4_put_chars,
	.transparent = true,
	.notifier_add = notifier_add_irq,
	.notifier_del = notifier_del_irq,
	.notifier_hangup = notifier_hangup_irq,
};

/* As early as consoles are. */
static int __init hvc_l4_console_init(void)
{
	if (l4_pv())
		hvc_instantiate(HVC_L4_COOKIE, 0, &hvc_l4_ops);
	return 0;
}
console_initcall(hvc_l4_console_init);

static int __init hvc_l4_init(void)
{
	struct hvc_struct *hp;

	if (!l4_pv())
		return 0;
	hp = hvc_alloc(HVC_L4_COOKIE, l4_event_irq(L4_CONSOLE_EVENT), &hvc_l4_ops,
		       L4_CONSOLE_MAX_BYTES);
	return PTR_ERR_OR_ZERO(hp);
}
device_initcall(hvc_l4_init);
