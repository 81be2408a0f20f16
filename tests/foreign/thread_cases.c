/* SPDX-License-Identifier: BSD-2-Clause */
/* ThreadControl, SpaceControl, ExchangeRegisters, Schedule. */
#include "harness.h"

static volatile word counter, seen;

static void count(void)
{
	for (;;)
		counter++;
}
static void note_start(void)
{
	seen = my_global_id();
}

static void start_by_message(void)
{
	word const id = create_thread(my_global_id());

	EXPECT(state_of(id), WAITING);
	EXPECT(ipc(NILTHREAD, id, timeouts(NEVER, ZERO), 0), TAG_ERROR); /* it sends nothing */
	send_start(id, note_start);
	wait_for_value(&seen, id);
	delete_thread(id);
	EXPECT(state_of(id), 0);
	EXPECT(error_code(), 2);
}

static void start_by_registers(void)
{
	word const id = create_thread(main_id);

	EXPECT(utcb()[PAGER], main_id);
	run_thread(id, note_start);
	wait_for_value(&seen, id);
	wait_for_state(id, WAITING);
}

static void stop_and_go_on(void)
{
	struct registers regs = {.control = 0x301};
	word const id = start_thread(count);
	word stopped_at;

	wait_for_state(id, RUNNING);
	while (!counter)
		thread_switch(id);
	EXPECT(exchange_registers(id, &regs), local_id_of(id));
	EXPECT(regs.control & 1, 0);
	EXPECT(regs.control & 6, 0);
	EXPECT_TRUE(regs.ip >= (word)count && regs.ip < (word)count + 64);
	EXPECT(regs.pager, main_id);
	stopped_at = counter;
	sleep_for(time_period(3000));
	EXPECT(counter, stopped_at);
	EXPECT(state_of(id), HALTED);
	regs = (struct registers){.control = 0x200};
	exchange_registers(id, &regs);
	EXPECT(regs.control & 1, 1);
	regs = (struct registers){.control = 0x100}; /* h, and H is 0 */
	exchange_registers(id, &regs);
	while (counter == stopped_at)
		thread_switch(id);
}

static void handle_and_pager(void)
{
	word const id = create_thread(main_id);
	struct registers regs = {.control = 0x40, .handle = 0xfeed};

	exchange_registers(id, &regs);
	regs = (struct registers){.control = 0x80, .pager = my_global_id()};
	exchange_registers(id, &regs);
	EXPECT(regs.pager, main_id);
	regs = (struct registers){.control = 0x200};
	exchange_registers(local_id_of(id), &regs);
	EXPECT(regs.handle, 0xfeed);
	EXPECT(regs.pager, my_global_id());
}

static volatile word wait_result, wait_code, wait_times;
static void wait_for_nobody(void)
{
	wait_result = receive(ANYTHREAD);
	wait_code = error_code();
	wait_times++;
	wait_result = send(create_thread(main_id));
	wait_code = error_code();
	wait_times++;
}

static void wait_for_anybody(void)
{
	receive(ANYTHREAD);
}

static void cancelled_ipc(void)
{
	struct registers regs = {.control = 0x202};
	word const id = start_thread(wait_for_nobody);

	wait_for_state(id, WAITING);
	exchange_registers(id, &regs);
	EXPECT(regs.control & 7, 2);
	wait_for_value(&wait_times, 1);
	EXPECT(wait_result, TAG_ERROR);
	EXPECT(wait_code, 3 << 1 | 1);
	wait_for_state(id, PENDING_SEND);
	regs = (struct registers){.control = 0x204};
	exchange_registers(id, &regs);
	EXPECT(regs.control & 7, 4);
	wait_for_value(&wait_times, 2);
	EXPECT(wait_result, TAG_ERROR);
	EXPECT(wait_code, 3 << 1);
}

