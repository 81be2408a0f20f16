// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PC that is not there: no firmware tables, no legacy devices, no interrupt controllers.
 */
#include <linux/console.h>
#include <linux/ioport.h>
#include <linux/mc146818rtc.h>
#include <linux/time64.h>

#include <asm/apic.h>
#include <asm/i8259.h>
#include <asm/io_apic.h>
#include <asm/mc146818rtc.h>
#include <asm/msr.h>
#include <asm/paravirt.h>
#include <asm/pci_x86.h>
#include <asm/x86_init.h>

#include "host/host.h"
#include "l4.h"

static void __init l4_set_legacy_features(void)
{
	x86_platform.legacy.i8042 = X86_LEGACY_I8042_PLATFORM_ABSENT;
	x86_platform.legacy.rtc = 0;
	x86_platform.legacy.warm_reset = 0;
	x86_platform.legacy.no_vga = 1;
	x86_platform.legacy.reserve_bios_regions = 0;
	x86_platform.legacy.devices.pnpbios = 0;
}

/* No port is Linux's: drivers of old devices find their ports taken and do not probe. */
static void __init l4_arch_setup(void)
{
	paravirt_disable_iospace();
	l4_boot_console_register();
	add_preferred_console("hvc", 0, NULL);
}

/* No configuration ports, so no PCI: return 0, 'all has been done'. */
static int __init l4_pci_init(void)
{
	return 0;
}

static void __init l4_no_pci_probe(void)
{
#ifdef CONFIG_PCI
	pci_probe = 0;
	x86_init.pci.arch_init = l4_pci_init;
#endif
}

static unsigned char l4_get_nmi_reason(void)
{
	return 0;
}

/* The root task has read the clock once; the TSC tells how long ago. */
static void l4_get_wallclock(struct timespec64 *now)
{
	u64 khz = l4_tsc_khz();
	u64 ms = div64_u64(rdtsc() - l4_boot.wall_tsc, khz);

	now->tv_sec = l4_boot.wall_seconds + div_u64(ms, MSEC_PER_SEC);
	now->tv_nsec = (ms % MSEC_PER_SEC) * NSEC_PER_MSEC;
}

void __init l4_platform_init(void)
{
	legacy_pic = &null_legacy_pic;
	l4_no_pci_probe();
	disable_ioapic_support();

	x86_init.resources.memory_setup = l4_memory_setup;
	x86_init.resources.probe_roms = x86_init_noop;
	x86_init.resources.dmi_setup = x86_init_noop;
	x86_init.mpparse.find_mptable = x86_init_noop;
	x86_init.mpparse.early_parse_smp_cfg = x86_init_noop;
	x86_init.mpparse.parse_smp_cfg = x86_init_noop;
	x86_init.irqs.intr_init = l4_init_IRQ;
	x86_init.irqs.intr_mode_select = x86_init_noop;
	x86_init.irqs.intr_mode_init = x86_init_noop;
	x86_init.oem.arch_setup = l4_arch_setup;
	x86_init.timers.timer_init = l4_time_init;
	x86_init.timers.setup_percpu_clockev = x86_init_noop;
	x86_cpuinit.setup_percpu_clockev = x86_init_noop;

	x86_platform.calibrate_tsc = l4_tsc_khz;
	x86_platform.calibrate_cpu = l4_tsc_khz;
	x86_platform.get_wallclock = l4_get_wallclock;
	x86_platform.set_wallclock = set_rtc_noop;
	x86_platform.get_nmi_reason = l4_get_nmi_reason;
	x86_platform.realmode_reserve = x86_init_noop;
	x86_platform.realmode_init = x86_init_noop;
	x86_platform.set_legacy_features = l4_set_legacy_features;
}
