// SPDX-License-Identifier: BSD-2-Clause
/// Threads by number and by name.
#pragma once

#include "kernel/api/error.hpp"
#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/support/result.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

inline constexpr Word thread_number_bits = 18;
inline constexpr Word thread_number_limit = Word{1} << thread_number_bits;

/// The interrupts come first, then kernel threads, then sigma0 (X.2, 2.1).
inline constexpr Word system_base = 32;
inline constexpr Word user_base = system_base + 32;

/// Entries by number, in virtual memory. Numbers that no thread has name one that is dying and has no ID.
inline Tcb** thread_entries() { return reinterpret_cast<Tcb**>(THREAD_TABLE); }

/// The thread with exactly this global ID, version included; nullptr if there is none. A dying thread is none.
inline Tcb* find_thread(ThreadId global)
{
    Tcb* const thread = thread_entries()[global.number() % thread_number_limit];
    return thread->id == global && thread->state != State::dying ? thread : nullptr;
}

/// The thread with this number, whatever its version; also one that is dying.
Tcb* find_thread_number(Word number);

/// Makes room for `number`; the table grows by frames that belong to the kernel.
Result<Ok, Error> reserve_thread_number(Word number);
/// Before the first thread.
void initialise_thread_table();
void enter_thread(Tcb& thread);
void remove_thread(Tcb& thread);

/// A local ID as seen by `caller` becomes the global one; anything else, and a local ID that names no thread
/// of the caller's space, is returned as it is.
ThreadId globalize_local(ThreadId id, Tcb const& caller);
[[gnu::always_inline]] inline ThreadId globalize(ThreadId id, Tcb const& caller)
{
    return id.may_be_local() ? globalize_local(id, caller) : id;
}

} // namespace pecan
