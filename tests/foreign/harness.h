/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thread, the first, is everybody's pager and gives the cases to a worker of its own space; what a case leaves
 * behind it deletes. Results are TAP on COM1, whose ports nobody asks for: their faults bring them.
 */
#ifndef TESTS_FOREIGN_HARNESS_H
#define TESTS_FOREIGN_HARNESS_H

#include "classic.h"

struct test_case {
	const char *name;
	const char *rule;
	void (*run)(void);
};
extern const struct test_case kernel_cases[], thread_cases[], ipc_cases[], string_cases[], memory_cases[],
	device_cases[];

extern const char *kip;
extern word main_id;
extern word old_word; /* where results go that a case does not look at */

void print(const char *text);
void print_hex(word value);

void expect(word actual, word expected, const char *what, const char *file, int line);
#define EXPECT(actual, expected) expect((word)(actual), (word)(expected), #actual, __FILE__, __LINE__)
#define EXPECT_TRUE(condition) expect((condition) != 0, 1, #condition, __FILE__, __LINE__)

/* ---- Threads of a case ------------------------------------------------------------------------------------------- */

/* A thread number that is free in this case. */
word new_number(void);
#define VERSION 0x55UL
word new_id(void);
/* In this space, waiting for its start, which may also come from its pager. */
word create_thread(word pager);
/* It runs f, and then sleeps for ever. */
void run_thread(word id, void (*f)(void));
/* The same by the start message, which only its pager can send. */
void send_start(word id, void (*f)(void));
word start_thread(void (*f)(void));
void delete_thread(word id);
/* What Schedule says of a thread; until it says so, or for two seconds. */
enum { HALTED = 2, RUNNING, PENDING_SEND, SENDING, WAITING, RECEIVING };
word state_of(word id);
void wait_for_state(word id, word state);
void wait_for_value(const volatile word *variable, word value);

/* ---- Other spaces ------------------------------------------------------------------------------------------------ */

/* With the KIP where it is here, room for a thousand UTCBs, and the caller as pager. */
word create_space(word redirector);
/* It runs f, whose pages and ports it gets from us as it touches them, until it calls child_ends(). */
word run_child(word id, void (*f)(void));
/* One round of that: true if it was a fault of the child's; else its message is in the MRs. */
int answer_fault(word from, word the_tag);
/* As many rounds as it takes: what the child sends that is no fault, or nothing for a tenth of a second. */
word next_message(word id);
/* Asks sigma0 for the ports as a fault would: true if they are here now. */
int relay_port_fault(word ports, word ip);
__attribute__((noreturn)) void child_ends(word value);

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

#define PAGE_SIZE 4096UL
extern char pages[16][PAGE_SIZE];
static inline word page_fpage(const void *page)
{
	return fpage((word)page, 12);
}
/* It is not there any more; who touches it faults. */
void flush_page(void *page);

#endif
