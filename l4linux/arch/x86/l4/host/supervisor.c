// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Linux tells the root task about itself.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "host.h"
#include "ipc.h"

/* Words are in the message registers already. */
static void tell(l4_word_t label, unsigned int words)
{
	l4_utcb()->mr[0] = L4_TAG(label, 0, words);
	l4_ipc(l4_boot.supervisor, L4_NILTHREAD, L4_TIMEOUTS(L4_TIME_NEVER, L4_TIME_NEVER));
}

void l4_supervisor_power_off(void)
{
	tell(L4_SUPERVISOR_POWER_OFF, 0);
}

void l4_supervisor_reboot(void)
{
	tell(L4_SUPERVISOR_REBOOT, 0);
}

void l4_supervisor_panic(const struct l4_exception_words *exception, const char *reason)
{
	unsigned long size = strnlen(reason, L4_SUPERVISOR_MAX_REASON);
	l4_word_t *mr = l4_utcb()->mr;

	memcpy(&mr[1], exception, sizeof(*exception));
	mr[21] = size;
	memcpy(&mr[22], reason, size);
	tell(L4_SUPERVISOR_PANIC, 21 + DIV_ROUND_UP(size, sizeof(*mr)));
}

/* The doorbell is named first: one that is rung before would be lost. */
bool l4_supervisor_watch(void)
{
	l4_vcpu_call(L4_VCPU_DOORBELL, l4_boot.supervisor, L4_SUPERVISOR_EVENT, 0, 0);
	return l4_request(l4_boot.supervisor, L4_SUPERVISOR_WATCH, 0);
}

void l4_supervisor_alive(void)
{
	tell(L4_SUPERVISOR_ALIVE, 0);
}

bool l4_supervisor_wall_clock(unsigned long *seconds, unsigned long *tsc)
{
	if (!l4_request(l4_boot.supervisor, L4_SUPERVISOR_WALL_CLOCK, 0))
		return false;
	*seconds = l4_utcb()->mr[1];
	*tsc = l4_utcb()->mr[2];
	return true;
}
