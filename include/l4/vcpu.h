/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Co-resident servers: the vCPU page and the calls of a server (an extension of X.2).
 * The prose is docs/abi/vcpu.md; numbers and layouts stand here only.
 */
#ifndef L4_VCPU_H
#define L4_VCPU_H

#include "types.h"

/* ---- Making a server ---------------------------------------------------------------------------- */

/* SpaceControl, control word: the space becomes a server; only before its first thread is active. */
#define L4_SPACE_SERVER (1UL << 62)
/* SpaceControl, control word: R10 holds the space's quota of kernel memory in 4 KiB frames. */
#define L4_SPACE_QUOTA (1UL << 61)

/* A server's user area: everything above the microkernel's hole. */
#define L4_SERVER_AREA_START 0xffff880000000000UL

/* Where this project places a server's kernel pages (Linux has a hole there). */
#define L4_SERVER_KIP 0xffffe90000000000UL
#define L4_SERVER_UTCB_AREA 0xffffe90000010000UL
#define L4_SERVER_UTCB_AREA_LOG2SIZE 16
/* The vCPU page of the thread whose UTCB is the nth of the area: behind the area, page n. */
#define L4_SERVER_VCPU_PAGE(n) \
	(L4_SERVER_UTCB_AREA + (1UL << L4_SERVER_UTCB_AREA_LOG2SIZE) + 4096UL * (n))

/* ---- Segments: the first 16 GDT entries are Linux's ------------------------------------------------ */

#define L4_SERVER_CS 0x11UL /* 64-bit code, DPL 1 */
#define L4_SERVER_SS 0x19UL /* data, DPL 1 */
#define L4_CLIENT_CS32 0x23UL
#define L4_CLIENT_SS 0x2bUL
#define L4_CLIENT_CS 0x33UL

/* ---- The vCPU page ----------------------------------------------------------------------------------- */

#define L4_VCPU_VECTORS 32
#define L4_VCPU_MAP_ENTRIES 128
#define L4_VCPU_BATCH_CALLS 16

/* One call of a batch: operation and registers as for the call by itself; the microkernel writes the result. */
struct l4_vcpu_call {
	l4_word_t operation;
	l4_word_t rdi, rsi, rdx, r8;
	l4_word_t result;
};

/*
 * Shared between the kernel and one vCPU. The kernel reads each field once and believes nothing.
 * 'S' the server writes, 'K' the kernel (or gate) writes, 'SK' both, on the vCPU's processor only.
 */
struct l4_vcpu {
	unsigned char irq_enabled; /* SK the virtual interrupt flag: 0 events wait, 1 they are delivered */
	unsigned char pending;	   /* SK an event came; the server clears it before it reads events */
	unsigned char reserved0[6];
	l4_word_t events;	  /* SK one bit per event; the server takes them with xchg */
	l4_word_t cr2;		  /* K  fault address of the last page fault */
	l4_word_t dr6;		  /* K  debug status of the last debug exception */
	l4_word_t client_gs_base; /* SK GS base of the client, saved whenever it is left */
	l4_word_t server_gs_base; /* S  loaded at each entry into the server */
	l4_word_t server_sp;	  /* S  stack for entries from the client; grows down, aligned to 16 */
	l4_word_t spare_sp;	  /* S  stack for a double fault frame; 0: none */
	l4_word_t entry_syscall;  /* S  64-bit syscall of the client; 0: exception IPC */
	l4_word_t entry_syscall32; /* S  32-bit syscall (CSTAR) of the client; 0: exception IPC */
	l4_word_t entry_event;	  /* S  events; 0: they only set bits */
	l4_word_t deadline;	  /* S  TSC value at which event 0 is due; 0: none */
	l4_word_t exit_start;	  /* S  the restartable exit section: [start, end) ... */
	l4_word_t exit_end;	  /* S */
	l4_word_t exit_iret;	  /* S  ... the address of its iretq (end is behind it) ... */
	l4_word_t exit_delta;	  /* S  ... and what the instruction before it adds to RSP */
	l4_word_t thread_id;	  /* K  global ID of this vCPU */
	l4_word_t utcb;		  /* K  address of its UTCB's MR0 (also its local ID) */
	l4_word_t kip;		  /* K  address of the kernel interface page */
	l4_word_t tsc_khz;	  /* K */
	l4_word_t tsc_base;	  /* K  TSC value at which the X.2 clock was 0 */
	l4_word_t entries;	  /* K  how often the microkernel was entered from this vCPU: two CR3 loads each */
	l4_word_t kernel_memory;  /* K  bytes of kernel memory charged to the server, at the last entry */
	l4_word_t reserved1[9];
	l4_word_t entry[L4_VCPU_VECTORS]; /* S  entry point per exception vector; 0: X.2's ordinary way */
	l4_word_t map[L4_VCPU_MAP_ENTRIES]; /* SK arguments of L4_VCPU_MAP; what L4_VCPU_LOOKUP has found */
	struct l4_vcpu_call calls[L4_VCPU_BATCH_CALLS]; /* SK arguments and results of L4_VCPU_BATCH */
	l4_word_t reserved2[224];
};

