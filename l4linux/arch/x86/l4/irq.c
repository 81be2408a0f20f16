// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events as interrupts.
 *
 * The vCPU page has one bit per event; each bit is a line of one interrupt domain. A line is
 * masked in software only: the bit is kept until somebody wants it.
 */
#include <linux/bitops.h>
#include <linux/entry-common.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/percpu.h>


#include <asm/irq_stack.h>
#include <asm/irq_regs.h>
#include <asm/paravirt.h>

#include "counters.h"
#include "entry.h"
#include "host/host.h"
#include "l4.h"

static struct irq_domain *events_domain __ro_after_init;

static void l4_no_operation(struct irq_data *data)
{
}

static struct irq_chip events_chip = {
	.name = "L4-event",
	.irq_mask = l4_no_operation,
	.irq_unmask = l4_no_operation,
	.irq_ack = l4_no_operation,
	.flags = IRQCHIP_SKIP_SET_WAKE,
};

/* The timer belongs to each processor; the others are edges. */
static int events_map(struct irq_domain *domain, unsigned int irq, irq_hw_number_t event)
{
	if (event == L4_EVENT_TIMER) {
		irq_set_percpu_devid(irq);
		irq_set_chip_and_handler(irq, &events_chip, handle_percpu_devid_irq);
	} else {
		irq_set_chip_and_handler(irq, &events_chip, handle_edge_irq);
	}
	return 0;
}

static const struct irq_domain_ops events_domain_ops = {
	.map = events_map,
};

/* The interrupt of an event, or 0. */
int l4_event_irq(unsigned int event)
{
	return irq_create_mapping(events_domain, event);
}

/*
 * Pending first, events second: one that comes in between sets pending again, and whoever
 * unmasks next finds it. The exchange is not atomic against other processors because only
 * this one's microkernel writes the word, but against the gate.
 */
static void l4_handle_events(void)
{
	struct l4_vcpu *vcpu = l4_this_vcpu();
	unsigned long events;
	unsigned int event;

	WRITE_ONCE(vcpu->pending, 0);
	events = xchg(&vcpu->events, 0);
	for_each_set_bit(event, &events, L4_EVENT_COUNT) {
		l4_count(events);
		generic_handle_domain_irq(events_domain, event);
	}
}

static void event_interrupt(struct pt_regs *regs)
{
	struct pt_regs *old_regs = set_irq_regs(regs);

	if (user_mode(regs))
		l4_count(user_events);
	l4_handle_events();
	set_irq_regs(old_regs);
}

__visible noinstr void l4_exc_event(struct pt_regs *regs)
{
	irqentry_state_t state = irqentry_enter(regs);

	instrumentation_begin();
	run_sysvec_on_irqstack_cond(event_interrupt, regs);
	instrumentation_end();
	irqentry_exit(regs, state);
}

/* x86_init.irqs.intr_init */
void __init l4_init_IRQ(void)
{
	events_domain = irq_domain_add_linear(NULL, L4_EVENT_COUNT, &events_domain_ops, NULL);
	BUG_ON(!events_domain);
	irq_set_default_host(events_domain);
}

/* Unmasks and waits in one call, so an event cannot fall between. */
static noinstr void l4_safe_halt(void)
{
	l4_count(waits);
	l4_vcpu_call(L4_VCPU_WAIT, 0, 0, 0, 0);
}

/* With events masked, for ever: bits may be set, but nobody is called. */
static noinstr void l4_halt(void)
{
	struct l4_vcpu *vcpu = l4_this_vcpu();

	if (vcpu->irq_enabled) {
		l4_safe_halt();
		return;
	}
	vcpu->entry_event = 0;
	for (;;) {
		WRITE_ONCE(vcpu->pending, 0);
		l4_safe_halt();
	}
}

static const typeof(pv_ops.irq) l4_irq_ops __initconst = {
	.save_fl = __PV_IS_CALLEE_SAVE(l4_save_fl),
	.irq_disable = __PV_IS_CALLEE_SAVE(l4_irq_disable),
	.irq_enable = __PV_IS_CALLEE_SAVE(l4_irq_enable),
	.safe_halt = l4_safe_halt,
	.halt = l4_halt,
};

void __init l4_irq_ops_init(void)
{
	pv_ops.irq = l4_irq_ops;
}
