/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel interface page (X.2, 1.1). Pointers in it are offsets from the page's own start,
 * except the link words, which on amd64 hold absolute addresses of the system-call stubs.
 */
#ifndef L4_KIP_H
#define L4_KIP_H

#include "types.h"

#define L4_KIP_MAGIC 0x4be6344cUL
#define L4_KIP_API_VERSION 0x84050000UL
#define L4_KIP_API_FLAGS 4UL

struct l4_kip_server {
	l4_word_t sp, ip, low, high; /* high is exclusive; 0: the server is not present */
};

struct l4_kip_memory_desc {
	l4_word_t low;	/* low address in 10..63, 9 = virtual, subtype 4..7, type 0..3 */
	l4_word_t high; /* high address in 10..63: the last byte is high | 3ff */
};

#define L4_MEMORY_UNDEFINED 0UL
#define L4_MEMORY_CONVENTIONAL 1UL
#define L4_MEMORY_RESERVED 2UL
#define L4_MEMORY_DEDICATED 3UL
#define L4_MEMORY_SHARED 4UL
#define L4_MEMORY_BOOTLOADER 0xeUL
#define L4_MEMORY_ARCH 0xfUL
#define L4_MEMORY_BOOT_TABLES 0x1eUL /* subtype 1 of the boot-loader specific type */
#define L4_MEMORY_SERVER_IMAGE 0x2eUL
#define L4_MEMORY_MODULE 0x3eUL
#define L4_MEMORY_TRACE 0x4eUL /* the trace buffer, trace.h: for the root server only */
#define L4_MEMORY_TYPE(desc) ((desc).low & 0xffUL)
#define L4_MEMORY_IS_VIRTUAL(desc) (((desc).low >> 9) & 1UL)

struct l4_kip {
	l4_word_t magic;
	l4_word_t api_version;
	l4_word_t api_flags;
	l4_word_t kernel_desc_offset;
	l4_word_t debugger[4];
	struct l4_kip_server sigma0;
	struct l4_kip_server sigma1;
	struct l4_kip_server root_server;
	l4_word_t reserved0;
	l4_word_t memory_info; /* offset of the descriptors 32..63, their number 0..31 */
	l4_word_t debugger_config[2];
	l4_word_t old_memory_map[16];
	l4_word_t reserved1[2];
	l4_word_t utcb_info; /* log2 minimal area 16..21, log2 alignment a 10..15, multiplier m 0..9 */
	l4_word_t kip_area_info;
	l4_word_t reserved2[2];
	l4_word_t boot_info; /* physical address of an l4_boot_info, 0 if none */
	l4_word_t proc_desc_offset;
	l4_word_t clock_info;  /* read precision 0..15, schedule precision 16..31: time periods */
	l4_word_t thread_info; /* number bits 0..7, SystemBase 8..19, UserBase 20..31 */
	l4_word_t page_info;   /* page sizes as a bit mask 10..63, separable rights 0..2 */
	l4_word_t processor_info;
	l4_word_t space_control;
	l4_word_t thread_control;
	l4_word_t processor_control;
	l4_word_t memory_control;
	l4_word_t ipc;
	l4_word_t lipc;
	l4_word_t unmap;
	l4_word_t exchange_registers;
	l4_word_t system_clock;
	l4_word_t thread_switch;
	l4_word_t schedule;
	l4_word_t reserved3[5];
	l4_word_t vcpu_call; /* ArchSyscall0: the co-resident server's calls, see vcpu.h */
	l4_word_t arch_syscall[3];
};

struct l4_proc_desc {
	l4_word_t external_khz, internal_khz, reserved[2];
};

#define L4_KIP_USER_BASE(kip) ((kip)->thread_info >> 20 & 0xfffUL)
#define L4_KIP_SYSTEM_BASE(kip) ((kip)->thread_info >> 8 & 0xfffUL)

/*
 * Boot info (KIP field boot_info): a header, then records, each known by its type. The kernel
 * writes one module record for each boot module that it moved, in physical memory of type
 * L4_MEMORY_BOOT_TABLES.
 */
#define L4_BOOT_INFO_MAGIC 0x14b0021dUL
#define L4_BOOT_RECORD_MODULE 1UL
#define L4_BOOT_RECORD_RSDP 2UL /* a copy of ACPI's root pointer, if the boot loader has one */

struct l4_boot_info {
	l4_word_t magic, version, total_size, first_record, record_count, reserved[3];
};

struct l4_boot_module {
	l4_word_t type, version, next; /* next: distance in bytes to the next record */
	l4_word_t start, size;
	l4_word_t command_line; /* distance from this record, 0: none */
};

struct l4_boot_rsdp {
	l4_word_t type, version, next;
	l4_word_t size; /* in bytes, which stand behind this */
};

#endif
