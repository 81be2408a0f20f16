// SPDX-License-Identifier: GPL-2.0-only
/*
 * Model-specific registers.
 *
 * Few are Linux's: the segment bases, which ring 1 reads and writes itself or finds in the vCPU
 * page, and the number of the processor. Of the others some have a value that Linux may want to
 * know, and some are written once at start to say what the gate knows already. What is left
 * does not exist: 'safe' accesses fail, others read 0 and are counted.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/irqflags.h>

#include <asm/fsgsbase.h>
#include <asm/msr-index.h>

#include "counters.h"
#include "host/host.h"
#include "l4.h"

/* As pat_bp_init() sets it on bare hardware: WB, WC, UC-, UC, WB, WP, UC-, WT. */
#define L4_PAT 0x0407050600070106UL

static bool read_known(unsigned int msr, u64 *value)
{
	switch (msr) {
	case MSR_KERNEL_GS_BASE:
		*value = l4_this_vcpu()->client_gs_base;
		return true;
	case MSR_FS_BASE:
		*value = rdfsbase();
		return true;
	case MSR_GS_BASE:
		*value = rdgsbase();
		return true;
	case MSR_IA32_CR_PAT:
		*value = L4_PAT;
		return true;
	case MSR_EFER:
		*value = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
		return true;
	case MSR_IA32_APICBASE:
	case MSR_IA32_MISC_ENABLE:
	case MSR_IA32_UCODE_REV:
		*value = 0;
		return true;
	default:
		return false;
	}
}

/* Linux moves to another per-CPU area: for the gate and for itself in one step. */
static void write_gs_base(u64 base)
{
	unsigned long flags;

	local_irq_save(flags);
	l4_this_vcpu()->server_gs_base = base;
	wrgsbase(base);
	local_irq_restore(flags);
}

static bool write_known(unsigned int msr, u64 value)
{
	switch (msr) {
	case MSR_KERNEL_GS_BASE:
		l4_this_vcpu()->client_gs_base = value;
		return true;
	case MSR_FS_BASE:
		wrfsbase(value);
		return true;
	case MSR_GS_BASE:
		write_gs_base(value);
		return true;
	case MSR_TSC_AUX:
		l4_vcpu_call(L4_VCPU_SET, L4_SET_TSC_AUX, value, 0, 0);
		return true;
	case MSR_STAR:
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_SYSCALL_MASK:
	case MSR_IA32_SYSENTER_CS:
	case MSR_IA32_SYSENTER_ESP:
	case MSR_IA32_SYSENTER_EIP:
	case MSR_EFER:
		return true;
	default:
		return false;
	}
}

u64 l4_read_msr(unsigned int msr)
{
	u64 value = 0;

	if (!read_known(msr, &value))
		l4_count(msr_read);
	return value;
}

void l4_write_msr(unsigned int msr, unsigned int low, unsigned int high)
{
	if (!write_known(msr, low | (u64)high << 32))
		l4_count(msr_written);
}

u64 l4_read_msr_safe(unsigned int msr, int *err)
{
	u64 value = 0;

	*err = read_known(msr, &value) ? 0 : -EIO;
	return value;
}

int l4_write_msr_safe(unsigned int msr, unsigned int low, unsigned int high)
{
	return write_known(msr, low | (u64)high << 32) ? 0 : -EIO;
}
