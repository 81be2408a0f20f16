/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports, interrupts, and the traps into a debugger that is not there. */
#include "harness.h"

static inline unsigned char in8(unsigned short port)
{
	unsigned char value;

	__asm__ __volatile__("in %1, %0" : "=a"(value) : "d"(port));
	return value;
}
static inline void out8(unsigned short port, unsigned char value)
{
	__asm__ __volatile__("out %0, %1" : : "a"(value), "d"(port));
}

/* The scratch register of COM1, byte by byte and as a word. */
extern char first_out[];
static void use_ports(void)
{
	unsigned short both;

	__asm__ __volatile__("first_out: out %0, %1" : : "a"((unsigned char)0x5a), "d"((unsigned short)0x3ff));
	both = in8(0x3ff);
	__asm__ __volatile__("in %1, %0" : "=a"(both) : "d"((unsigned short)0x3fe));
	child_ends(both >> 8);
}

static void port_faults(void)
{
	word const id = create_space(NILTHREAD);
	word the_tag, ports, faults = 0;

	send_start(id, use_ports);
	for (;;) {
		the_tag = ipc(NILTHREAD, id, timeouts(NEVER, time_period(100000)), 0);
		if (the_tag == 0xffffffffff860002) {
			/* A port as a flexpage: bits above the port's and bit 3 mean nothing. */
			if (faults == 0) {
				EXPECT(mr(1) & 0xfffffff0, 0x3ff0020);
				EXPECT(mr(2), first_out);
			} else {
				EXPECT(mr(1) & 0xfffffff0, 0x3fe0420);
			}
			ports = mr(1);
			if (!relay_port_fault(ports, mr(2)) || ++faults > 2)
				break;
			load_mr(0, tag(0, 0, 2));
			load_mr(1, map_item(0));
			load_mr(2, io_fpage(ports >> 16 & 0xffff, ports >> 10 & 0x3f) | RWX);
			send(id);
		} else if (!answer_fault(id, the_tag)) {
			break;
		}
	}
	EXPECT(the_tag, tag(0x99, 1, 0));
	EXPECT(mr(1), 0x5a);
	EXPECT(faults, 2);
}

/* The screen's and the keyboard's ports, by faults of ours that sigma0 answers to our pager. */
static void console_ports(void)
{
	out8(0x3d4, 15);
	(void)in8(0x3d5);
	(void)in8(0x64);
	(void)in8(0x60);
}

static void serial_interrupt(void)
{
	word const irq = global_id(4, 1), me = my_global_id();
	word from;

	EXPECT(schedule(irq, NO_CHANGE, NO_CHANGE, NO_CHANGE, NO_CHANGE, &old_word), 0);
	EXPECT(error_code(), 2);
	EXPECT(thread_control(irq, irq, NILTHREAD, me, ~0UL), 1);
	out8(0x3fc, 0xb);
	for (int i = 0; i < 3; i++) {
		out8(0x3f9, 2); /* it can send: so it interrupts */
		EXPECT(ipc(NILTHREAD, ANYTHREAD, timeouts(NEVER, time_period(1000000)), &from), 0xfffffffffff00000);
		EXPECT(from, irq);
		(void)in8(0x3fa);
		out8(0x3f9, 0);
		EXPECT(ipc(NILTHREAD, irq, timeouts(NEVER, time_period(2000)), 0), TAG_ERROR);
		load_mr(0, 0);
		EXPECT(send(irq) & TAG_ERROR, 0);
	}
	EXPECT(thread_control(irq, irq, NILTHREAD, irq, ~0UL), 1);
	EXPECT(thread_control(global_id(2, 1), global_id(2, 1), NILTHREAD, me, ~0UL), 0);
	EXPECT(error_code(), 2);
}

/* Each begins with int3; what follows says what is meant, and is executed. */
static volatile word traps_survived;
static void trap_into_debugger(void)
{
	word rax = 'x';

	__asm__ __volatile__("int3; jmp 1f; mov $2f, %%rax; 1: .section .rodata; 2: .asciz \"message\"; .text"
			     : "+a"(rax));
	traps_survived = 1;
	__asm__ __volatile__("int3; cmp $0, %%al" : "+a"(rax) : : "cc"); /* print a character */
	traps_survived = 2;
	rax = (word) "text";
	__asm__ __volatile__("int3; cmp $1, %%al" : "+a"(rax) : : "cc"); /* print a string */
	traps_survived = 3;
	__asm__ __volatile__("int3; cmp $2, %%al" : "+a"(rax) : : "cc"); /* clear the page */
	traps_survived = 4;
	__asm__ __volatile__("int3; cmp $8, %%al" : "+a"(rax) : : "cc"); /* read a character, if there is one */
	traps_survived = 5;
}

static void debugger_traps(void)
{
	start_thread(trap_into_debugger);
	wait_for_value(&traps_survived, 5);
}

const struct test_case device_cases[] = {
	{"port faults, relayed by a pager", "I/O page fault", port_faults},
	{"ports of screen and keyboard without asking", "I/O page fault", console_ports},
	{"an interrupt comes as a message, three times", "Interrupts", serial_interrupt},
	{"traps into the debugger go on behind the trap", "Kernel debugger", debugger_traps},
	{0},
};
