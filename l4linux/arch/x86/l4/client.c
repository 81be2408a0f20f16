// SPDX-License-Identifier: GPL-2.0-only
/*
 * Client spaces: one per process that runs, made by the call that first fills something into it.
 *
 * The one that has died last is buried by the same call: until then it costs page tables, and nobody loads it.
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

/* The client that waits to be destroyed, 0: none. */
static unsigned long grave;

/* The microkernel has unloaded it; its number may come back as another's. */
static void grave_is_empty(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (per_cpu(loaded_client, cpu) == grave)
			per_cpu(loaded_client, cpu) = 0;
	}
	grave = 0;
}

static bool bury(void)
{
	if (!grave)
		return false;
	l4_vcpu_call(L4_VCPU_DESTROY, grave, 0, 0, 0);
	grave_is_empty();
	return true;
}

static void destroy(struct l4_mm_context *l4)
{
	bury();
	grave = l4->client;
	list_del(&l4->loaded);
	WRITE_ONCE(l4->client, 0);
	WRITE_ONCE(l4->generation, 0);
	l4_count(clients_destroyed);
}

/* Makes room: the client that was loaded longest ago goes. It comes back empty when it is needed. */
static bool evict(void)
{
	struct l4_mm_context *oldest;

	if (bury())
		return true;
	if (list_empty(&clients))
		return false;
	oldest = list_last_entry(&clients, struct l4_mm_context, loaded);
	if (list_is_first(&oldest->loaded, &clients))
		pr_warn_once("Pecan: the memory for page tables hardly lasts for one process\n");
	destroy(oldest);
	bury();
	l4_count(clients_evicted);
	return true;
}

/* The calls before those that map: the grave is emptied, a client is made and loaded. */
static long run_batch(unsigned int end)
{
	struct l4_vcpu_call *calls = l4_this_vcpu()->calls;
	unsigned int first = grave ? L4_BATCH_DESTROY : L4_BATCH_CREATE;
	long done;

	calls[L4_BATCH_DESTROY] = (struct l4_vcpu_call){ L4_VCPU_DESTROY, .rdi = grave };
	calls[L4_BATCH_CREATE] = (struct l4_vcpu_call){ L4_VCPU_CREATE, .rdi = 1 };
	done = l4_vcpu_call(L4_VCPU_BATCH, end, 0, first, 0);
	if (grave)
		grave_is_empty();
	return done;
}

/*
 * Runs the vCPU page's batch up to call @end; its maps are for the client of @mm, which is made and loaded.
 * Returns how many calls are done: not even the making, if there is no memory with all others gone.
 */
long l4_create_client(struct mm_struct *mm, unsigned int end)
{
	struct l4_mm_context *l4 = &mm->context.l4;
	long done;

	raw_spin_lock(&clients_lock);
	do {
		done = run_batch(end);
	} while (done <= L4_BATCH_CREATE && evict());
	if (done > L4_BATCH_CREATE) {
		unsigned long client = l4_this_vcpu()->calls[L4_BATCH_CREATE].result;

		__this_cpu_write(loaded_client, client);
		WRITE_ONCE(l4->generation, 0);
		WRITE_ONCE(l4->client, client);
		list_add(&l4->loaded, &clients);
		l4_count(clients_created);
	} else {
		pr_alert_once("Pecan: kernel memory does not last for one process; raise quota= of this Linux at the root task\n");
	}
	raw_spin_unlock(&clients_lock);
	return done;
}

/* Loads the client of @mm, or none: for init_mm, for what is on its way out, for what has not been filled yet. */
void l4_load_mm(struct mm_struct *mm)
{
	struct l4_mm_context *l4 = &mm->context.l4;
	unsigned long client = 0;
	bool other;

	raw_spin_lock(&clients_lock);
	if (mm != &init_mm && l4->client) {
		list_move(&l4->loaded, &clients);
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

/*
 * A new mm is a copy of its parent's, or empty: its client is not. What it reads first it will write, most likely, and
 * what its parent wrote after a fork.
 */
void l4_forget_client(struct mm_struct *mm)
{
	struct l4_mm_context *l4 = &mm->context.l4;

	l4->client = 0;
	l4->generation = 0;
	l4->early_writes = 1;
	l4->is_fresh = true;
	l4->dead = false;
	INIT_LIST_HEAD(&l4->loaded);
}
