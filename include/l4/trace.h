/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace buffer of a kernel built with `make TRACE=1`: one header, then a ring of events. It lies in memory that the
 * KIP describes with type L4_MEMORY_TRACE; sigma0 gives it to the root server only. Prose: docs/trace.md.
 */
#ifndef L4_TRACE_H
#define L4_TRACE_H

#include "types.h"

#define L4_TRACE_MAGIC 0x65636172546e6350UL /* "PcnTrace" */
#define L4_TRACE_SIZE 0x21000UL /* bytes, header and ring, whole pages */

struct l4_trace_event {
	l4_word_t tsc;
	l4_word_t what; /* thread number 32..63, detail 8..15, kind 0..7 */
	l4_word_t a, b;
};

struct l4_trace_header {
	l4_word_t magic;
	l4_word_t khz;	    /* of the TSC; 0 until it is known */
	l4_word_t capacity; /* events in the ring, a power of two */
	l4_word_t count;    /* events ever written: the next goes to entry count modulo capacity */
};

#define L4_TRACE_FIRST_EVENT 0x40UL /* from the header */
#define L4_TRACE_CAPACITY 4096UL

#define L4_TRACE_RUN 1	     /* the thread gets the processor */
#define L4_TRACE_IDLE 2	     /* nobody wants it */
#define L4_TRACE_SEND 3	     /* Ipc with a send phase: a = to, b = MR0 */
#define L4_TRACE_RECEIVE 4   /* Ipc without: a = from */
#define L4_TRACE_CALL 5	     /* another system call: detail = number of its stub, a = RDI, b = RSI */
#define L4_TRACE_FAULT 6     /* page fault: detail = error code, a = address, b = IP */
#define L4_TRACE_EXCEPTION 7 /* detail = vector, a = error code, b = IP */
#define L4_TRACE_INTERRUPT 8 /* detail = line; the thread is the one that was interrupted */
#define L4_TRACE_TIMER 9

#endif
