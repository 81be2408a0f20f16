/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the root task and a Linux server say to each other: the ELF note by which vmlinux is
 * known, the boot page, console and supervisor messages. Prose: docs/abi/linux.md.
 */
#ifndef L4_LINUX_H
#define L4_LINUX_H

#include "types.h"

/* ---- ELF note: owner "Pecan", one note of each type, each with one 64-bit word ------------------- */

#define L4_NOTE_ENTRY 1	    /* virtual address of the first instruction in ring 1 */
#define L4_NOTE_VIRT_BASE 2 /* virtual = physical + this, as linked (__START_KERNEL_map) */
#define L4_NOTE_ALIGN 3	    /* alignment of the physical load address */
#define L4_NOTE_PROTOCOL 4  /* L4_LINUX_PROTOCOL */
#define L4_LINUX_PROTOCOL 1UL

/* ---- The boot page -------------------------------------------------------------------------------------
 *
 * At entry: ring 1, events masked, RIP = the note's entry, RDI = address of the vCPU page,
 * RSP = address of the boot page in the direct map. Memory comes by page faults: the pager maps
 * [phys_base, ...) of the image at its link address + physical, and all RAM of the ranges at
 * L4_LINUX_DIRECT_MAP + physical.
 */
#define L4_LINUX_DIRECT_MAP 0xffff888000000000UL
#define L4_BOOT_PAGE_MAGIC 0x6e61636550ULL /* "Pecan" */
#define L4_BOOT_MAX_RANGES 16

struct l4_boot_range {
	l4_word_t start, size; /* physical, page aligned */
};

struct l4_boot_page {
	l4_word_t magic;
	l4_word_t protocol;
	l4_word_t load_delta;	/* physical load address minus the one it was linked for */
	l4_word_t command_line; /* physical address of a NUL-terminated string, inside a range */
	l4_word_t initrd_start, initrd_size; /* physical, inside a range; size 0: none */
	l4_word_t console;	/* global ID of the console server */
	l4_word_t supervisor;	/* global ID of the thread that takes the supervisor's messages */
	l4_word_t wall_seconds; /* seconds since 1970, UTC, ... */
	l4_word_t wall_tsc;	/* ... at this value of the TSC */
	l4_word_t xcr0;		/* the microkernel's XCR0 */
	l4_word_t cr4;		/* and CR4 */
	l4_word_t range_count;
	struct l4_boot_range range[L4_BOOT_MAX_RANGES];
};

/* ---- Console server ---------------------------------------------------------------------------------------
 *
 * Messages of untyped words only. Every request is answered at once; neither side waits for the
 * line. After OPEN the server sends the client an empty message (a doorbell) when input has come
 * or room for output is there again.
 */
#define L4_CONSOLE_OPEN 0x10UL	/* -> ; <- MR1 0 or an error */
#define L4_CONSOLE_WRITE 0x11UL /* -> MR1 number of bytes, MR2.. bytes; <- MR1 bytes taken */
#define L4_CONSOLE_READ 0x12UL	/* -> ; <- MR1 number of bytes, MR2.. bytes */
#define L4_CONSOLE_MAX_BYTES 480UL

/* ---- Supervisor ---------------------------------------------------------------------------------------------- */

#define L4_SUPERVISOR_POWER_OFF 0x20UL /* no answer */
#define L4_SUPERVISOR_REBOOT 0x21UL    /* no answer */
/*
 * The server wants to be ended; no answer. MR1..MR20 are registers as in an exception message, the
 * vector L4_SUPERVISOR_NO_VECTOR; MR21 number of bytes, MR22.. why.
 */
#define L4_SUPERVISOR_PANIC 0x22UL
#define L4_SUPERVISOR_NO_VECTOR 256UL
#define L4_SUPERVISOR_MAX_REASON 160UL
#define L4_SUPERVISOR_WALL_CLOCK 0x23UL /* <- MR1 seconds since 1970 now, MR2 the TSC of that moment */
/*
 * From now on the supervisor rings a doorbell each second and wants to be told ALIVE. Who misses
 * ten in a row has events masked for good, and is ended.
 */
#define L4_SUPERVISOR_WATCH 0x24UL /* <- MR1 0 */
#define L4_SUPERVISOR_ALIVE 0x25UL /* no answer */
#define L4_SUPERVISOR_INTERRUPT 0x26UL /* native tasks: -> MR1 line; <- MR1 0, or 1: the line is not the sender's */

#endif
