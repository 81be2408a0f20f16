/* SPDX-License-Identifier: BSD-2-Clause */
#include "harness.h"

word call_space_control, call_thread_control, call_processor_control, call_memory_control, call_ipc, call_lipc,
	call_unmap, call_exchange_registers, call_system_clock, call_thread_switch, call_schedule;

const char *kip;
word main_id, old_word;
char pages[16][PAGE_SIZE] __attribute__((aligned(4096)));

extern char _start[], end[], thread_start[];

void init_calls(void)
{
	word *const links[] = {&call_space_control,
			       &call_thread_control,
			       &call_processor_control,
			       &call_memory_control,
			       &call_ipc,
			       &call_lipc,
			       &call_unmap,
			       &call_exchange_registers,
			       &call_system_clock,
			       &call_thread_switch,
			       &call_schedule};

	for (int i = 0; i < 11; i++)
		*links[i] = kip_word(kip, 0x1a0 + 8 * i);
}

/* ---- The console ------------------------------------------------------------------------------------------------- */

static void put(char letter)
{
	unsigned char status;

	do
		__asm__ __volatile__("in %%dx, %%al" : "=a"(status) : "d"(0x3f8 + 5));
	while (!(status & 0x20));
	__asm__ __volatile__("out %%al, %%dx" : : "a"(letter), "d"(0x3f8));
}

void print(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			put('\r');
		put(*text);
	}
}

void print_hex(word value)
{
	int digits = 1;

	while (digits < 16 && value >> 4 * digits)
		digits++;
	while (digits--)
		put("0123456789abcdef"[value >> 4 * digits & 15]);
}

static void print_number(word value)
{
	if (value >= 10)
		print_number(value / 10);
	put('0' + value % 10);
}

/* ---- What a case has to say -------------------------------------------------------------------------------------- */

static struct failure {
	const char *what, *file;
	word line, actual, expected;
} failures[8];
static volatile word failure_count;

void expect(word actual, word expected, const char *what, const char *file, int line)
{
	if (actual == expected)
		return;
	if (failure_count < 8)
		failures[failure_count] = (struct failure){what, file, line, actual, expected};
	failure_count++;
}

static void print_failures(void)
{
	for (word i = 0; i < failure_count && i < 8; i++) {
		print("# ");
		print(failures[i].file);
		print(":");
		print_number(failures[i].line);
		print(": ");
		print(failures[i].what);
		print(" is ");
		print_hex(failures[i].actual);
		print(", expected ");
		print_hex(failures[i].expected);
		print("\n");
	}
}

/* ---- Threads ----------------------------------------------------------------------------------------------------- */

#define MOST_THREADS 16
#define STACK_WORDS 1024
/* A stack for each number, whatever the space. */
static word stacks[MOST_THREADS][STACK_WORDS] __attribute__((aligned(4096)));
static void (*functions[MOST_THREADS])(void);
static word next_number;

static word first_number(void)
{
	return user_base(kip) + 3;
}
static word index_of(word id)
{
	return thread_no(id) - first_number();
}

static word utcb_area;

word utcb_location(word number)
{
	word const info = kip_word(kip, 0x150);
	word const size = (info & 0x3ff) << (info >> 10 & 0x3f);

	return utcb_area + size * (number - user_base(kip) + 1);
}

word new_number(void)
{
	return next_number++;
}
word new_id(void)
{
	return global_id(new_number(), VERSION);
}

static word create_with_id(word id, word pager)
{
	return thread_control(id, my_global_id(), main_id, pager, utcb_location(thread_no(id)));
}
word create_thread(word pager)
{
	word const id = new_id();

	EXPECT(create_with_id(id, pager), 1);
	return id;
}

static void *stack_of(word id)
{
	return &stacks[index_of(id)][STACK_WORDS];
}

void run_thread(word id, void (*f)(void))
{
	functions[index_of(id)] = f;
	start_at(id, stack_of(id), (void (*)(void))thread_start);
}

word start_thread(void (*f)(void))
{
	word const id = create_thread(main_id);

	run_thread(id, f);
	return id;
}

/* Where all of them begin (start.S). */
__attribute__((noreturn, used)) void thread_main(void)
{
	functions[index_of(my_global_id())]();
	for (;;)
		sleep_for(NEVER);
}

void delete_thread(word id)
{
	thread_control(id, NILTHREAD, NILTHREAD, NILTHREAD, ~0UL);
}

word state_of(word id)
{
	return schedule(id, NO_CHANGE, NO_CHANGE, NO_CHANGE, NO_CHANGE, &old_word);
}

void wait_for_state(word id, word state)
{
	word const until = system_clock() + 2000000;

	while (state_of(id) != state && system_clock() < until)
		thread_switch(NILTHREAD);
	EXPECT(state_of(id), state);
}

void wait_for_value(const volatile word *variable, word value)
{
	word const until = system_clock() + 2000000;

	while (*variable != value && system_clock() < until)
		thread_switch(NILTHREAD);
	EXPECT(*variable, value);
}

/* ---- Other spaces ------------------------------------------------------------------------------------------------ */

#define CHILD_UTCBS 0x80000000UL
#define CHILD_UTCB_AREA_LOG2 20 /* 1000 UTCBs of a kibibyte, rounded up */
#define LABEL_CHILD_ENDS 0x99

word create_space(word redirector)
{
	word const id = new_id();

	EXPECT(thread_control(id, id, main_id, NILTHREAD, ~0UL), 1);
	EXPECT(space_control(id, 0, fpage((word)kip, 12), fpage(CHILD_UTCBS, CHILD_UTCB_AREA_LOG2), redirector,
			     &old_word),
	       1);
	EXPECT(old_word, 0);
	EXPECT(thread_control(id, id, main_id, my_global_id(), CHILD_UTCBS + 1024 * index_of(id)), 1);
	return id;
}

