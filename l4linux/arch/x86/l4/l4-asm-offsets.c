// SPDX-License-Identifier: GPL-2.0-only
/*
 * Offsets into the vCPU page and the counters for assembly.
 */
#define COMPILE_OFFSETS

#include <linux/kbuild.h>
#include <linux/stddef.h>

#include <l4/vcpu.h>

#include "counters.h"

static void __used common(void)
{
	OFFSET(VCPU_irq_enabled, l4_vcpu, irq_enabled);
	OFFSET(VCPU_pending, l4_vcpu, pending);
	OFFSET(VCPU_cr2, l4_vcpu, cr2);
	OFFSET(VCPU_client_gs_base, l4_vcpu, client_gs_base);

	OFFSET(COUNTER_exits, l4_counters, exits);
}
