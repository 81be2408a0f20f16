/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user library for C (C11 and later). The same calls as the C++ headers beside this one, with plain words: thread
 * IDs, flexpages and times are made by the macros of types.h. Calls that can fail return 0, or the ErrorCode.
 */
#ifndef L4_L4_H
#define L4_L4_H

#include <l4/kip.h>
#include <l4/types.h>
#include <l4/utcb.h>

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Messages ----------------------------------------------------------------------------------------------- */

/* A copy of the message registers: mr[0] is the tag. */
struct l4_message {
	l4_word_t mr[L4_MR_COUNT];
};

static inline void l4_begin(struct l4_message *message, l4_word_t label)
{
	message->mr[0] = L4_TAG(label & 0xffffffffffffUL, 0, 0);
}
static inline l4_word_t l4_label(const struct l4_message *message)
{
	return L4_TAG_LABEL(message->mr[0]);
}

/* Untyped words come first: all of them before any item. What does not fit is left out. */
static inline void l4_put_word(struct l4_message *message, l4_word_t word)
{
	l4_word_t const next = L4_TAG_UNTYPED(message->mr[0]) + 1;

	if (L4_TAG_TYPED(message->mr[0]) == 0 && next < L4_MR_COUNT) {
		message->mr[next] = word;
		message->mr[0] += 1;
	}
}
/* A map, grant or simple string item: L4_MAP_ITEM(base) and the flexpage, or L4_STRING_ITEM(size) and the address. */
static inline void l4_put_item(struct l4_message *message, l4_word_t first, l4_word_t second)
{
	l4_word_t const next = L4_TAG_UNTYPED(message->mr[0]) + L4_TAG_TYPED(message->mr[0]) + 1;

	if (next + 1 < L4_MR_COUNT) {
		message->mr[next] = first;
		message->mr[next + 1] = second;
		message->mr[0] += 2 << 6;
	}
}
/* The size of the nth string that came in, from 0; it lies in the nth buffer. All ones: there is no such string. */
size_t l4_received_string(const struct l4_message *message, unsigned n);

/* ---- Ipc: 0 or the ErrorCode ---------------------------------------------------------------------------------- */

/* A period of at least that many microseconds, for the timeouts below. */
l4_word_t l4_microseconds(l4_word_t count);

l4_word_t l4_send(l4_word_t to, const struct l4_message *message, l4_word_t timeout);
/* `from` may be L4_ANYTHREAD; the sender is stored if `sender` is not null. */
l4_word_t l4_receive(l4_word_t from, struct l4_message *message, l4_word_t timeout, l4_word_t *sender);
/* Sends the message, and waits for the answer, which takes its place. */
l4_word_t l4_call(l4_word_t to, struct l4_message *message, l4_word_t timeouts);
/* Answers without waiting, then waits for the next message of anyone. */
l4_word_t l4_reply_wait(l4_word_t to, struct l4_message *message, l4_word_t *sender);
/* Which flexpages map and grant items may fill while this thread receives; L4_NILPAGE: none. No strings. */
void l4_accept_mappings(l4_word_t window);
/* The same, and the nth string of a message goes to the nth buffer. At most 16 of them. */
struct l4_buffer {
	void *start;
	size_t size;
};
void l4_accept(l4_word_t window, const struct l4_buffer *buffers, size_t count);
void l4_sleep(l4_word_t microseconds);

/* ---- The other system calls: 0 or the ErrorCode ------------------------------------------------------------------ */

#define L4_NO_CHANGE (~0UL)

l4_word_t l4_thread_control(l4_word_t dest, l4_word_t space, l4_word_t scheduler, l4_word_t pager,
			    l4_word_t utcb_location);
l4_word_t l4_space_control(l4_word_t space, l4_word_t control, l4_word_t kip_area, l4_word_t utcb_area,
			   l4_word_t redirector);
l4_word_t l4_set_priority(l4_word_t dest, l4_word_t priority);
/* Time control (L4_TIME_CONTROL), priority, processor, preemption control (L4_PREEMPTION_CONTROL), or L4_NO_CHANGE. The
   result is the thread's state as X.2 numbers it, 0 for an error. */
l4_word_t l4_schedule(l4_word_t dest, l4_word_t time, l4_word_t priority, l4_word_t processor, l4_word_t preemption,
		      l4_word_t *old_time);
l4_word_t l4_associate_interrupt(l4_word_t line, l4_word_t handler);
/* The flexpage, its rights replaced by what has been accessed. */
l4_word_t l4_unmap(l4_word_t page, int flush);
/* The same with up to 64 flexpages, each of them replaced. */
void l4_unmap_pages(l4_word_t *pages, size_t count, int flush);
/* Memory types (L4_CACHE_...) for up to 64 flexpages, whose two low bits say which of the four is meant. */
l4_word_t l4_memory_control(const l4_word_t *pages, size_t count, const l4_word_t attributes[4]);
l4_word_t l4_processor_control(l4_word_t processor, l4_word_t internal_khz, l4_word_t external_khz,
			       l4_word_t millivolts);

/* What goes in as the new values comes out as the old ones; dest as its other name, L4_NILTHREAD after an error. */
struct l4_registers {
	l4_word_t dest, control, sp, ip, flags, user_defined_handle, pager;
};
void l4_exchange_registers(struct l4_registers *registers);
l4_word_t l4_system_clock(void);
void l4_thread_switch(l4_word_t dest);

/* ---- Who and where ------------------------------------------------------------------------------------------------- */

const struct l4_kip *l4_kernel_interface(void);
struct l4_utcb *l4_my_utcb(void);
l4_word_t l4_my_global_id(void);

/* ---- Native tasks of the root task: docs/abi/task.md --------------------------------------------------------------- */

#define L4_TASK_MAGIC 0x6b736154UL /* "Task" */
#define L4_TASK_MAX_INSTANCES 4
#define L4_TASK_MAX_ARGUMENTS 128

/* What the root task tells a native task at its start: RSP points at it, at the top of the task's stack. */
struct l4_task_start {
	l4_word_t magic;
	l4_word_t console;    /* global ID of the console server, 0: none */
	l4_word_t supervisor; /* global ID of the task's pager and supervisor */
	l4_word_t instance;   /* which of the instances of its module this task is, from 0 */
	l4_word_t instance_count;
	l4_word_t peers[L4_TASK_MAX_INSTANCES]; /* global IDs of all instances, this one included */
	char arguments[L4_TASK_MAX_ARGUMENTS];	/* the module's command line without its first word, NUL-terminated */
};

/* The entry point of a task in C: the task's own. The library calls it. */
void l4_task_main(const struct l4_task_start *start);

/* 0, or the console has refused. */
l4_word_t l4_console_open(l4_word_t console);
void l4_console_write(l4_word_t console, const char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
