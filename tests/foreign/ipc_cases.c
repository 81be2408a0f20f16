/* SPDX-License-Identifier: BSD-2-Clause */
/* Words and items, errors, propagation, exceptions. */
#include "harness.h"

/* Answers every message with its words, each plus 1. */
static void serve(void)
{
	word client;

	ipc(NILTHREAD, ANYTHREAD, timeouts(NEVER, NEVER), &client);
	for (;;) {
		word const u = mr(0) & 0x3f;

		for (word i = 1; i <= u; i++)
			load_mr(i, mr(i) + 1);
		load_mr(0, tag(0x321, u, 0));
		ipc(client, ANYTHREAD, timeouts(ZERO, NEVER), &client);
	}
}

static void words(void)
{
	word const server = start_thread(serve);
	word from;

	for (word u = 0; u <= 63; u++) {
		for (word i = 1; i <= 63; i++)
			load_mr(i, 1000 * u + i);
		/* E and X in what is sent mean nothing. */
		load_mr(0, tag(0x55, u, 0) | TAG_ERROR | 1 << 14);
		EXPECT((u & 1 ? ipc : lipc)(server, server, timeouts(NEVER, NEVER), &from), tag(0x321, u, 0));
		EXPECT(from, local_id_of(server));
		for (word i = 1; i <= u; i++)
			EXPECT(mr(i), 1000 * u + i + 1);
	}
}

/* RDI comes back as the UTCB's address, whatever it was. */
static void returned_utcb(void)
{
	word const server = start_thread(serve);
	word *out;

	load_mr(0, tag(0, 1, 0));
	message_call(call_ipc, server, server, 0x1234, timeouts(NEVER, NEVER), &out);
	EXPECT(out, utcb());
	message_call(call_ipc, NILTHREAD, server, 0x1234, timeouts(NEVER, ZERO), &out);
	EXPECT(out, utcb());
	message_call(call_lipc, server, NILTHREAD, 0, timeouts(NEVER, NEVER), &out);
	EXPECT(out, utcb());
	load_mr(0, 0);
	message_call(call_unmap, 0, 0, 0x1234, 0, &out);
	EXPECT(out, utcb());
}

static void send_to_worker(void)
{
	load_mr(0, tag(0x11, 1, 0));
	load_mr(1, my_global_id());
	send(utcb()[USER_DEFINED_HANDLE]);
}

/* A sender whose handle says to whom. */
static word start_sender(word to)
{
	word const id = create_thread(main_id);
	struct registers regs = {.control = 0x40, .handle = to};

	exchange_registers(id, &regs);
	run_thread(id, send_to_worker);
	return id;
}

static void specifiers(void)
{
	word const first = start_sender(my_global_id()), second = start_sender(my_local_id());
	word from;

	wait_for_state(first, PENDING_SEND);
	wait_for_state(second, PENDING_SEND);
	/* Not the first in the queue, but the one that is asked for. */
	EXPECT(ipc(NILTHREAD, second, timeouts(NEVER, ZERO), &from), tag(0x11, 1, 0));
	EXPECT(from, local_id_of(second));
	EXPECT(mr(1), second);
	EXPECT(ipc(NILTHREAD, ANYLOCALTHREAD, timeouts(NEVER, ZERO), &from), tag(0x11, 1, 0));
	EXPECT(from, local_id_of(first));
	EXPECT(ipc(NILTHREAD, ANYLOCALTHREAD, timeouts(NEVER, ZERO), &from), TAG_ERROR);
	EXPECT(error_code(), 1 << 1 | 1);
}

static void errors(void)
{
	word const deaf = create_thread(main_id);
	word start = system_clock();

	load_mr(0, tag(0x55, 5, 0));
	EXPECT(ipc(deaf, deaf, timeouts(time_period(3000), NEVER), 0), TAG_ERROR);
	EXPECT(error_code(), 1 << 1);
	EXPECT_TRUE(system_clock() - start >= time_period(3000) % 1024 << (time_period(3000) >> 10));
	start = system_clock();
	EXPECT(ipc(NILTHREAD, deaf, timeouts(NEVER, time_period(3000)), 0), TAG_ERROR);
	EXPECT(error_code(), 1 << 1 | 1);
	EXPECT_TRUE(system_clock() - start >= time_period(3000) % 1024 << (time_period(3000) >> 10));
	EXPECT(send(ANYTHREAD), TAG_ERROR);
	EXPECT(error_code(), 2 << 1);
	EXPECT(send(deaf + 1), TAG_ERROR);
	EXPECT(error_code(), 2 << 1);
	EXPECT(receive(new_id()), TAG_ERROR);
	EXPECT(error_code(), 2 << 1 | 1);
	/* Neither phase. */
	load_mr(0, tag(0x55, 5, 0));
	EXPECT(ipc(NILTHREAD, NILTHREAD, timeouts(NEVER, NEVER), 0) & TAG_ERROR, 0);
}

/* ---- Items ------------------------------------------------------------------------------------------------------- */

static volatile word result, code;
static word wanted_items;

