/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The door: what Linux may ask of the L4 side. Whoever sends messages has events masked, since
 * the UTCB is one per vCPU.
 */
#ifndef _L4_HOST_HOST_H
#define _L4_HOST_HOST_H

#include <linux/init.h>
#include <linux/types.h>

#include <l4/kip.h>
#include <l4/linux.h>
#include <l4/types.h>
#include <l4/utcb.h>

#include "vcpu.h"

/* A copy of the page that the root task left; ranges, console and supervisor are asked later. */
extern struct l4_boot_page l4_boot;

void l4_host_init(struct l4_vcpu *vcpu, const struct l4_boot_page *boot);

/* ipc.c: the message is what the UTCB's message registers hold; returns the tag of the answer. */
struct l4_utcb *l4_utcb(void);
l4_word_t l4_ipc(l4_word_t to, l4_word_t from, l4_word_t timeouts);
bool l4_request(l4_word_t server, l4_word_t label, unsigned int words);

/* console.c: number of bytes, or -1 if the console does not answer. */
#define L4_CONSOLE_EVENT 1
bool l4_console_open(void);
long l4_console_write(const void *bytes, unsigned long count);
long l4_console_read(void *bytes, unsigned long room);

/* supervisor.c */
void l4_supervisor_power_off(void);
void l4_supervisor_reboot(void);
/* The order is that of X.2's exception messages. */
struct l4_exception_words {
	l4_word_t ip, bx, r10, r12, r13, r14, r15, ax, cx, dx, si, di, bp, r8, r9, r11, sp, flags;
	l4_word_t vector, error_code;
};
void l4_supervisor_panic(const struct l4_exception_words *exception, const char *reason);
#define L4_SUPERVISOR_EVENT 2
bool l4_supervisor_watch(void);
void l4_supervisor_alive(void);
bool l4_supervisor_wall_clock(unsigned long *seconds, unsigned long *tsc);

/* unmap.c: takes @rights from pages of the static half that the root task has mapped here. */
void l4_renounce(unsigned long start, unsigned long end, unsigned long rights);

/* pager.c: ask for a page of the static half, as the processor would before Linux took over. */
bool l4_pager_fault(unsigned long address, unsigned long ip, unsigned long rights);
void l4_give_back(unsigned long fpage);

#endif /* _L4_HOST_HOST_H */
