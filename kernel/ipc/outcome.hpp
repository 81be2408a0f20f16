// SPDX-License-Identifier: BSD-2-Clause
/// What the end of an IPC phase means for a thread: results for its own call, or the next step of a protocol.
#pragma once

#include "kernel/api/time.hpp"
#include "kernel/ipc/ipc.hpp"
#include "kernel/time/clock.hpp"

namespace pecan {

/// The send phase ended well (X.2, Ipc): the error flag of MR0 is clear.
void finish_send(Tcb& sender);

/// A message has arrived in the receiver's registers; makes it ready.
void finish_receive(Tcb& receiver, ThreadId sender_name);

/// The IPC is over without success; makes the thread ready. A message in transfer keeps its MRs;
/// so many bytes of its strings have arrived.
void fail_phase(Tcb& thread, IpcPhase phase, IpcError error, Word offset = 0);

/// The IPC timeout of a thread.
void arm_timeout(Tcb& thread, Time timeout);
void cancel_timeout(Tcb& thread);

/// When a timeout that begins now comes; all ones: never.
Tsc due_of(Time timeout);
/// The transfer timeout of the message that `sender` sends.
void arm_transfer_timeout(Tcb& sender, Tsc due);
void cancel_transfer_timeout(Tcb& sender);

/// Makes a thread ready that waited in an IPC.
void wake(Tcb& thread);

/// Stops a thread until ExchangeRegisters resumes it.
void halt(Tcb& thread);

} // namespace pecan
