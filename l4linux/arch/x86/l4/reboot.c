// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end: the root task is told, then nothing runs here any more.
 */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/kdebug.h>
#include <linux/panic.h>
#include <linux/panic_notifier.h>
#include <linux/pm.h>
#include <linux/reboot.h>

#include <asm/irqflags.h>
#include <asm/kexec.h>
#include <asm/l4.h>
#include <asm/reboot.h>

#include "host/host.h"
#include "l4.h"

static void __noreturn stay(void)
{
	local_irq_disable();
	for (;;)
		halt();
}

static void l4_power_off(void)
{
	local_irq_disable();
	l4_supervisor_power_off();
	stay();
}

static void l4_restart(char *command)
{
	local_irq_disable();
	l4_supervisor_reboot();
	stay();
}

static void l4_emergency_restart(void)
{
	l4_restart(NULL);
}

static void l4_shutdown(void)
{
}

/* The registers of the exception that has led to a panic, if it was one: an oops comes before. */
static struct l4_exception_words last_oops;

/* Linux does not tell the vector; it stands in its own report. */
static void set_words(struct l4_exception_words *to, const struct pt_regs *regs,
		      unsigned long error_code)
{
	*to = (struct l4_exception_words){
		regs->ip, regs->bx, regs->r10, regs->r12, regs->r13, regs->r14, regs->r15,
		regs->ax, regs->cx, regs->dx, regs->si, regs->di, regs->bp, regs->r8, regs->r9,
		regs->r11, regs->sp, regs->flags, L4_SUPERVISOR_NO_VECTOR, error_code,
	};
}

static int l4_oops(struct notifier_block *self, unsigned long event, void *data)
{
	struct die_args *args = data;

	if (event == DIE_OOPS && args->regs)
		set_words(&last_oops, args->regs, args->err);
	return NOTIFY_DONE;
}

static struct notifier_block l4_oops_notifier = {
	.notifier_call = l4_oops,
};

static int l4_panic(struct notifier_block *self, unsigned long event, void *message)
{
	struct pt_regs here;

	console_flush_on_panic(CONSOLE_FLUSH_PENDING);
	local_irq_disable();
	if (!test_taint(TAINT_DIE)) {
		crash_setup_regs(&here, NULL);
		set_words(&last_oops, &here, 0);
	}
	l4_supervisor_panic(&last_oops, message);
	stay();
}

/* After everybody else who wants to say something about it. */
static struct notifier_block l4_panic_notifier = {
	.notifier_call = l4_panic,
	.priority = INT_MIN,
};

void __init l4_reboot_init(void)
{
	machine_ops.power_off = l4_power_off;
	machine_ops.restart = l4_restart;
	machine_ops.halt = stay;
	machine_ops.shutdown = l4_shutdown;
	machine_ops.emergency_restart = l4_emergency_restart;
}

/* pm_power_off tells that there is a way to switch off; machine_ops has it. */
static int __init l4_panic_init(void)
{
	if (!l4_pv())
		return 0;
	pm_power_off = l4_power_off;
	register_die_notifier(&l4_oops_notifier);
	atomic_notifier_chain_register(&panic_notifier_list, &l4_panic_notifier);
	return 0;
}
early_initcall(l4_panic_init);
