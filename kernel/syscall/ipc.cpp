// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/ipc/ipc.hpp"

#include "kernel/syscall/syscall.hpp"

namespace pecan {

/// Ipc and Lipc (X.2, Ipc).
///
/// In      RSI to, RDX from, R8 timeouts (send in 16..31, receive in 0..15), MR0..7 in R9, RAX, RBX, R10, R12..R15
/// Out     RSI from, RDI UTCB, the message registers; on failure MR0 has the error flag and ErrorCode says why
void sys_ipc(Tcb& caller)
{
    TrapFrame const& frame = caller.frame;
    ipc_system_call(caller, ThreadId{frame.rsi}, ThreadId{frame.rdx}, frame.r8);
    // A caller whose IPC goes on later is off the processor; dispatch() sees that by its state.
}

} // namespace pecan
