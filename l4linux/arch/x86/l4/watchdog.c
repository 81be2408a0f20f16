// SPDX-License-Identifier: GPL-2.0-only
/*
 * A sign of life for the root task: its doorbell is answered wherever events are not masked.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/printk.h>

#include <asm/l4.h>

#include "host/host.h"
#include "l4.h"

static irqreturn_t answer(int irq, void *unused)
{
	l4_supervisor_alive();
	return IRQ_HANDLED;
}

static int __init l4_watchdog_init(void)
{
	unsigned long flags;
	int error;

	if (!l4_pv())
		return 0;
	error = request_irq(l4_event_irq(L4_SUPERVISOR_EVENT), answer, IRQF_NO_THREAD,
			    "supervisor", NULL);
	if (error)
		return error;
	local_irq_save(flags);
	if (!l4_supervisor_watch())
		error = -EIO;
	local_irq_restore(flags);
	if (error)
		pr_warn("Pecan: the root task does not answer, nobody watches over this Linux\n");
	return error;
}
late_initcall(l4_watchdog_init);
