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
#else
inline constexpr bool tracing = false;
#endif

namespace trace_detail {
void start(PhysAddr buffer);
void set_frequency(Word khz);
void record(Word kind, Tcb const* thread, Word detail, Word a, Word b);
void record_trap(Tcb const& thread, Word fault_address);
void print_last(Printer& out);
} // namespace trace_detail

/// The ring begins here, empty. Before that events are lost.
inline void start_trace(PhysAddr buffer)
{
    if constexpr (tracing) trace_detail::start(buffer);
}

inline void set_trace_frequency(Word khz)
{
    if constexpr (tracing) trace_detail::set_frequency(khz);
}

/// One of L4_TRACE_; nullptr: no thread.
inline void trace(Word kind, Tcb const* thread, Word detail = 0)
{
    if constexpr (tracing) trace_detail::record(kind, thread, detail, 0, 0);
}

/// The system call or exception that lies in thread.frame.
inline void trace_trap(Tcb const& thread, Word fault_address)
{
    if constexpr (tracing) trace_detail::record_trap(thread, fault_address);
}

/// The last events in words, for a panic.
inline void print_trace(Printer& out)
{
    if constexpr (tracing) trace_detail::print_last(out);
}

} // namespace pecan
