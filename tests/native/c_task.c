/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pair of tasks in C: instance 0 calls instance 1 and tries what <l4/l4.h> offers to a task without privileges.
 */
#include <l4/l4.h>
#include <l4/linux.h>

#define LABEL_ADD 0x40
#define LABEL_SUM 0x41
#define LABEL_PAGE 0x42
#define LABEL_TEXT 0x43

static l4_word_t console;
static unsigned failures;

static size_t length(const char *text)
{
	size_t n = 0;

	while (text[n] != 0)
		n++;
	return n;
}

static void say(const char *text)
{
	l4_console_write(console, text, length(text));
}

static void check(int holds, const char *what)
{
	if (holds)
		return;
	failures++;
	say("FAILED ");
	say(what);
	say("\n");
}

static unsigned char page[4096] __attribute__((aligned(4096)));

/* Answers a text with the same in capitals. */
static void answer_text(struct l4_message *message, char *text)
{
	size_t const size = l4_received_string(message, 0);

	for (size_t i = 0; i < size; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] -= 'a' - 'A';
	l4_begin(message, LABEL_TEXT);
	l4_put_item(message, L4_STRING_ITEM(size), (l4_word_t)text);
}

_Noreturn static void serve(void)
{
	static char text[64];
	struct l4_buffer const buffer = {text, sizeof text};
	struct l4_message message;
	l4_word_t client = L4_NILTHREAD;

	l4_accept(L4_NILPAGE, &buffer, 1);
	l4_begin(&message, 0);
	for (;;) {
		if (l4_reply_wait(client, &message, &client) != 0)
			continue;
		if (l4_label(&message) == LABEL_TEXT) {
			answer_text(&message, text);
		} else if (l4_label(&message) == LABEL_PAGE) {
			page[5] = 55;
			l4_begin(&message, 0);
			l4_put_item(&message, L4_MAP_ITEM(0),
				    L4_FPAGE((l4_word_t)page, 12, L4_RIGHT_R));
		} else {
			l4_word_t sum = 0;

			for (unsigned i = 1; i <= L4_TAG_UNTYPED(message.mr[0]); i++)
				sum += message.mr[i];
			l4_begin(&message, LABEL_SUM);
			l4_put_word(&message, sum);
		}
	}
}

static void calls(l4_word_t server)
{
	struct l4_message message;

	l4_begin(&message, LABEL_ADD);
	for (l4_word_t i = 1; i <= 63; i++)
		l4_put_word(&message, i);
	check(l4_call(server, &message, L4_TIMEOUTS(L4_TIME_NEVER, L4_TIME_NEVER)) == 0, "call");
	check(l4_label(&message) == LABEL_SUM && message.mr[1] == 63 * 64 / 2, "sum");

	l4_begin(&message, LABEL_PAGE);
	l4_accept_mappings(L4_FPAGE(0x50000000, 12, 0));
	check(l4_call(server, &message, 0) == 0, "call for a page");
	check(*(volatile unsigned char *)0x50000005 == 55, "the page of the other task");
	l4_unmap(L4_FPAGE(0x50000000, 12, L4_RIGHTS_RWX), 1);
	l4_accept_mappings(L4_NILPAGE);
}

static void strings(l4_word_t server)
{
	static char question[] = "strings in C", answer[sizeof question];
	struct l4_buffer const buffer = {answer, sizeof answer};
	struct l4_message message;

	l4_begin(&message, LABEL_TEXT);
	l4_put_item(&message, L4_STRING_ITEM(sizeof question), (l4_word_t)question);
	l4_accept(L4_NILPAGE, &buffer, 1);
	check(l4_call(server, &message, 0) == 0, "call with a string");
	check(l4_received_string(&message, 0) == sizeof question, "size of the answer");
	check(answer[0] == 'S' && answer[11] == 'C' && answer[12] == 0, "the answer in capitals");
	l4_accept_mappings(L4_NILPAGE);
}

