// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the microkernel is: the vCPU page, the kernel interface page and its stubs.
 */
#include <linux/cache.h>
#include <linux/percpu.h>

#include "host.h"
#include "ipc.h"

DEFINE_PER_CPU(struct l4_vcpu *, l4_vcpu);

struct l4_boot_page l4_boot __ro_after_init;

unsigned long l4_vcpu_entry __ro_after_init;
unsigned long l4_ipc_entry __ro_after_init;
unsigned long l4_unmap_entry __ro_after_init;

/*
 * The boot processor runs on the per-CPU area that the others' are copied from, so the vCPU
 * page that it finds there now is also what it finds after it has moved to its own area.
 */
void __init l4_host_init(struct l4_vcpu *vcpu, const struct l4_boot_page *boot)
{
	const struct l4_kip *kip = (const struct l4_kip *)vcpu->kip;

	raw_cpu_write(l4_vcpu, vcpu);
	l4_vcpu_entry = kip->vcpu_call;
	l4_ipc_entry = kip->ipc;
	l4_unmap_entry = kip->unmap;
	l4_boot = *boot;
}
