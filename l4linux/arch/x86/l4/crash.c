// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways to die, for those who test what becomes of the others: /sys/kernel/debug/l4/crash takes one
 * of the words below. A panic comes from /proc/sysrq-trigger.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <asm/l4.h>
#include <asm/sections.h>

#include "counters.h"

/* As a wild pointer would. The compiler must not know that this is the kernel. */
static void overwrite_text(char *text)
{
	unsigned long size = _etext - _stext;

	OPTIMIZER_HIDE_VAR(text);
	memset(text, 0, size);
}

static void text(void)
{
	overwrite_text(_stext);
}

/* Through the direct map, which is writable, and nobody notices until the next instruction. */
static void text_alias(void)
{
	overwrite_text(__va(__pa_symbol(_stext)));
}

static void hang(void)
{
	local_irq_disable();
	for (;;)
		cpu_relax();
}

static const struct {
	const char *word;
	void (*act)(void);
} ways[] = {
	{ "text", text },
	{ "text-alias", text_alias },
	{ "hang", hang },
};

static ssize_t crash_write(struct file *file, const char __user *from, size_t size, loff_t *offset)
{
	char word[16] = {};
	unsigned int i;

	if (size >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, size))
		return -EFAULT;
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (sysfs_streq(word, ways[i].word)) {
			ways[i].act();
			return size;
		}
	}
	return -EINVAL;
}

static const struct file_operations crash_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = crash_write,
};

static int __init l4_crash_init(void)
{
	if (l4_pv())
		debugfs_create_file("crash", 0200, l4_debugfs(), NULL, &crash_fops);
	return 0;
}
late_initcall(l4_crash_init);