/* What a thread may do to itself; the rest is for the root task. */
static void control(void)
{
	l4_word_t const me = l4_my_global_id();
	l4_word_t const attributes[4] = {L4_CACHE_DEFAULT, 0, 0, 0};
	l4_word_t pages[2] = {L4_FPAGE((l4_word_t)page, 12, 0), L4_NILPAGE};
	struct l4_registers registers = {.dest = me, .control = 1 << 6, .user_defined_handle = 99};

	page[0] = 1;
	l4_exchange_registers(&registers);
	check(registers.dest == (l4_word_t)l4_my_utcb()->mr, "the local name of a global one");
	check(l4_my_utcb()->user_defined_handle == 99, "UserDefinedHandle");
	l4_unmap_pages(pages, 2, 0);
	check(pages[0] == L4_FPAGE((l4_word_t)page, 12, L4_RIGHTS_RWX) && pages[1] == L4_NILPAGE, "Unmap's status");
	check(l4_schedule(me, L4_NO_CHANGE, 1, L4_NO_CHANGE, L4_NO_CHANGE, NULL) == 0 &&
		      l4_my_utcb()->error_code == L4_ERROR_NO_PRIVILEGE,
	      "Schedule is for the scheduler");
	check(l4_memory_control(pages, 1, attributes) == L4_ERROR_NO_PRIVILEGE, "MemoryControl");
	check(l4_processor_control(0, 0, 0, 0) == L4_ERROR_NO_PRIVILEGE, "ProcessorControl");
}

static void errors(void)
{
	struct l4_message message;

	check(l4_receive(l4_my_global_id(), &message, l4_microseconds(1000), NULL) == (L4_IPC_TIMEOUT << 1 | 1),
	      "a receive that times out");
	l4_begin(&message, 0);
	check(l4_send(L4_GLOBAL_ID(0x3ff00, 1), &message, L4_TIME_NEVER) == L4_IPC_NO_PARTNER << 1,
	      "a send to nobody");
	check(l4_thread_control(l4_my_global_id(), L4_NILTHREAD, 0, 0, L4_NO_CHANGE) == L4_ERROR_NO_PRIVILEGE,
	      "ThreadControl is for the root task");
	check(l4_my_utcb()->error_code == L4_ERROR_NO_PRIVILEGE, "ErrorCode");
}

/* Line 8 is another task's. */
static void no_interrupt(l4_word_t supervisor)
{
	struct l4_message message;

	l4_begin(&message, L4_SUPERVISOR_INTERRUPT);
	l4_put_word(&message, 8);
	check(l4_call(supervisor, &message, 0) == 0 && message.mr[1] == 1, "an interrupt is refused");
}

static void clock(void)
{
	l4_word_t const start = l4_system_clock();

	l4_sleep(2000);
	l4_thread_switch(L4_NILTHREAD);
	check(l4_system_clock() - start >= 2000, "the clock goes on in sleep");
	check(l4_kernel_interface()->magic == L4_KIP_MAGIC, "KIP");
}

/* Versions that count up would be guessed (docs/security.md). */
static void names(const l4_word_t *peers)
{
	l4_word_t const distance = L4_THREAD_VERSION(peers[1]) - L4_THREAD_VERSION(peers[0]);

	check(peers[0] == l4_my_global_id(), "own ID");
	check(L4_THREAD_VERSION(peers[0]) > 1000 && L4_THREAD_VERSION(peers[1]) > 1000, "versions are not small");
	check(distance + 1000 > 2000, "versions are far from each other");
}

void l4_task_main(const struct l4_task_start *start)
{
	console = start->console;
	if (start->instance == 1)
		serve();
	if (start->instance_count != 2 || l4_console_open(console) != 0)
		return;
	check(start->magic == L4_TASK_MAGIC, "magic");
	check(length(start->arguments) == 14 && start->arguments[5] == 'a', "arguments");
	names(start->peers);
	calls(start->peers[1]);
	strings(start->peers[1]);
	errors();
	control();
	no_interrupt(start->supervisor);
	clock();
	say(failures == 0 ? "the C binding works\n" : "the C binding does not work\n");
}