static void partner_vanishes(void)
{
	word const waiting = start_thread(wait_for_anybody);
	word stale;

	wait_for_state(waiting, WAITING);
	stale = waiting + 1;
	/* A new version: the old name means nobody, and the IPC in progress ends. */
	EXPECT(thread_control(stale, my_global_id(), NILTHREAD, NILTHREAD, ~0UL), 1);
	EXPECT(send(waiting), TAG_ERROR);
	EXPECT(error_code(), 2 << 1);
	EXPECT(ipc(NILTHREAD, waiting, timeouts(NEVER, ZERO), 0), TAG_ERROR);
	EXPECT(error_code(), 2 << 1 | 1);
	delete_thread(stale);
}

static void thread_control_errors(void)
{
	word const me = my_global_id(), id = new_id(), place = utcb_location(thread_no(id));

	EXPECT(thread_control(id, id, NILTHREAD, NILTHREAD, ~0UL), 0);
	EXPECT(error_code(), 4);
	EXPECT(thread_control(id, new_id(), main_id, NILTHREAD, ~0UL), 0);
	EXPECT(error_code(), 3);
	EXPECT(thread_control(global_id(user_base(kip) - 1, 1), me, main_id, main_id, place), 0);
	EXPECT(error_code(), 2);
	EXPECT(thread_control(id, me, main_id, main_id, place + 8), 0);
	EXPECT(error_code(), 6);
	EXPECT(thread_control(id, me, main_id, main_id, ~0UL), 0);
	EXPECT(error_code(), 6);
	EXPECT(thread_control(id, me, main_id, main_id, 0x1000), 0);
	EXPECT(error_code(), 6);
	EXPECT(thread_control(id, me, main_id, main_id, place), 1);
	EXPECT(thread_control(id, me, NILTHREAD, NILTHREAD, place), 0); /* it is active */
	EXPECT(error_code(), 6);
	/* A space without areas has no place for an active thread. */
	{
		word const first = new_id();

		EXPECT(thread_control(first, first, main_id, NILTHREAD, ~0UL), 1);
		EXPECT(thread_control(first, first, NILTHREAD, main_id, 0x80000000), 0);
		EXPECT_TRUE(error_code() == 3 || error_code() == 6);
	}
	/* Deleting nobody is no mistake. */
	EXPECT(thread_control(new_id(), NILTHREAD, NILTHREAD, NILTHREAD, ~0UL), 1);
}

static void space_control_errors(void)
{
	word const id = new_id(), kip_area = fpage((word)kip, 12), utcbs = fpage(0x80000000, 20);
	word old;

	EXPECT(thread_control(id, id, main_id, NILTHREAD, ~0UL), 1);
	EXPECT(space_control(new_id(), 0, kip_area, utcbs, NILTHREAD, &old), 0);
	EXPECT(error_code(), 3);
	EXPECT(space_control(id, 0, kip_area, fpage(0x80000000, 11), NILTHREAD, &old), 0);
	EXPECT(error_code(), 6);
	EXPECT(space_control(id, 0, fpage((word)kip, 11), utcbs, NILTHREAD, &old), 0);
	EXPECT(error_code(), 7);
	EXPECT(space_control(id, 0, fpage(0x80001000, 12), utcbs, NILTHREAD, &old), 0);
	EXPECT(error_code(), 7);
	EXPECT(space_control(id, 0, kip_area, utcbs, NILTHREAD, &old), 1);
	EXPECT(old, 0);
}

static void child(void)
{
	word version, flags, id, *const mrs = utcb();
	word const base = (word)kernel_interface(&version, &flags, &id);

	print("# a child has the serial line\n");
	child_ends(base == (word)kip &&
		   mrs == (word *)(0x80000200 + 1024 * (thread_no(my_global_id()) - user_base(kip) - 3)));
}

