// SPDX-License-Identifier: GPL-2.0-only
/*
 * The console server's protocol.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "host.h"

static bool usable;

/* The doorbell is named first: one that is rung before would be lost. */
bool l4_console_open(void)
{
	l4_vcpu_call(L4_VCPU_DOORBELL, l4_boot.console, L4_CONSOLE_EVENT, 0, 0);
	usable = l4_request(l4_boot.console, L4_CONSOLE_OPEN, 0) && !l4_utcb()->mr[1];
	return usable;
}

long l4_console_write(const void *bytes, unsigned long count)
{
	l4_word_t *mr = l4_utcb()->mr;

	if (!usable)
		return -1;
	count = min(count, L4_CONSOLE_MAX_BYTES);
	mr[1] = count;
	memcpy(&mr[2], bytes, count);
	if (!l4_request(l4_boot.console, L4_CONSOLE_WRITE, 1 + DIV_ROUND_UP(count, sizeof(*mr))))
		return -1;
	return min(mr[1], count);
}

long l4_console_read(void *bytes, unsigned long room)
{
	l4_word_t *mr = l4_utcb()->mr;
	unsigned long count;

	if (!usable || !l4_request(l4_boot.console, L4_CONSOLE_READ, 0))
		return -1;
	count = min3(mr[1], L4_CONSOLE_MAX_BYTES, room);
	memcpy(bytes, &mr[2], count);
	return count;
}