static void send_items(void)
{
	load_mr(0, tag(0x22, 1, 2));
	load_mr(1, 77);
	load_mr(2, wanted_items == 1 ? grant_item(0) : map_item(0));
	load_mr(3, page_fpage(pages[0]) | RIGHT_R | (wanted_items == 1 ? RWX : 0));
	result = send(utcb()[USER_DEFINED_HANDLE]);
	code = error_code();
}

static word start_item_sender(void)
{
	word const id = create_thread(main_id);
	struct registers regs = {.control = 0x40, .handle = my_global_id()};

	exchange_registers(id, &regs);
	result = code = ~0UL;
	run_thread(id, send_items);
	return id;
}

static void refused_item(void)
{
	word const id = start_item_sender();

	load_br(0, 0);
	EXPECT(receive(id), tag(0x22, 1, 2) | TAG_ERROR);
	EXPECT(error_code(), 4 << 1 | 1);
	wait_for_value(&result, tag(0x22, 1, 2) | TAG_ERROR);
	EXPECT(code, 4 << 1);
}

/* Within one space: the same frame at two addresses, then at the second only. */
static void mapped_and_granted(void)
{
	volatile char *const there = (char *)0x40000000;
	word id;

	pages[0][5] = 55;
	for (wanted_items = 0; wanted_items < 2; wanted_items++) {
		id = start_item_sender();
		load_br(0, fpage((word)there, 12));
		EXPECT(receive(id), tag(0x22, 1, 2));
		EXPECT(mr(1), 77);
		EXPECT(mr(2), wanted_items == 1 ? 0xa : 8);
		EXPECT(mr(3), page_fpage(pages[0]) | (wanted_items == 1 ? RWX : RIGHT_R));
		load_br(0, 0);
		EXPECT(there[5], 55);
	}
	wanted_items = 0;
	there[5] = 66;
	EXPECT(unmap(fpage((word)there, 12) | RWX, 1) & RIGHT_W, RIGHT_W);
}

/* Status: what has been done to the page, here or where it is mapped; then it is reset. */
static void status(void)
{
	volatile char *const page = pages[1];

	*page = 1;
	unmap(page_fpage(pages[1]), 0);
	EXPECT(unmap(page_fpage(pages[1]), 0) & (RIGHT_W | RIGHT_R), 0);
	(void)*page;
	EXPECT(unmap(page_fpage(pages[1]), 0) & (RIGHT_W | RIGHT_R), RIGHT_R);
	*page = 2;
	EXPECT(unmap(page_fpage(pages[1]), 0) & ~(RIGHT_X), page_fpage(pages[1]) | RIGHT_W | RIGHT_R);
	EXPECT(unmap(0, 1), 0);
}

/* ---- Propagation, redirection ------------------------------------------------------------------------------------ */

static word virtual_sender;
static void propagate(void)
{
	load_mr(0, tag(0x33, 1, 0) | TAG_PROPAGATED);
	load_mr(1, 5);
	utcb()[ACTUAL_SENDER] = virtual_sender;
	send(utcb()[USER_DEFINED_HANDLE]);
}

static void propagation(void)
{
	word const id = create_thread(main_id);
	struct registers regs = {.control = 0x40, .handle = my_global_id()};
	word from;

	virtual_sender = create_thread(main_id);
	exchange_registers(id, &regs);
	run_thread(id, propagate);
	/* A closed receive from the virtual sender takes it. */
	EXPECT(ipc(NILTHREAD, virtual_sender, timeouts(NEVER, time_period(100000)), &from),
	       tag(0x33, 1, 0) | TAG_PROPAGATED);
	EXPECT(from, local_id_of(virtual_sender));
	EXPECT(global_id_of(utcb()[ACTUAL_SENDER]), id);
	/* In whose name nobody of us may speak: an ordinary message. */
	virtual_sender = global_id(user_base(kip), 1);
	run_thread(id, propagate);
	EXPECT(ipc(NILTHREAD, id, timeouts(NEVER, time_period(100000)), &from), tag(0x33, 1, 0));
	EXPECT(from, local_id_of(id));
}

static word others[2];
static void talk_to_others(void)
{
	for (int i = 0; i < 2; i++) {
		load_mr(0, tag(0x44, 1, 0));
		load_mr(1, i);
		load_mr(0, send(others[i]) & TAG_ERROR);
	}
	child_ends(1);
}

/* The redirector's space is open to it; what goes to sigma0 comes to the redirector. */
static void redirection(void)
{
	word const id = create_space(my_global_id());

	others[0] = my_global_id();
	others[1] = global_id(user_base(kip), 1);
	send_start(id, talk_to_others);
	EXPECT(next_message(id), tag(0x44, 1, 0));
	EXPECT(mr(1), 0);
	EXPECT(next_message(id), tag(0x44, 1, 0) | TAG_REDIRECTED);
	EXPECT(mr(1), 1);
	EXPECT(utcb()[INTENDED_RECEIVER], others[1]);
	EXPECT(next_message(id), tag(0x99, 1, 0));
}

/* ---- Exceptions -------------------------------------------------------------------------------------------------- */

