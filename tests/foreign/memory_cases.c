/* SPDX-License-Identifier: BSD-2-Clause */
/* Sigma0, page faults, memory types. */
#include "harness.h"

/* Asks sigma0; the fpage of its answer. */
static word ask(word request, word words)
{
	word const sigma0 = global_id(user_base(kip), 1);

	load_br(0, COMPLETE_SPACE);
	load_mr(0, tag(~0x5fUL, words, 0));
	load_mr(1, request);
	load_mr(2, 0);
	load_mr(3, 0);
	EXPECT(ipc(sigma0, sigma0, timeouts(NEVER, time_period(1000000)), 0) & 0xffff, tag(0, 0, 2));
	load_br(0, 0);
	EXPECT(mr(1) & 0x3ff, 8);
	return mr(2);
}

static void any_page(void)
{
	static const unsigned sizes[] = {12, 14, 21};

	for (int i = 0; i < 3; i++) {
		/* All ones, then the size put in: bit 3 stays, so there is a third word, 0. */
		word const got = ask((~0UL & ~0x3f7UL) | sizes[i] << 4, 3);

		EXPECT(got & 0x3ff, sizes[i] << 4 | RWX);
		EXPECT(mr(1) & ~0x3ffUL, got & ~0x3ffUL);
		*(volatile word *)(got & ~0x3ffUL) = got;
		/* The same again, by its address. */
		EXPECT(ask((got & ~0x3ffUL) | sizes[i] << 4, 2), got);
	}
}

static word asked_for;
static volatile word got;
static void ask_for_it(void)
{
	got = ask(asked_for, 2);
}

static void other_owner(void)
{
	asked_for = ask((~0UL & ~0x3f7UL) | 12 << 4, 3) & ~0xfUL;
	got = 1;
	start_thread(ask_for_it);
	wait_for_value(&got, 0);
	/* In full: a map item of nothing. */
	EXPECT(ask(page_fpage(pages[0]), 2), 0); /* the first thread's */
	EXPECT(mr(0), tag(0, 0, 2));
	EXPECT(mr(1), 8);
}

/* The text screen, for everybody. */
static void shared(void)
{
	asked_for = fpage(0xb8000, 12);
	EXPECT(ask(asked_for, 2), asked_for | RWX);
	*(volatile unsigned short *)0xb8000 = 0x741;
	got = 1;
	start_thread(ask_for_it);
	wait_for_value(&got, asked_for | RWX);
}

static void no_answer(void)
{
	word const sigma0 = global_id(user_base(kip), 1);
	static const word tags[] = {0xffffffffffa00001, 0xffffffffffa00004, 0x1230002, 0xffffffffffa00082};

	for (int i = 0; i < 4; i++) {
		load_mr(0, tags[i]);
		load_mr(1, fpage(0x100000, 12));
		load_mr(2, i == 3 ? 8 : 0);
		load_mr(3, 0);
		EXPECT(ipc(sigma0, sigma0, timeouts(NEVER, time_period(20000)), 0) & TAG_ERROR, TAG_ERROR);
		EXPECT(error_code(), i == 3 ? 4 << 1 : 1 << 1 | 1);
	}
}

/* ---- Page faults ------------------------------------------------------------------------------------------------- */

extern char reads[], writes[];
static void touch(void)
{
	word value;

	load_mr(5, 0x5555);
	load_br(0, COMPLETE_SPACE); /* ours, not the fault's */
	__asm__ __volatile__("reads: mov (%1), %0" : "=r"(value) : "r"(0x50000123UL));
	__asm__ __volatile__("writes: mov %0, (%1)" : : "r"(value), "r"(0x50000123UL) : "memory");
	child_ends(value == 0x1234567 && mr(5) == 0x5555 && utcb()[BR0] == COMPLETE_SPACE);
}

static void fault_messages(void)
{
	word const id = create_space(NILTHREAD);
	word the_tag;

	*(word *)(pages[2] + 0x123) = 0x1234567;
	send_start(id, touch);
	for (;;) {
		the_tag = ipc(NILTHREAD, id, timeouts(NEVER, time_period(100000)), 0);
		if (the_tag & TAG_ERROR || mr(1) == 0x50000123)
			break;
		EXPECT_TRUE(answer_fault(id, the_tag));
	}
	EXPECT(the_tag, 0xffffffffffe40002);
	EXPECT(mr(2), reads);
	load_mr(0, tag(0, 0, 2));
	load_mr(1, map_item(0x50000000));
	load_mr(2, page_fpage(pages[2]) | RIGHT_R);
	EXPECT(call(id), 0xffffffffffe20002);
	EXPECT(mr(1), 0x50000123);
	EXPECT(mr(2), writes);
	/* An answer with nothing: it faults again. */
	load_mr(0, 0);
	EXPECT(call(id), 0xffffffffffe20002);
	load_mr(0, tag(0, 0, 2));
	load_mr(1, map_item(0x50000000));
	load_mr(2, page_fpage(pages[2]) | RWX);
	EXPECT(send(id) & TAG_ERROR, 0);
	EXPECT(next_message(id), tag(0x99, 1, 0));
	EXPECT(mr(1), 1);
	EXPECT(unmap(page_fpage(pages[2]), 0) & (RIGHT_R | RIGHT_W), RIGHT_R | RIGHT_W);
}

static void memory_types(void)
{
	static const word attributes[4] = {0, 1, 2, 7}, unknown[4] = {0, 0, 0, 99};

	for (word n = 0; n < 4; n++) {
		load_mr(0, page_fpage(pages[3]) | n);
		EXPECT(memory_control(0, attributes), 1);
		load_mr(0, page_fpage(pages[3]) | n);
		EXPECT(memory_control(0, unknown), n != 3);
		if (n == 3)
			EXPECT(error_code(), 5);
	}
	load_mr(0, page_fpage(pages[3]));
	EXPECT(memory_control(0, attributes), 1);
}

const struct test_case memory_cases[] = {
	{"any page: all ones, bit 3 and a third word", "Sigma0", any_page},
	{"another's page is refused with a map item of nothing", "Sigma0", other_owner},
	{"video memory is shared", "Sigma0", shared},
	{"what it does not understand it does not answer", "Sigma0", no_answer},
	{"fault messages to the word, and nothing of the thread's is changed", "Page fault protocol", fault_messages},
	{"attributes of pages", "MemoryControl", memory_types},
	{0},
};
