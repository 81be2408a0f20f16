/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel interface page, names, time: what a program looks at first. */
#include "harness.h"

static void interface_call(void)
{
	word rax, rcx, rdx, rsi, rbx = 1, rdi = 2, flags;
	register word r9 __asm__("r9") = 9;
	register word r15 __asm__("r15") = 15;

	/* CF, PF, ZF set: XOR of a register with itself, then STC. */
	__asm__ __volatile__("xor %%eax, %%eax; stc; .byte 0xf0, 0x90; pushf; pop %4"
			     : "=a"(rax), "=c"(rcx), "=d"(rdx), "=S"(rsi), "=&r"(flags), "+b"(rbx), "+D"(rdi), "+r"(r9),
			       "+r"(r15)
			     :
			     : "cc");
	EXPECT(rax, kip);
	EXPECT(rcx >> 16 & 0xffff, 0x8405);
	EXPECT(rdx, 4);
	EXPECT(rsi >> 24, 6);
	EXPECT(flags & 0x8c5, 0x45);
	EXPECT(rbx, 1);
	EXPECT(rdi, 2);
	EXPECT(r9, 9);
	EXPECT(r15, 15);
	/* Where init() had it written. */
	EXPECT(*(word *volatile)0, rsi);
}

static int has_pages_of_1_gib(void)
{
	unsigned a = 0x80000001, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d >> 26 & 1;
}

static void page_fields(void)
{
	const char *description = kip + kip_word(kip, 0x18);

	EXPECT(kip_word(kip, 0), 0x4be6344c);
	EXPECT(kip_word(kip, 8), 0x84050000);
	EXPECT(kip_word(kip, 0x10), 4);
	EXPECT(kip_word(kip, 0x150), 0xc2801);
	EXPECT(kip_word(kip, 0x158), 12);
	EXPECT(kip_word(kip, 0x178), 0x240);
	EXPECT(kip_word(kip, 0x190), 0x201007 | (has_pages_of_1_gib() ? 1UL << 30 : 0));
	EXPECT(kip_word(kip, 0x198), 5UL << 60);
	EXPECT_TRUE(kip_word(kip + kip_word(kip, 0x178), 8) > 0); /* internal frequency */
	for (word offset = 0x1a0; offset < 0x1f8; offset += 8) {
		EXPECT_TRUE((long)kip_word(kip, offset) < 0);
		EXPECT_TRUE(*(volatile unsigned char *)kip_word(kip, offset) != 0);
	}
	EXPECT(kip_word(description, 0) & 0xffff, 0);
	EXPECT_TRUE(kip_word(description, 0) >> 24 > 5); /* kernels of others have smaller ones */
	/* The list of features ends. */
	for (description += 0x20; *description; description++)
		while (*description)
			description++;
	EXPECT_TRUE(description < kip + PAGE_SIZE);
}

/* In order; the last that covers an address counts. */
static void memory_map(void)
{
	word const info = kip_word(kip, 0xa8);
	const word *descriptor = (const word *)(kip + (info >> 32));
	int own_type = -1, has_user_addresses = 0;

	for (word n = info & 0xffffffff; n--; descriptor += 2) {
		word const low = descriptor[0] & ~0x3ffUL, last = descriptor[1] | 0x3ff;
		word const type = descriptor[0] & 0xf;

		EXPECT(descriptor[1] & 0x3ff, 0);
		EXPECT(descriptor[0] & 0x100, 0);
		if (descriptor[0] & 0x200) {
			/* Reserved virtual memory would be read as a trace buffer. */
			EXPECT(type, 1);
			has_user_addresses |= low == 0 && last > (word)pages;
		} else if (low <= (word)pages && (word)pages <= last) {
			own_type = descriptor[0] & 0xff;
		}
	}
	EXPECT_TRUE(has_user_addresses);
	EXPECT(own_type, 0x2e);
	EXPECT_TRUE(kip_word(kip, 0x90) <= (word)pages && kip_word(kip, 0x98) > (word)pages);
	EXPECT(kip_word(kip, 0x80), 0);
}

static word partner;

static void names(void)
{
	word const me = my_global_id(), local = my_local_id();

	EXPECT(main_id, global_id(user_base(kip) + 2, 1));
	EXPECT(local, utcb_location(thread_no(me)) + 0x200);
	EXPECT(global_id_of(local), me);
	EXPECT(local_id_of(me), local);
	partner = create_thread(main_id);
	EXPECT(local_id_of(partner), utcb_location(thread_no(partner)) + 0x200);
	EXPECT(global_id_of(local_id_of(partner)), partner);
	/* The own UTCB of the first thread comes first in its area. */
	EXPECT(local_id_of(main_id) & 0xfff, 0x200);
	/* Others have no names here. */
	EXPECT(other_name(global_id(user_base(kip), 1)), NILTHREAD);
	EXPECT(error_code(), 2);
	EXPECT(other_name(create_space(NILTHREAD)), NILTHREAD);
	EXPECT(other_name(new_id()), NILTHREAD);
}

static void clock_and_sleep(void)
{
	static const word lengths[] = {1000, 5000, 20000};

	for (int i = 0; i < 3; i++) {
		word const start = system_clock();

		sleep_for(time_period(lengths[i]));
		EXPECT(error_code(), 3);
		EXPECT_TRUE(system_clock() - start >= time_period(lengths[i]) % 1024
							      << (time_period(lengths[i]) >> 10));
	}
}

const struct test_case kernel_cases[] = {
	{"lock; nop finds the page and leaves all else alone", "KernelInterface", interface_call},
	{"fields at their offsets, absolute link words", "Kernel interface page", page_fields},
	{"memory descriptors, none of them reserved and virtual", "Kernel interface page", memory_map},
	{"local and global names, UTCBs by arithmetic", "Thread IDs", names},
	{"sleep is a receive from oneself, and not too short", "SystemClock, time", clock_and_sleep},
	{0},
};
