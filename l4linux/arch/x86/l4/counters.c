// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include <asm/l4.h>

#include "counters.h"
#include "host/vcpu.h"

DEFINE_PER_CPU(struct l4_counters, l4_counters);

#define sum(name) ({							\
	unsigned long _sum = 0;						\
	int _cpu;							\
	for_each_possible_cpu(_cpu)					\
		_sum += per_cpu(l4_counters.name, _cpu);		\
	_sum;								\
})

static void microkernel_show(struct seq_file *m)
{
	unsigned long entries = 0, memory = 0;
	int cpu;

	for_each_online_cpu(cpu) {
		const struct l4_vcpu *vcpu = per_cpu(l4_vcpu, cpu);

		entries += READ_ONCE(vcpu->entries);
		memory = max(memory, READ_ONCE(vcpu->kernel_memory));
	}
	seq_printf(m, "%-18s %lu\n", "microkernel", entries);
	seq_printf(m, "%-18s %lu\n", "cr3_loads", 2 * entries + sum(switches));
	seq_printf(m, "%-18s %lu\n", "kernel_memory", memory);
}

static int counters_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%-18s %lu\n", "system_calls", sum(exits) - sum(user_faults) - sum(user_events));
#define L4_COUNTER_LINE(name) seq_printf(m, "%-18s %lu\n", #name, sum(name));
	L4_COUNTERS(L4_COUNTER_LINE)
#undef L4_COUNTER_LINE
	microkernel_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

struct dentry *__init l4_debugfs(void)
{
	static struct dentry *folder __initdata;

	if (!folder)
		folder = debugfs_create_dir("l4", NULL);
	return folder;
}

static int __init l4_counters_init(void)
{
	if (l4_pv())
		debugfs_create_file("counters", 0444, l4_debugfs(), NULL, &counters_fops);
	return 0;
}
late_initcall(l4_counters_init);
