// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug registers: the microkernel checks and keeps them; what was written last is known here.
 */
#include <linux/percpu.h>

#include <asm/debugreg.h>

#include "host/host.h"
#include "l4.h"

static DEFINE_PER_CPU(unsigned long[8], l4_dr);

noinstr unsigned long l4_get_debugreg(int n)
{
	if (n == 6)
		return l4_this_vcpu()->dr6;
	return raw_cpu_read(l4_dr[n]);
}

noinstr void l4_set_debugreg(int n, unsigned long value)
{
	if (n == 6)
		l4_this_vcpu()->dr6 = value;
	else if (raw_cpu_read(l4_dr[n]) == value)
		return;
	raw_cpu_write(l4_dr[n], value);
	l4_vcpu_call(L4_VCPU_SET, L4_SET_DR(n), value, 0, 0);
}
