// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Linux says it runs on.
 */
#include <linux/acpi.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include <asm/hypervisor.h>
#include <asm/l4.h>
#include <asm/mtrr.h>

/* What lies below the microkernel may be seen by CPUID too: be the nearer one. */
static u32 __init l4_detect(void)
{
	return l4_pv() ? ~0U : 0;
}

/*
 * Memory types are the microkernel's affair; all that Linux has is write-back by default. That
 * there is no ACPI may only be said when the command line has been read: earlier it counts as
 * an option that somebody gave, and is warned of.
 */
static void __init l4_init_platform(void)
{
	disable_acpi();
	guest_force_mtrr_state(NULL, 0, MTRR_TYPE_WRBACK);
}

const __initconst struct hypervisor_x86 x86_hyper_l4 = {
	.name = "Pecan",
	.detect = l4_detect,
	.type = X86_HYPER_L4,
	.init.init_platform = l4_init_platform,
	.ignore_nopv = true,
};

static ssize_t type_show(struct kobject *kobj, struct kobj_attribute *attr, char *page)
{
	return sysfs_emit(page, "pecan\n");
}

static struct kobj_attribute type_attr = __ATTR_RO(type);

static int __init l4_sysfs_init(void)
{
	return l4_pv() ? sysfs_create_file(hypervisor_kobj, &type_attr.attr) : 0;
}
device_initcall(l4_sysfs_init);