int relay_port_fault(word ports, word ip)
{
	word const sigma0 = global_id(user_base(kip), 1);

	load_br(0, COMPLETE_SPACE);
	load_mr(0, 0xffffffffff860002);
	load_mr(1, ports);
	load_mr(2, ip);
	call(sigma0);
	load_br(0, 0);
	return mr(0) == tag(0, 0, 2) && mr(2);
}

int answer_fault(word from, word the_tag)
{
	word const address = mr(1);
	word item;

	if ((the_tag & ~0x70000UL) == 0xffffffffffe00002) /* page fault, any rights */
		item = fpage(address, 12) | RWX;
	else if (the_tag == 0xffffffffff860002)
		item = address | RWX; /* the flexpage of the ports */
	else
		return 0;
	load_mr(0, tag(0, 0, 2));
	load_mr(1, map_item(address));
	load_mr(2, item);
	send(from);
	return 1;
}

void send_start(word id, void (*f)(void))
{
	functions[index_of(id)] = f;
	load_mr(0, tag(0x123, 2, 0)); /* any label */
	load_mr(1, (word)thread_start);
	load_mr(2, (word)stack_of(id));
	EXPECT(ipc(id, NILTHREAD, timeouts(ZERO, NEVER), 0) & TAG_ERROR, 0);
}

word next_message(word id)
{
	word the_tag;

	do
		the_tag = ipc(NILTHREAD, id, timeouts(NEVER, time_period(100000)), 0);
	while (answer_fault(id, the_tag));
	return the_tag;
}

word run_child(word id, void (*f)(void))
{
	send_start(id, f);
	EXPECT(next_message(id), tag(LABEL_CHILD_ENDS, 1, 0));
	return mr(1);
}

void child_ends(word value)
{
	load_mr(0, tag(LABEL_CHILD_ENDS, 1, 0));
	load_mr(1, value);
	send(utcb()[PAGER]);
	for (;;)
		sleep_for(NEVER);
}

void flush_page(void *page)
{
	unmap(page_fpage(page) | RWX, 1);
}

/* ---- The first thread -------------------------------------------------------------------------------------------- */

#define LABEL_CASE_ENDS 0x77
#define CASE_LIMIT 10000000 /* microseconds */

static const struct test_case *const groups[] = {kernel_cases, thread_cases, ipc_cases,
						 string_cases, memory_cases, device_cases};
#define GROUP_COUNT 6
static const struct test_case *running;

/* Every page here by a fault of ours: sigma0 gives the image to this thread only. */
static void touch_image(void)
{
	for (volatile char *page = (char *)((word)_start & -PAGE_SIZE); page < end; page += PAGE_SIZE)
		*page = *page;
}

static void work(void)
{
	running->run();
	load_mr(0, tag(LABEL_CASE_ENDS, 0, 0));
	send(main_id);
}

/* Until the worker is done. Faults of this space are answered with nothing: by then the page is here. */
static int serve(word worker)
{
	word const until = system_clock() + CASE_LIMIT;
	word from, the_tag;

	for (;;) {
		the_tag = ipc(NILTHREAD, ANYTHREAD, timeouts(NEVER, time_period(100000)), &from);
		if (the_tag & TAG_ERROR) {
			if (system_clock() > until)
				return 0;
		} else if (the_tag == tag(LABEL_CASE_ENDS, 0, 0) && global_id_of(from) == worker) {
			return 1;
		} else if (is_local(from) && (the_tag & ~0x70000UL) == 0xffffffffffe00002) {
			volatile char *const page = (char *)mr(1);

			*page = *page;
			load_mr(0, 0);
			send(from);
		} else if (is_local(from) && the_tag == 0xffffffffff860002) {
			EXPECT(relay_port_fault(mr(1), mr(2)), 1);
			load_mr(0, 0);
			send(from);
		} else if (!answer_fault(from, the_tag)) {
			expect(the_tag, 0, "an unexpected message", __FILE__, __LINE__);
		}
	}
}

static void run(word number, const struct test_case *what)
{
	word worker, start = system_clock();

	failure_count = 0;
	running = what;
	next_number = first_number();
	worker = new_id();
	EXPECT(create_with_id(worker, main_id), 1);
	run_thread(worker, work);
	if (!serve(worker))
		expect(0, 1, "an end of the case", __FILE__, __LINE__);
	while (next_number-- > first_number())
		delete_thread(global_id(next_number, VERSION));

	print(failure_count ? "not ok " : "ok ");
	print_number(number);
	print(" - ");
	print(what->name);
	print(" [");
	print(what->rule);
	print("] # ");
	print_number((system_clock() - start) / 1000);
	print(" ms");
	print("\n");
	print_failures();
}

/* The headers' own first call: nobody wants version, flags and ID, so they are stored at address 0. */
static void init(void)
{
	word *volatile nowhere = 0;

	kip = kernel_interface(nowhere, nowhere, nowhere);
	init_calls();
	utcb_area = my_local_id() & -(1UL << (kip_word(kip, 0x150) >> 16 & 0x3f));
	main_id = my_global_id();
}

__attribute__((noreturn)) int main(void)
{
	word count = 0;

	init();
	touch_image();
	print("\n# programs of others\n");
	for (int i = 0; i < GROUP_COUNT; i++)
		for (const struct test_case *what = groups[i]; what->name; what++)
			count++;
	print("1..");
	print_number(count);
	print("\n");
	count = 0;
	for (int i = 0; i < GROUP_COUNT; i++)
		for (const struct test_case *what = groups[i]; what->name; what++)
			run(++count, what);
	print("# end of tests\n");
	for (;;)
		sleep_for(NEVER);
}
