/* SPDX-License-Identifier: BSD-2-Clause */
/* String items: gathered, scattered, cut, with page faults on either side; every offset to the byte. */
#include "harness.h"

static char source[3 * 4096] __attribute__((aligned(4096)));

static void fill(void)
{
	for (word i = 0; i < sizeof source; i++)
		source[i] = i * 7 + i / 4096;
}
static int is_source(const char *at, word offset, word size)
{
	for (word i = 0; i < size; i++)
		if (at[i] != source[offset + i])
			return 0;
	return 1;
}

/* What the sender sends, with which timeouts, and what it gets. */
static word items[32], item_words, sender_times;
static volatile word sender_tag, sender_code, sender_is_done;

static void send_message(void)
{
	word const to = utcb()[USER_DEFINED_HANDLE];

	utcb()[XFER_TIMEOUTS] = sender_times;
	load_mr(0, tag(0x66, 1, item_words));
	load_mr(1, 0x123);
	for (word i = 0; i < item_words; i++)
		load_mr(2 + i, items[i]);
	sender_tag = send(to);
	sender_code = error_code();
	sender_is_done = 1;
}

static word create_sender(word pager)
{
	word const id = create_thread(pager);
	struct registers regs = {.control = 0x40, .handle = my_global_id()};

	exchange_registers(id, &regs);
	sender_is_done = 0;
	return id;
}
static word start_sender(void)
{
	word const id = create_sender(main_id);

	run_thread(id, send_message);
	return id;
}
static void simple(word start, word size)
{
	items[0] = string_item(size);
	items[1] = start;
	item_words = 2;
}
static void buffer(char *start, word size)
{
	load_br(0, 1);
	load_br(1, string_item(size));
	load_br(2, (word)start);
}

/* Received from id: tag and error are as expected, on both sides. */
static void expect_outcome(word id, word own_code, word senders_code)
{
	word const error = own_code ? TAG_ERROR : 0;

	EXPECT(ipc(NILTHREAD, id, timeouts(NEVER, time_period(1000000)), 0), tag(0x66, 1, item_words) | error);
	if (own_code)
		EXPECT(error_code(), own_code);
	EXPECT(mr(1), 0x123);
	wait_for_value(&sender_is_done, 1);
	EXPECT(own_code ? sender_tag : sender_tag & TAG_ERROR, own_code ? tag(0x66, 1, item_words) | error : 0);
	if (senders_code)
		EXPECT(sender_code, senders_code);
	load_br(0, 0);
}

static void one_string(void)
{
	static const word sizes[] = {1, 7, 4095, 4096, 4097, 3 * 4096};

	fill();
	for (int i = 0; i < 6; i++) {
		simple((word)source, sizes[i]);
		pages[0][sizes[i]] = 99;
		buffer(pages[0], 4 * 4096);
		expect_outcome(start_sender(), 0, 0);
		EXPECT(mr(2), string_item(sizes[i])); /* the sender's words */
		EXPECT(mr(3), source);
		EXPECT_TRUE(is_source(pages[0], 0, sizes[i]));
		EXPECT(pages[0][sizes[i]], 99);
	}
}

/* Three pieces of 100, then (the same string goes on) two of 50; into buffers of 130, 30 and 240. */
static void compound(void)
{
	static const word offsets[] = {4000, 200, 8000, 5000, 100};
	word at = 0;

	fill();
	items[0] = string_item(100) | 2 << 4 | 1 << 9;
	for (int i = 0; i < 3; i++)
		items[1 + i] = (word)source + offsets[i];
	items[4] = string_item(50) | 1 << 4;
	items[5] = (word)source + offsets[3];
	items[6] = (word)source + offsets[4];
	item_words = 7;
	load_br(0, 1);
	load_br(1, string_item(130) | 1 << 9);
	load_br(2, (word)pages[0]);
	load_br(3, string_item(30) | 1 << 4 | 1 << 9);
	load_br(4, (word)pages[0] + 130);
	load_br(5, (word)pages[0] + 160);
	load_br(6, string_item(240));
	load_br(7, (word)pages[0] + 190);
	expect_outcome(start_sender(), 0, 0);
	for (int i = 0; i < 5; i++) {
		word const size = i < 3 ? 100 : 50;

		EXPECT_TRUE(is_source(pages[0] + at, offsets[i], size));
		at += size;
	}
}