/* Error 1, three times. */
static void unprivileged_child(void)
{
	word code = 0;

	if (thread_control(global_id(0x3000, 1), my_global_id(), main_id, NILTHREAD, ~0UL) == 0)
		code |= error_code();
	if (space_control(my_global_id(), 0, 0, 0, NILTHREAD, &old_word) == 0)
		code |= error_code() << 8;
	load_mr(0, 0);
	{
		static const word attributes[4] = {0, 0, 0, 0};

		if (memory_control(0, attributes) == 0)
			code |= error_code() << 16;
	}
	child_ends(code);
}

static void another_space(void)
{
	EXPECT(run_child(create_space(NILTHREAD), child), 1);
	EXPECT(run_child(create_space(NILTHREAD), unprivileged_child), 0x10101);
}

static void scheduling(void)
{
	word const id = create_thread(main_id);
	word old;

	EXPECT(state_of(my_global_id()), RUNNING);
	EXPECT(schedule(id, NO_CHANGE, NO_CHANGE, NO_CHANGE, NO_CHANGE, &old), WAITING);
	EXPECT(old >> 16 & 0xffff, 4 << 10 | 625); /* 10 ms */
	EXPECT(old & 0xffff, NEVER);
	/* The upper half of a time control is what an int has left there. */
	EXPECT(schedule(id, GARBAGE | time_period(5000) << 16 | NEVER, NO_CHANGE, NO_CHANGE, NO_CHANGE, &old), WAITING);
	EXPECT(schedule(id, NO_CHANGE, NO_CHANGE, NO_CHANGE, NO_CHANGE, &old), WAITING);
	EXPECT(old >> 16 & 0xffff, time_period(5000));
	EXPECT(schedule(id, NO_CHANGE, NO_CHANGE, 50, NO_CHANGE, &old), WAITING);
	EXPECT(schedule(id, NO_CHANGE, NO_CHANGE, 101, NO_CHANGE, &old), 0); /* our own is 100 */
	EXPECT(error_code(), 5);
	EXPECT(schedule(id, NO_CHANGE, 1, NO_CHANGE, NO_CHANGE, &old), 0);
	EXPECT(error_code(), 5);
	EXPECT(schedule(id, ZERO << 16 | NEVER, NO_CHANGE, NO_CHANGE, NO_CHANGE, &old), 0);
	EXPECT(error_code(), 5);
	EXPECT(schedule(id, 0x8123UL << 16 | NEVER, NO_CHANGE, NO_CHANGE, NO_CHANGE, &old), 0);
	EXPECT(error_code(), 5);
	EXPECT(schedule(new_id(), NO_CHANGE, NO_CHANGE, NO_CHANGE, NO_CHANGE, &old), 0);
	EXPECT(error_code(), 2);
}

static volatile word turns[3];
static void take_turns(void)
{
	word const n = thread_no(my_global_id()) % 3;

	while (turns[n] < 5) {
		turns[n]++;
		thread_switch(NILTHREAD);
	}
}

static void yielding(void)
{
	for (int i = 0; i < 3; i++)
		start_thread(take_turns);
	for (int i = 0; i < 20; i++)
		thread_switch(NILTHREAD);
	for (int i = 0; i < 3; i++)
		EXPECT(turns[i], 5);
}

/* Wherever no global name is asked for. */
static void local_names(void)
{
	word const me = my_local_id(), id = new_id();

	EXPECT(thread_control(id, me, me, me, utcb_location(thread_no(id))), 1);
	EXPECT(schedule(local_id_of(id), NO_CHANGE, NO_CHANGE, 90, NO_CHANGE, &old_word), WAITING);
	send_start(id, note_start);
	thread_switch(local_id_of(id));
	wait_for_value(&seen, id);
	EXPECT(thread_control(id, me, NILTHREAD, NILTHREAD, ~0UL), 1);
	EXPECT(ipc(NILTHREAD, local_id_of(id), timeouts(NEVER, ZERO), 0), TAG_ERROR);
	EXPECT(error_code(), 1 << 1 | 1);
	/* But dest is global. */
	EXPECT(thread_control(local_id_of(id), me, NILTHREAD, NILTHREAD, ~0UL), 0);
}

