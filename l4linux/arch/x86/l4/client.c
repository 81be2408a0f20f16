// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client spaces: one per process that runs, made when it is loaded for the first time.
 *
 * The lock guards the list, and which process has which client. It is taken with events masked
 * and never held across anything but calls of the microkernel.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

#include "counters.h"
#include "l4.h"
#include "mm.h"

static DEFINE_RAW_SPINLOCK(clients_lock);
static LIST_HEAD(clients);

/* The client that the microkernel has loaded here, 0: none. */
static DEFINE_PER_CPU(unsigned long, loaded_client);

/* The microkernel unloads a client that goes; its number may come back as another's. */
static void destroy(struct l4_mm_context *l4)
{
	unsigned long client = l4->client;
	int cpu;

	list_del(&l4->loaded);
	WRITE_ONCE(l4->client, 0);
	l4_count(clients_destroyed);
	l4_vcpu_call(L4_VCPU_DESTROY, client, 0, 0, 0);
	for_each_possible_cpu(cpu) {
		if (per_cpu(loaded_client, cpu) == client)
			per_cpu(loaded_client, cpu) = 0;
	}
}

/* Makes room: the client that was loaded longest ago goes. It comes back empty when it is needed. */
static bool evict(void)
{
	struct l4_mm_context *oldest;

	if (list_empty(&clients))
		return false;
	oldest = list_last_entry(&clients, struct l4_mm_context, loaded);
	if (list_is_first(&oldest->loaded, &clients))
		pr_warn_once("Pecan: the memory for page tables hardly lasts for one process\n");
	destroy(oldest);
	l4_count(clients_evicted);
	return true;
}

/* And loads it. */
static bool create(struct l4_mm_context *l4)
{
	long client;

	while ((client = l4_vcpu_call(L4_VCPU_CREATE, 1, 0, 0, 0)) <= 0) {
		if (!evict())
			return false;
	}
	__this_cpu_write(loaded_client, client);
	WRITE_ONCE(l4->generation, 0);
	WRITE_ONCE(l4->client, client);
	list_add(&l4->loaded, &clients);
	l4_count(clients_created);
	return true;
}

/*
 * Loads the client of @mm, or none for init_mm and for what is on its way out. False: there
 * is no memory for it even with all others gone.
 */
bool l4_load_mm(struct mm_struct *mm)
{
	struct l4_mm_context *l4 = &mm->context.l4;
	unsigned long client = 0;
	bool ok = true, other;

	raw_spin_lock(&clients_lock);
	if (mm != &init_mm && !l4->dead) {
		if (l4->client)
			list_move(&l4->loaded, &clients);
		else
			ok = create(l4);
		if (!ok)
			pr_alert_once("Pecan: kernel memory does not last for one process; raise quota= of this Linux at the root task\n");
		client = l4->client;
	}
	other = client != __this_cpu_read(loaded_client);
	if (other) {
		l4_vcpu_call(L4_VCPU_SWITCH, client, 0, 0, 0);
		__this_cpu_write(loaded_client, client);
		l4_count(switches);
	}
	raw_spin_unlock(&clients_lock);
	if (static_branch_unlikely(&l4_verifying) && other && client)
		l4_verify_quiet(mm);
	return ok;
}

/* The process is gone for good: whatever comes now must not make it a client again. */
void l4_destroy_client(struct mm_struct *mm)
{
	struct l4_mm_context *l4 = &mm->context.l4;
	unsigned long flags;

	raw_spin_lock_irqsave(&clients_lock, flags);
	l4->dead = true;
	if (l4->client)
		destroy(l4);
	raw_spin_unlock_irqrestore(&clients_lock, flags);
}

bool l4_evict_client(void)
{
	bool done;

	raw_spin_lock(&clients_lock);
	done = evict();
	raw_spin_unlock(&clients_lock);
	return done;
}

/* A new mm is a copy of its parent's: its client is not. What it reads first it will write, most likely. */
void l4_forget_client(struct mm_struct *mm)
{
	mm->context.l4 = (struct l4_mm_context){ .early_writes = 1 };
	INIT_LIST_HEAD(&mm->context.l4.loaded);
}
