/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How often things happen that cost a way through the gate, or should not happen often.
 * Readable as /sys/kernel/debug/l4/counters, with what the microkernel itself counts:
 *
 *   exits		returns to a process: each costs one way in and one way out of ring 3
 *   user_faults	page faults of processes
 *   user_events	events that interrupted a process, or were taken on the way back to it
 *   system_calls	what is left of the exits; first returns of new processes are among them,
 *			and exceptions that are no page faults
 *   microkernel	entries into the microkernel, whatever for: two loads of CR3 each
 *   switches		changes of the client: one load of CR3 each
 *   kernel_memory	bytes that the microkernel holds for this Linux, no count
 */
#ifndef _L4_COUNTERS_H
#define _L4_COUNTERS_H

#include <linux/percpu.h>

struct dentry;
/* The folder of all that Linux tells of this platform. */
struct dentry *l4_debugfs(void);

#define L4_COUNTERS(one)		\
	one(exits)			\
	one(user_events)		\
	one(user_faults)		\
	one(events)			\
	one(page_faults)		\
	one(fills)			\
	one(filled_pages)		\
	one(touched_ahead)		\
	one(fills_refused)		\
	one(fills_again)		\
	one(pager_faults)		\
	one(unmaps)			\
	one(kernel_unmaps)		\
	one(clients_created)		\
	one(clients_destroyed)		\
	one(clients_evicted)		\
	one(switches)			\
	one(timer_calls)		\
	one(waits)			\
	one(messages)			\
	one(emulated)			\
	one(port)			\
	one(control_register)		\
	one(debug_register)		\
	one(xsetbv)			\
	one(msr_instruction)		\
	one(msr_read)			\
	one(msr_written)		\
	one(verified_pages)		\
	one(differences)

struct l4_counters {
#define L4_COUNTER_MEMBER(name) unsigned long name;
	L4_COUNTERS(L4_COUNTER_MEMBER)
#undef L4_COUNTER_MEMBER
};

DECLARE_PER_CPU(struct l4_counters, l4_counters);

#define l4_count(name)		raw_cpu_inc(l4_counters.name)
#define l4_count_by(name, n)	raw_cpu_add(l4_counters.name, n)

#endif /* _L4_COUNTERS_H */