/* Halted in a receive: the message still comes, the thread goes on when it is let. */
static void halted_in_ipc(void)
{
	struct registers regs = {.control = 0x101};
	word const id = start_thread(wait_for_nobody);

	wait_times = 0;
	wait_for_state(id, WAITING);
	exchange_registers(id, &regs);
	EXPECT(regs.control & 7, 2);
	load_mr(0, tag(0x77, 1, 0));
	EXPECT(ipc(id, NILTHREAD, timeouts(ZERO, NEVER), 0) & TAG_ERROR, 0);
	sleep_for(time_period(3000));
	EXPECT(wait_times, 0);
	EXPECT(state_of(id), HALTED);
	regs = (struct registers){.control = 0x100};
	exchange_registers(id, &regs);
	EXPECT(regs.control & 7, 1);
	wait_for_value(&wait_times, 1);
	EXPECT(wait_result, tag(0x77, 1, 0));
}

/* A thread without a UTCB is waited for. */
static void inactive_partner(void)
{
	word const id = new_id();

	EXPECT(thread_control(id, my_global_id(), main_id, NILTHREAD, ~0UL), 1);
	EXPECT(state_of(id), HALTED);
	EXPECT(other_name(id), NILTHREAD);
	EXPECT(error_code(), 2);
	EXPECT(ipc(id, NILTHREAD, timeouts(time_period(2000), NEVER), 0), TAG_ERROR);
	EXPECT(error_code(), 1 << 1);
	EXPECT(thread_control(id, my_global_id(), NILTHREAD, main_id, utcb_location(thread_no(id))), 1);
	run_thread(id, note_start);
	wait_for_value(&seen, id);
}

static volatile word there;
static void look_around(void)
{
	sleep_for(time_period(1000));
	there = 1;
	for (;;)
		thread_switch(NILTHREAD);
}

/* With its registers, and its UTCB at the same place: there the next space's pager has to bring its pages. */
static void migration(void)
{
	word const child_space = create_space(NILTHREAD), id = create_space(NILTHREAD);

	send_start(id, look_around);
	EXPECT(next_message(id), TAG_ERROR);
	EXPECT(there, 1);
	EXPECT(thread_control(id, child_space, NILTHREAD, NILTHREAD, ~0UL), 1);
	EXPECT(ipc(NILTHREAD, id, timeouts(NEVER, time_period(100000)), 0) & ~0x70000UL, 0xffffffffffe00002);
	EXPECT_TRUE(answer_fault(id, 0xffffffffffe40002));
	EXPECT(next_message(id), TAG_ERROR);
	EXPECT(state_of(id), RUNNING);
}

const struct test_case thread_cases[] = {
	{"a start message from the pager", "Thread start", start_by_message},
	{"a start by ExchangeRegisters", "ExchangeRegisters", start_by_registers},
	{"stop, look, go on", "ExchangeRegisters", stop_and_go_on},
	{"handle and pager, by either name", "ExchangeRegisters", handle_and_pager},
	{"an IPC is cancelled: error 3 in its phase", "ExchangeRegisters", cancelled_ipc},
	{"a new version: error 2 for the old name", "ThreadControl", partner_vanishes},
	{"errors of ThreadControl", "ThreadControl", thread_control_errors},
	{"errors of SpaceControl", "SpaceControl", space_control_errors},
	{"a space with the KIP in the same place and 1000 UTCBs", "SpaceControl", another_space},
	{"states, times, priorities", "Schedule", scheduling},
	{"everybody gets a turn", "ThreadSwitch", yielding},
	{"local names where no global one is asked for", "Thread IDs", local_names},
	{"a halted thread's IPC goes on, it does not", "ExchangeRegisters", halted_in_ipc},
	{"an inactive thread is a partner to wait for", "Ipc, ThreadControl", inactive_partner},
	{"a thread moves to another space", "ThreadControl", migration},
	{0},
};