static volatile word after_exception;
extern char undefined[];
static void raise(void)
{
	word rax = 0x1111, rbx = 0x2222;

	utcb()[EXCEPTION_HANDLER] = utcb()[USER_DEFINED_HANDLE];
	load_mr(9, 0x9999);
	utcb()[ERROR_CODE] = 0x4321;
	__asm__ __volatile__("undefined: ud2" : "+a"(rax), "+b"(rbx));
	EXPECT(rax, 0x7777);
	EXPECT(rbx, 0x2222);
	EXPECT(mr(9), 0x9999);
	EXPECT(error_code(), 0x4321);
	after_exception = 1;
}

static void exception(void)
{
	word const id = create_thread(main_id);
	struct registers regs = {.control = 0x40, .handle = my_global_id()};
	word from;

	exchange_registers(id, &regs);
	run_thread(id, raise);
	EXPECT(ipc(NILTHREAD, ANYTHREAD, timeouts(NEVER, time_period(100000)), &from), 0xffffffffffb00014);
	EXPECT(from, local_id_of(id));
	EXPECT(mr(1), undefined);
	EXPECT(mr(2), 0x2222);
	EXPECT(mr(8), 0x1111);
	EXPECT(mr(19), 6);
	EXPECT(mr(20), 0);
	load_mr(0, tag(0x10, 20, 0));
	load_mr(1, mr(1) + 2);
	load_mr(8, 0x7777);
	EXPECT(send(from) & TAG_ERROR, 0);
	wait_for_value(&after_exception, 1);
}

/* Few words in the answer: what it does not name stays. */
extern char undefined_again[];
static void raise_again(void)
{
	word rax = 0x1111, rbx = 0x2222;

	utcb()[EXCEPTION_HANDLER] = utcb()[USER_DEFINED_HANDLE];
	__asm__ __volatile__("undefined_again: ud2" : "+a"(rax), "+b"(rbx));
	EXPECT(rax, 0x1111);
	EXPECT(rbx, 0x2222);
	after_exception = 2;
}

static void short_answers(void)
{
	word const id = create_thread(main_id);
	struct registers regs = {.control = 0x40, .handle = my_global_id()};

	exchange_registers(id, &regs);
	run_thread(id, raise_again);
	EXPECT(receive(id), 0xffffffffffb00014);
	load_mr(0, 0); /* it runs into it again */
	EXPECT(call(id), 0xffffffffffb00014);
	EXPECT(mr(1), undefined_again);
	load_mr(0, tag(0, 1, 0));
	load_mr(1, mr(1) + 2);
	load_mr(2, 0x3333);
	EXPECT(send(id) & TAG_ERROR, 0);
	wait_for_value(&after_exception, 2);
}

/* Its own wait for the real sender moves to the receiver of the message in its name. */
static word forwarder, last_server;
static volatile word answered;
static void ask_forwarder(void)
{
	load_mr(0, tag(0x61, 0, 0));
	answered = ipc(forwarder, forwarder, timeouts(NEVER, NEVER), 0);
}
static void forward(void)
{
	word from;

	ipc(NILTHREAD, ANYTHREAD, timeouts(NEVER, NEVER), &from);
	load_mr(0, tag(0x61, 0, 0) | TAG_PROPAGATED);
	utcb()[ACTUAL_SENDER] = global_id_of(from);
	send(last_server);
}
static void moved_wait(void)
{
	word const asker = create_thread(main_id);
	word from;

	last_server = my_global_id();
	answered = 0;
	forwarder = start_thread(forward);
	run_thread(asker, ask_forwarder);
	EXPECT(ipc(NILTHREAD, ANYTHREAD, timeouts(NEVER, time_period(100000)), &from),
	       tag(0x61, 0, 0) | TAG_PROPAGATED);
	EXPECT(from, local_id_of(asker));
	EXPECT(global_id_of(utcb()[ACTUAL_SENDER]), forwarder);
	load_mr(0, tag(0x62, 0, 0));
	EXPECT(ipc(asker, NILTHREAD, timeouts(ZERO, NEVER), 0) & TAG_ERROR, 0);
	wait_for_value(&answered, tag(0x62, 0, 0));
}

const struct test_case ipc_cases[] = {
	{"0 to 63 words, by Ipc and Lipc", "Ipc", words},
	{"RDI is the UTCB's address afterwards", "Ipc", returned_utcb},
	{"closed, local and open receives", "Ipc", specifiers},
	{"timeouts and missing partners", "Ipc", errors},
	{"an item that is not accepted: error 4 for both, the tag is kept", "MapItem", refused_item},
	{"map and grant between threads of one space", "MapItem, GrantItem", mapped_and_granted},
	{"status of a page", "Unmap", status},
	{"a message in another's name", "Propagation", propagation},
	{"a redirector's own space is open", "Redirection", redirection},
	{"an exception, answered with other registers", "Exception protocol", exception},
	{"an exception, answered in few words", "Exception protocol", short_answers},
	{"a message passed on: who waits for the answer gets it from the last", "Propagation", moved_wait},
	{0},
};