static void cut(void)
{
	fill();
	simple((word)source, 5000);
	buffer(pages[0], 4321);
	expect_outcome(start_sender(), 4321UL << 4 | 4 << 1 | 1, 4321UL << 4 | 4 << 1);
	EXPECT_TRUE(is_source(pages[0], 0, 4321));
	/* Strings not accepted at all; a second one without a buffer. */
	load_br(0, 0);
	expect_outcome(start_sender(), 4 << 1 | 1, 4 << 1);
	items[2] = string_item(10);
	items[3] = (word)source;
	item_words = 4;
	buffer(pages[0], 8192);
	expect_outcome(start_sender(), 5000UL << 4 | 4 << 1 | 1, 5000UL << 4 | 4 << 1);
}

static void wait_for_ever(void)
{
	receive(ANYTHREAD);
}

/* 62 words and a string's two: more than there are registers. It is not even begun. */
static void more_than_registers(void)
{
	word const id = start_thread(wait_for_ever);

	wait_for_state(id, WAITING);
	load_mr(0, tag(0x66, 62, 2));
	EXPECT(ipc(id, NILTHREAD, timeouts(NEVER, NEVER), 0), TAG_ERROR);
	EXPECT(error_code(), 4 << 1);
}

/* ---- Page faults ------------------------------------------------------------------------------------------------- */

/* Pagers that do not answer: one does not even take the fault. */
static void sleep_for_ever(void)
{
	sleep_for(NEVER);
}
static word pager_that(void (*f)(void))
{
	word const id = start_thread(f);

	wait_for_state(id, WAITING);
	return id;
}
static word deaf_pager(void)
{
	return pager_that(sleep_for_ever);
}

static void faults_answered(void)
{
	fill();
	simple((word)source, 3 * 4096);
	buffer(pages[0] + 100, 3 * 4096);
	flush_page(source + 4096);
	flush_page(pages[1]);
	flush_page(pages[3]);
	expect_outcome(start_sender(), 0, 0);
}

/* Whose time is over first gets 5, its partner 6; at a tie the sender has it. The fault's side does not matter. */
static void transfer_timeouts(void)
{
	static const struct {
		word sender, receiver; /* send timeout of the one, receive timeout of the other, in ms */
		word own, senders;
	} cases[] = {{0, 5, 5, 6}, {5, 0, 6, 5}, {5, 50, 6, 5}, {50, 5, 5, 6}, {5, 5, 6, 5}};
	word const deaf = deaf_pager();
	word const kept = utcb()[PAGER];

	for (int side = 0; side < 2; side++) {
		for (int i = 0; i < 5; i++) {
			word const id = create_sender(side == 0 ? deaf : main_id);
			word const missing = side == 0 ? 4096 : 3996;
			word start;

			fill();
			simple((word)source, 2 * 4096);
			buffer(pages[0] + 100, 2 * 4096);
			sender_times = (cases[i].sender ? time_period(cases[i].sender * 1000) : NEVER) << 16;
			utcb()[XFER_TIMEOUTS] = cases[i].receiver ? time_period(cases[i].receiver * 1000) : NEVER;
			flush_page(side == 0 ? source + 4096 : pages[1]);
			if (side == 1)
				utcb()[PAGER] = deaf;
			start = system_clock();
			run_thread(id, send_message);
			expect_outcome(id, missing << 4 | cases[i].own << 1 | 1, missing << 4 | cases[i].senders << 1);
			EXPECT_TRUE(system_clock() - start >= 4900);
			utcb()[PAGER] = kept;
			*(volatile char *)(source + 4096);
			*(volatile char *)pages[1];
		}
	}
	/* Zero on one side, and a page that would come. */
	fill();
	flush_page(pages[1]);
	sender_times = ZERO << 16;
	utcb()[XFER_TIMEOUTS] = NEVER;
	buffer(pages[0] + 100, 2 * 4096);
	expect_outcome(start_sender(), 3996UL << 4 | 6 << 1 | 1, 3996UL << 4 | 5 << 1);
	sender_times = NEVER;
}

