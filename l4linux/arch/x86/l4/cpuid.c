// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID, less what the processor says of the machine below the microkernel.
 *
 * Topology is one thread per package with its number as APIC ID. Of the extended state only
 * what XCR0 has enabled exists, and its size is that of what Linux has enabled of it.
 */
#include <linux/bits.h>
#include <linux/minmax.h>
#include <linux/smp.h>

#include <asm/fpu/xstate.h>
#include <asm/processor.h>

#include "host/host.h"
#include "l4.h"

#define LEAF_FEATURES		0x1
#define LEAF_CACHES		0x4
#define LEAF_TOPOLOGY		0xb
#define LEAF_XSTATE		0xd
#define LEAF_TOPOLOGY_V2	0x1f
#define LEAF_HYPERVISOR		0x40000000	/* to 0x4fffffff */
#define LEAF_AMD_SIZES		0x80000008
#define LEAF_AMD_TOPOLOGY	0x8000001e

#define FEATURES_HYPERVISOR	BIT(31)		/* in ECX */

static u64 xcr0 = XFEATURE_MASK_FP;	/* as Linux believes it to be */

/* Bytes of the standard format up to the last enabled component. */
static unsigned int xstate_size(void)
{
	unsigned int size = FXSAVE_SIZE + XSAVE_HDR_SIZE;
	unsigned int i, ax, bx, cx, dx;

	for (i = 2; i < 63; i++) {
		if (!(xcr0 & BIT_ULL(i)))
			continue;
		ax = LEAF_XSTATE;
		cx = i;
		native_cpuid(&ax, &bx, &cx, &dx);
		size = max(size, ax + bx);
	}
	return size;
}

/* XSETBV. The processor's XCR0 stays what the microkernel has set: it may hold more. */
bool l4_set_xcr0(u64 value)
{
	if (value & ~(u64)l4_boot.xcr0 || !(value & XFEATURE_MASK_FP))
		return false;
	xcr0 = value;
	return true;
}

void l4_cpuid(unsigned int *ax, unsigned int *bx, unsigned int *cx, unsigned int *dx)
{
	unsigned int leaf = *ax, subleaf = *cx;
	unsigned int cpu = raw_smp_processor_id();

	if (leaf >> 28 == LEAF_HYPERVISOR >> 28) {
		*ax = 0;
		*bx = 0;
		*cx = 0;
		*dx = 0;
		return;
	}

	native_cpuid(ax, bx, cx, dx);
	switch (leaf) {
	case LEAF_FEATURES:
		*bx = (*bx & 0xffff) | 1 << 16 | cpu << 24;
		*cx |= FEATURES_HYPERVISOR;
		break;
	case LEAF_CACHES:
		*ax &= ~GENMASK(31, 26);	/* one core in the package */
		break;
	case LEAF_TOPOLOGY:
	case LEAF_TOPOLOGY_V2:
		*ax = 0;
		*bx = 0;
		*cx = subleaf & 0xff;
		*dx = cpu;
		break;
	case LEAF_XSTATE:
		if (subleaf == 0) {
			*ax &= (u32)l4_boot.xcr0;
			*dx &= l4_boot.xcr0 >> 32;
			*bx = xstate_size();
		}
		break;
	case LEAF_AMD_SIZES:
		*cx &= ~0xf0ffu;		/* one core */
		break;
	case LEAF_AMD_TOPOLOGY:
		*ax = cpu;
		*bx &= ~0xffffu;
		*cx = 0;
		break;
	}
}