/* Event 0 is the timer; the server gives out the others with L4_VCPU_DOORBELL. */
#define L4_EVENT_TIMER 0
#define L4_EVENT_COUNT 64

/* ---- Calls ------------------------------------------------------------------------------------------------
 *
 * Through the stub whose address is the KIP's vcpu_call: operation in RAX, arguments in RDI, RSI,
 * RDX, R8; result in RAX (and RDX where named). RAX, RCX, RDX and R11 are lost, all others kept.
 * A result from -1 to -15 is an error.
 */
#define L4_VCPU_SWITCH 0
#define L4_VCPU_MAP 1
#define L4_VCPU_UNMAP 2
#define L4_VCPU_STATUS 3
#define L4_VCPU_CREATE 4
#define L4_VCPU_DESTROY 5
#define L4_VCPU_WAIT 6
#define L4_VCPU_TIMER 7
#define L4_VCPU_DOORBELL 8
#define L4_VCPU_PORT 9
#define L4_VCPU_SET 10
#define L4_VCPU_LOOKUP 11
#define L4_VCPU_BATCH 12

#define L4_VCPU_EINVAL (-1L)  /* no such client, range, vector, bit: nothing was done */
#define L4_VCPU_EAGAIN (-2L)  /* stale generation: walk again */
#define L4_VCPU_ENOMEM (-3L)  /* the space's quota of kernel memory is used up */
#define L4_VCPU_EACCESS (-4L) /* source not mapped, or with fewer rights than asked for */

/* L4_VCPU_MAP, entries of the vCPU page's map[]: source address (page aligned), or'ed with ... */
#define L4_MAP_X 1UL
#define L4_MAP_W 2UL
#define L4_MAP_R 4UL /* an entry without R is skipped */
/* ... a cache attribute ... */
#define L4_MAP_ATTR_SHIFT 3
#define L4_MAP_WB 0UL
#define L4_MAP_UC 1UL
#define L4_MAP_WC 2UL
#define L4_MAP_WT 3UL
/* RDX of L4_VCPU_MAP: number of entries, which of map[] is the first, and log2 of the size of each (12 or 21). */
#define L4_MAP_ENTRIES(first, count, log2size) \
	((l4_word_t)(count) | (l4_word_t)(first) << 16 | (l4_word_t)(log2size) << 32)
#define L4_MAP_COUNT(count, log2size) L4_MAP_ENTRIES(0, count, log2size)
/* R8 of L4_VCPU_MAP: 'whatever the generation is'. */
#define L4_ANY_GENERATION (~0UL)

/* L4_VCPU_LOOKUP: pages that one call finds, at most; map[2n] is address | rights, map[2n + 1] frame | log2 size. */
#define L4_VCPU_LOOKUP_PAGES (L4_VCPU_MAP_ENTRIES / 2)

#define L4_CLIENT_SERVER 0UL	/* the server's own dynamic half */
#define L4_CLIENT_MAX 2048UL	/* client numbers are below */
/* In a batch, as a client: the one that call n of it, before this one, has made. */
#define L4_CLIENT_OF_CALL(n) (L4_CLIENT_MAX + (n))
#define L4_CLIENT_AREA_END 0x7ffffffff000UL

/* L4_VCPU_SET: what (RDI) and value (RSI). */
#define L4_SET_GDT(index) (index) /* 12..14: a TLS descriptor; 15: the CPU-number descriptor */
#define L4_SET_DR(n) (0x100UL + (n)) /* 0..3, 6, 7 */
#define L4_SET_TSC_AUX 0x200UL

#endif
