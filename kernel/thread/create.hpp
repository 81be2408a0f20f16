// SPDX-License-Identifier: BSD-2-Clause
/// The life cycle of threads and with them of spaces (X.2, ThreadControl).
#pragma once

#include "kernel/api/error.hpp"
#include "kernel/support/result.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

/// A thread of the kernel's own, such as an interrupt's: without space, UTCB or registers. At boot only.
Tcb& create_kernel_thread(ThreadId id);

/// Creates an inactive thread in `space`, charged to the space's quota.
Result<Tcb*, Error> create_thread(ThreadId id, Space& space, ThreadId scheduler);

/// May a UTCB be at `location` (its start, not MR0)? What a space without areas will say is seen at the activation.
Result<Ok, Error> accepts_location(Space const& space, Word location);
/// The same for a UTCB that is about to be; the memory behind it is there afterwards.
Result<Ok, Error> prepare_location(Space& space, Word location);

/// Gives an inactive thread its UTCB at `location` (start of the UTCB, not of MR0) and a pager; it waits for its
/// start message.
Result<Ok, Error> activate_thread(Tcb& thread, Word location, ThreadId pager);

/// Moves a thread into another space; its IPC is aborted. If its old space is empty then, the end of that is pending
/// for the caller.
Result<Ok, Error> migrate_thread(Tcb& thread, Space& to, Tcb& caller);
void continue_end_of_space(Tcb& thread);

/// Ends a thread. The last thread of a space takes the space with it; that may need several calls.
/// False: call again.
[[nodiscard]] bool delete_thread(Tcb& thread);

} // namespace pecan
