// SPDX-License-Identifier: BSD-2-Clause
/// Synchronous message passing (X.2, chapter 5).
///
/// An IPC has a send phase and a receive phase. A phase that cannot go on at once leaves the thread
/// in State::sending or State::receiving; whoever meets it later completes it on its behalf. Nothing
/// of it lives on a kernel stack.
#pragma once

#include "kernel/api/time.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

enum class IpcError : Word {
    timeout = L4_IPC_TIMEOUT,
    no_partner = L4_IPC_NO_PARTNER,
    cancelled = L4_IPC_CANCELLED,
    // The others concern a message in transfer, and both parties.
    overflow = L4_IPC_OVERFLOW,
    transfer_timeout_mine = L4_IPC_XFER_TIMEOUT_MINE,
    transfer_timeout_partner = L4_IPC_XFER_TIMEOUT_PARTNER,
    aborted = L4_IPC_ABORTED,
};

enum class IpcPhase : Word { send = 0, receive = 1 };

/// The Ipc system call of `caller` (X.2, Ipc); timeouts as in R8. The outcome goes to its registers when it is known.
void ipc_system_call(Tcb& caller, ThreadId to, ThreadId from, Word timeouts);

/// Sends the kernel message that lies in thread.kernel_message on the thread's behalf, and waits for the
/// answer. Timeouts are 'never'. The thread is halted if `to` is nil or gone.
void ipc_call_for(Tcb& thread, ThreadId to, IpcPurpose purpose);

/// The thread tells its scheduler that its total quantum is used up, or its exception handler that it was preempted (X.2,
/// preemption protocol). There is no answer.
void ipc_send_preemption(Tcb& thread, ThreadId to);
/// It has got a new quantum, whether the scheduler has heard of it or not.
void ipc_end_preemption(Tcb& thread);

/// Lets an interrupt thread tell its handler; the answer opens the line again.
void ipc_send_interrupt(Tcb& interrupt_thread, ThreadId handler);

/// Makes a newly activated thread wait for its start message from `pager`.
void ipc_wait_for_start(Tcb& thread, ThreadId pager);

/// Goes on with a pending receive phase or transfer, for a while: see thread.pending.
void ipc_continue(Tcb& thread);

/// The pager has answered a fault in the middle of a transfer.
void ipc_resume_transfer(Tcb& faulter);

/// The transfer timeout of the message that `sender` sends has come.
void ipc_transfer_timeout(Tcb& sender);

/// Is the thread in this phase of an IPC, waiting or in transfer?
bool ipc_is_in(Tcb const& thread, IpcPhase phase);

/// Is its message in transfer?
bool ipc_is_in_transfer(Tcb const& thread);

/// Ends the IPC in which `thread` waits: its timeout has come or the partner is gone.
void ipc_fail(Tcb& thread, IpcError error);

/// Ends the IPC that `thread` is in (X.2, ExchangeRegisters): a message in transfer is aborted for both parties.
void ipc_cancel(Tcb& thread);

/// Ends the IPC that `thread` may be in because the thread is changed (X.2, ThreadControl).
void ipc_abort(Tcb& thread);

/// The name by which others know `thread` goes: who waits to send to it or to receive from it alone gets an error.
void ipc_forget_partners(Tcb& thread);

/// Before `thread` disappears: ends its IPC and that of all who wait for it.
void ipc_withdraw(Tcb& thread);

} // namespace pecan
