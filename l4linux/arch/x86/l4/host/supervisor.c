// SPDX-License-Identifier: GPL-2.0-only
/*
 * What Linux tells the root task about itself.
 */
#include "host.h"

static void tell(l4_word_t label, l4_word_t word, unsigned int words)
{
	l4_word_t *mr = l4_utcb()->mr;

	mr[0] = L4_TAG(label, 0, words);
	mr[1] = word;
	l4_ipc(l4_boot.supervisor, L4_NILTHREAD, L4_TIMEOUTS(L4_TIME_NEVER, L4_TIME_NEVER));
}

void l4_supervisor_power_off(void)
{
	tell(L4_SUPERVISOR_POWER_OFF, 0, 0);
}

void l4_supervisor_reboot(void)
{
	tell(L4_SUPERVISOR_REBOOT, 0, 0);
}

void l4_supervisor_panic(unsigned long ip)
{
	tell(L4_SUPERVISOR_PANIC, ip, 1);
}

bool l4_supervisor_wall_clock(unsigned long *seconds, unsigned long *tsc)
{
	if (!l4_request(l4_boot.supervisor, L4_SUPERVISOR_WALL_CLOCK, 0))
		return false;
	*seconds = l4_utcb()->mr[1];
	*tsc = l4_utcb()->mr[2];
	return true;
}
