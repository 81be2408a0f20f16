// SPDX-License-Identifier: GPL-2.0-only
/*
 * One processor. The kernel is built for several; the operations that would start or signal
 * another one say that there is none.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/smp.h>

#include <asm/paravirt.h>
#include <asm/smp.h>

#include "l4.h"

static void l4_no_other_cpus(int wait)
{
}

static void l4_no_such_cpu(int cpu)
{
	WARN_ON_ONCE(1);
}

static void l4_no_such_cpus(const struct cpumask *mask)
{
	WARN_ON_ONCE(1);
}

static int l4_kick_ap_alive(unsigned int cpu, struct task_struct *idle)
{
	return -ENODEV;
}

static int l4_cpu_disable(void)
{
	return -EBUSY;
}

void __init l4_smp_init(void)
{
	smp_ops.stop_other_cpus = l4_no_other_cpus;
	smp_ops.smp_send_reschedule = l4_no_such_cpu;
	smp_ops.kick_ap_alive = l4_kick_ap_alive;
	smp_ops.cpu_disable = l4_cpu_disable;
	smp_ops.send_call_func_ipi = l4_no_such_cpus;
	smp_ops.send_call_func_single_ipi = l4_no_such_cpu;
}
