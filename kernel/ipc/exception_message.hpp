// SPDX-License-Identifier: BSD-2-Clause
/// Faults and exceptions as messages (X.2, chapter 7: page fault, exception, I/O fault protocols).
#pragma once

#include "kernel/api/fpage.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

/// Asks the thread's pager for the page at `address`. The registers of the thread stay as they are.
void send_page_fault(Tcb& thread, Word address, Rights wanted);

/// Asks the thread's pager for an I/O fpage (ports, log2 of their number).
void send_io_fault(Tcb& thread, std::uint16_t port, Word log2count);

/// Reports an exception to the thread's exception handler; without one the thread is halted.
void send_exception(Tcb& thread, Word vector, Word error_code);

/// Takes over the registers of the handler's answer.
void load_exception_reply(Tcb& thread);

/// Sets the address at which a thread goes on; one that is not canonical becomes one that faults cleanly.
void set_user_ip(Tcb& thread, Word ip);

/// As its UTCB has it now; global.
ThreadId exception_handler(Tcb const& thread);

} // namespace pecan
