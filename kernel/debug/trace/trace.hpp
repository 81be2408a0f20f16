// SPDX-License-Identifier: BSD-2-Clause
/// What happened lately: a ring of events (include/l4/trace.h) that the root server may read and a panic prints. Only
/// in a kernel that is built with `make TRACE=1`; in any other these functions are empty.
#pragma once

#include "kernel/debug/printer.hpp"
#include "kernel/thread/tcb.hpp"
#include "l4/trace.h"

namespace pecan {

#ifdef PECAN_TRACE
inline constexpr bool tracing = true;

/// The ring begins here, empty. Before that events are lost.
void start_trace(PhysAddr buffer);
void set_trace_frequency(Word khz);
/// One of L4_TRACE_; nullptr: no thread.
void trace(Word kind, Tcb const* thread, Word detail = 0, Word a = 0, Word b = 0);
/// The system call or exception that lies in thread.frame.
void trace_trap(Tcb const& thread, Word fault_address);
/// The last events in words, for a panic.
void print_trace(Printer& out);
#else
inline constexpr bool tracing = false;

inline void start_trace(PhysAddr) {}
inline void set_trace_frequency(Word) {}
inline void trace(Word, Tcb const*, Word = 0) {}
inline void trace_trap(Tcb const&, Word) {}
inline void print_trace(Printer&) {}
#endif

} // namespace pecan