static word victim, how;
static void abort_victim(void)
{
	struct registers regs = {.control = how};

	while (state_of(victim) != (how & 4 ? SENDING : RECEIVING))
		thread_switch(NILTHREAD);
	sleep_for(time_period(2000));
	exchange_registers(victim, &regs);
	EXPECT(regs.control & 7, how & 6);
}

/* A transfer that waits for a pager is aborted from outside: error 7, how far it was, both sides. */
static void aborted_transfers(void)
{
	word const deaf = deaf_pager();
	word const kept = utcb()[PAGER];

	for (how = 0x202; how <= 0x204; how += 2) {
		word const id = create_sender(how == 0x202 ? deaf : main_id);
		word const missing = how == 0x202 ? 4096 : 3996;

		fill();
		simple((word)source, 2 * 4096);
		buffer(pages[0] + 100, 2 * 4096);
		utcb()[XFER_TIMEOUTS] = NEVER;
		flush_page(how == 0x202 ? source + 4096 : pages[1]);
		if (how == 0x204)
			utcb()[PAGER] = deaf;
		victim = how == 0x202 ? my_global_id() : id;
		run_thread(id, send_message);
		start_thread(abort_victim);
		expect_outcome(id, missing << 4 | 7 << 1 | 1, missing << 4 | 7 << 1);
		utcb()[PAGER] = kept;
		*(volatile char *)(source + 4096);
		*(volatile char *)pages[1];
	}
}

static void delete_victim(void)
{
	while (state_of(victim) != SENDING)
		thread_switch(NILTHREAD);
	sleep_for(time_period(2000));
	delete_thread(victim);
}

static void deleted_sender(void)
{
	word const id = create_sender(deaf_pager());

	fill();
	simple((word)source, 2 * 4096);
	buffer(pages[0], 2 * 4096);
	utcb()[XFER_TIMEOUTS] = NEVER;
	flush_page(source + 4096);
	victim = id;
	run_thread(id, send_message);
	start_thread(delete_victim);
	EXPECT(ipc(NILTHREAD, id, timeouts(NEVER, time_period(1000000)), 0), tag(0x66, 1, 2) | TAG_ERROR);
	EXPECT(error_code(), 4096UL << 4 | 7 << 1 | 1);
	load_br(0, 0);
}

/* A fault of the sender's that its pager has taken, or answered, leaves the offset as it was. */
static void offset_behind_a_fault(void)
{
	word id;

	fill();
	simple((word)source, 8000);
	buffer(pages[0], 5000);
	flush_page(source + 4096);
	utcb()[XFER_TIMEOUTS] = NEVER;
	expect_outcome(start_sender(), 5000UL << 4 | 4 << 1 | 1, 5000UL << 4 | 4 << 1);

	id = create_sender(pager_that(wait_for_ever));
	buffer(pages[0], 8192);
	flush_page(source + 4096);
	utcb()[XFER_TIMEOUTS] = time_period(5000);
	run_thread(id, send_message);
	expect_outcome(id, 4096UL << 4 | 5 << 1 | 1, 4096UL << 4 | 6 << 1);
}

const struct test_case string_cases[] = {
	{"one string of any size", "StringItem", one_string},
	{"pieces are gathered and scattered", "StringItem", compound},
	{"too short, not accepted, one too many: error 4 and the offset", "StringItem", cut},
	{"more words and items than registers", "Message tag", more_than_registers},
	{"pages that are missing on both sides come", "Transfer faults", faults_answered},
	{"transfer timeouts: 5 for the shorter, 6 for the other, and the offset", "XferTimeouts", transfer_timeouts},
	{"an abort in a transfer: error 7 for both, and the offset", "ExchangeRegisters", aborted_transfers},
	{"the sender is deleted in a transfer", "ThreadControl", deleted_sender},
	{"an offset counts what was copied before a fault of the sender's", "Transfer faults", offset_behind_a_fault},
	{0},
};
