/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of the X.2 binary interface on amd64: identifiers, flexpages, time, message tags.
 * Plain C, shared by kernel, servers and Linux. Layouts follow the L4 X.2 reference manual,
 * 64-bit variants.
 */
#ifndef L4_TYPES_H
#define L4_TYPES_H

typedef unsigned long l4_word_t;

/* ---- Thread identifiers (X.2, 2.1) ---------------------------------------------------------- */

#define L4_NILTHREAD 0UL
#define L4_ANYTHREAD (~0UL)
#define L4_ANYLOCALTHREAD 0xffffffffffffffc0UL

/* Global ID: thread number in bits 32..63, version in 0..31 (its low six bits not all zero). */
#define L4_GLOBAL_ID(number, version) (((l4_word_t)(number) << 32) | (version))
#define L4_THREAD_NUMBER(id) ((l4_word_t)(id) >> 32)
#define L4_THREAD_VERSION(id) ((l4_word_t)(id)&0xffffffffUL)
#define L4_ID_IS_LOCAL(id) (((id)&0x3fUL) == 0)

/* ---- Flexpages (X.2, 4.1) -------------------------------------------------------------------- */

#define L4_RIGHT_X 1UL
#define L4_RIGHT_W 2UL
#define L4_RIGHT_R 4UL
#define L4_RIGHTS_RWX 7UL

/* Memory: base in bits 10..63, log2 of the size in 4..9, rights in 0..2. */
#define L4_FPAGE(base, log2size, rights) (((l4_word_t)(base) & ~0x3ffUL) | ((l4_word_t)(log2size) << 4) | (rights))
#define L4_FPAGE_BASE(fpage) ((l4_word_t)(fpage) & ~0x3ffUL)
#define L4_FPAGE_LOG2SIZE(fpage) (((l4_word_t)(fpage) >> 4) & 0x3fUL)
#define L4_FPAGE_RIGHTS(fpage) ((l4_word_t)(fpage)&7UL)
#define L4_NILPAGE 0UL
#define L4_COMPLETE_SPACE 0x10UL

/* I/O ports: port in bits 16..31, log2 of the number of ports in 10..15, the constant 2 in 4..9. */
#define L4_IO_FPAGE(port, log2count, rights) \
	(((l4_word_t)(port) << 16) | ((l4_word_t)(log2count) << 10) | 0x20UL | (rights))
#define L4_IS_IO_FPAGE(fpage) ((((l4_word_t)(fpage) >> 4) & 0x3fUL) == 2)
#define L4_COMPLETE_IO_SPACE 0x4020UL

/* ---- Time (X.2, 3.1): 16 bits ---------------------------------------------------------------- */

#define L4_TIME_NEVER 0x0000UL
#define L4_TIME_ZERO 0x0400UL
/* A period of (mantissa << exponent) microseconds; mantissa below 1024, exponent below 32. */
#define L4_TIME_PERIOD(exponent, mantissa) (((l4_word_t)(exponent) << 10) | (mantissa))
/* The Timeouts parameter of Ipc. */
#define L4_TIMEOUTS(send, receive) (((l4_word_t)(send) << 16) | (receive))

/* ---- Message tag, MR0 (X.2, 5.1) -------------------------------------------------------------- */

#define L4_TAG(label, typed, untyped) (((l4_word_t)(label) << 16) | ((l4_word_t)(typed) << 6) | (untyped))
#define L4_TAG_UNTYPED(tag) ((l4_word_t)(tag)&0x3fUL)
#define L4_TAG_TYPED(tag) (((l4_word_t)(tag) >> 6) & 0x3fUL)
#define L4_TAG_LABEL(tag) ((l4_word_t)(tag) >> 16)
#define L4_TAG_PROPAGATED 0x1000UL
#define L4_TAG_REDIRECTED 0x2000UL
#define L4_TAG_CROSS_CPU 0x4000UL
#define L4_TAG_ERROR 0x8000UL

/* Labels of the kernel's protocols as they stand in bits 16..63 of MR0 (X.2, chapter 7). */
#define L4_LABEL(protocol, low) ((((l4_word_t)(protocol) << 4) | (low)) & 0xffffffffffffUL)
#define L4_LABEL_INTERRUPT L4_LABEL(-1L, 0)
#define L4_LABEL_PAGE_FAULT(rights) L4_LABEL(-2L, rights)
#define L4_LABEL_PREEMPTION L4_LABEL(-3L, 0)
#define L4_LABEL_EXCEPTION L4_LABEL(-5L, 0)
#define L4_LABEL_SIGMA0 L4_LABEL(-6L, 0)
#define L4_LABEL_IO_FAULT L4_LABEL(-8L, 6)

/* ---- Typed items (X.2, 5.2 and 5.3) ------------------------------------------------------------ */

#define L4_ITEM_STRING 0x0UL
#define L4_ITEM_MAP 0x8UL
#define L4_ITEM_GRANT 0xaUL
/* First word of a map or grant item; the second is the fpage that is sent. */
#define L4_MAP_ITEM(send_base) (((l4_word_t)(send_base) & ~0x3ffUL) | L4_ITEM_MAP)
#define L4_GRANT_ITEM(send_base) (((l4_word_t)(send_base) & ~0x3ffUL) | L4_ITEM_GRANT)
/* First word of a simple string item, or of a buffer for one; the second is the address. */
#define L4_STRING_ITEM(size) (((l4_word_t)(size) << 10) | L4_ITEM_STRING)

/* ---- Schedule and MemoryControl (X.2, 3.5 and 6.2) ---------------------------------------------- */

/* Schedule's time control. */
#define L4_TIME_CONTROL(slice, quantum) (((l4_word_t)(slice) << 16) | (quantum))
/* Its preemption control; the delay in microseconds. */
#define L4_PREEMPTION_CONTROL(sensitive_priority, maximum_delay) \
	(((l4_word_t)(sensitive_priority) << 16) | (maximum_delay))

/* Attributes of MemoryControl on x86. */
#define L4_CACHE_DEFAULT 0UL
#define L4_CACHE_UNCACHEABLE 1UL
#define L4_CACHE_WRITE_COMBINING 2UL
#define L4_CACHE_WRITE_THROUGH 5UL
#define L4_CACHE_WRITE_PROTECTED 6UL
#define L4_CACHE_WRITE_BACK 7UL

/* ---- Error codes (X.2, ErrorCode TCR) ----------------------------------------------------------- */

#define L4_ERROR_OK 0UL
#define L4_ERROR_NO_PRIVILEGE 1UL
#define L4_ERROR_INVALID_THREAD 2UL
#define L4_ERROR_INVALID_SPACE 3UL
#define L4_ERROR_INVALID_SCHEDULER 4UL
#define L4_ERROR_INVALID_PARAMETER 5UL
#define L4_ERROR_UTCB_AREA 6UL
#define L4_ERROR_KIP_AREA 7UL
#define L4_ERROR_NO_MEMORY 8UL

/* ErrorCode after a failed IPC: bit 0 = 1 for the receive phase, reason in bits 1..3. */
#define L4_IPC_TIMEOUT 1UL
#define L4_IPC_NO_PARTNER 2UL
#define L4_IPC_CANCELLED 3UL
#define L4_IPC_OVERFLOW 4UL
#define L4_IPC_XFER_TIMEOUT_MINE 5UL
#define L4_IPC_XFER_TIMEOUT_PARTNER 6UL
#define L4_IPC_ABORTED 7UL

#endif
