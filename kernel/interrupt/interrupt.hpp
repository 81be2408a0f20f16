// SPDX-License-Identifier: BSD-2-Clause
/// Interrupts as threads (X.2, interrupt protocol).
///
/// Each line has a thread without a space. When the line fires it is masked and the thread sends to its
/// handler; the handler's answer opens the line again.
#pragma once

#include "kernel/api/error.hpp"
#include "kernel/support/result.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

/// Makes the interrupt threads 0 .. lines-1.
void create_interrupt_threads(unsigned lines);

/// Is this the number of an interrupt thread that a user may have?
bool is_interrupt_thread(Word number);

/// Has the line a handler?
bool is_associated_interrupt(Word number);

/// Associates a line with its handler and opens it; detaches it if `handler` is the interrupt thread itself.
Result<Ok, Error> associate_interrupt(Tcb& interrupt_thread, ThreadId handler);

/// The line has fired.
void interrupt_fired(unsigned line);

/// The handler has answered.
void interrupt_acknowledged(Tcb& interrupt_thread);

/// A handler disappears: its lines are closed.
void forget_interrupt_handler(ThreadId handler);

} // namespace pecan
