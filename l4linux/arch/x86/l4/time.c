// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock is the TSC, whose frequency the microkernel knows; its deadline timer is the clock
 * event device.
 */
#include <linux/clockchips.h>
#include <linux/cpu.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/percpu.h>

#include <asm/msr.h>

#include "counters.h"
#include "host/host.h"
#include "l4.h"

static DEFINE_PER_CPU(struct clock_event_device, l4_clock_event);

/* The deadline of the last call. As long as it lies ahead, the microkernel's timer runs for it. */
static DEFINE_PER_CPU(u64, l4_armed);

static int timer_irq __ro_after_init;

unsigned long l4_tsc_khz(void)
{
	return l4_this_vcpu()->tsc_khz;
}

/*
 * When the timer fires the microkernel reads the deadline again: a later one needs no call.
 * It is stored before the clock is read, so that a timer which fires meanwhile has seen it.
 */
static int l4_set_next_event(unsigned long delta, struct clock_event_device *evt)
{
	u64 deadline = rdtsc_ordered() + delta;
	u64 armed = __this_cpu_read(l4_armed);

	WRITE_ONCE(l4_this_vcpu()->deadline, deadline);
	if (deadline >= armed && rdtsc_ordered() < armed)
		return 0;
	__this_cpu_write(l4_armed, deadline);
	l4_count(timer_calls);
	l4_vcpu_call(L4_VCPU_TIMER, 0, 0, 0, 0);
	return 0;
}

static int l4_timer_shutdown(struct clock_event_device *evt)
{
	WRITE_ONCE(l4_this_vcpu()->deadline, 0);
	return 0;
}

static irqreturn_t l4_timer_interrupt(int irq, void *device)
{
	struct clock_event_device *evt = this_cpu_ptr(&l4_clock_event);

	evt->event_handler(evt);
	return IRQ_HANDLED;
}

static int l4_timer_starting_cpu(unsigned int cpu)
{
	struct clock_event_device *evt = this_cpu_ptr(&l4_clock_event);

	evt->name = "l4-timer";
	evt->features = CLOCK_EVT_FEAT_ONESHOT;
	evt->rating = 500;
	evt->cpumask = cpumask_of(cpu);
	evt->irq = timer_irq;
	evt->set_next_event = l4_set_next_event;
	evt->set_state_shutdown = l4_timer_shutdown;
	evt->set_state_oneshot = l4_timer_shutdown;
	clockevents_config_and_register(evt, l4_tsc_khz() * 1000, 0xff, ULONG_MAX >> 1);
	enable_percpu_irq(timer_irq, IRQ_TYPE_NONE);
	return 0;
}

/* x86_init.timers.timer_init */
void __init l4_time_init(void)
{
	timer_irq = l4_event_irq(L4_EVENT_TIMER);
	if (request_percpu_irq(timer_irq, l4_timer_interrupt, "l4-timer",
			       &l4_clock_event))
		panic("Pecan: no interrupt for the timer");
	l4_timer_starting_cpu(smp_processor_id());
}
