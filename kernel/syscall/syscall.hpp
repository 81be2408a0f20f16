// SPDX-License-Identifier: BSD-2-Clause
/// The system calls, one function per call of the X.2 manual. Arguments come in the caller's registers
/// (X.2, amd64 appendix); each is read once, checked, then used.
#pragma once

#include "kernel/api/error.hpp"
#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/space/progress.hpp"
#include "kernel/support/result.hpp"
#include "kernel/thread/tcb.hpp"

namespace pecan {

/// Executes the call that thread.frame holds; which one, its return address inside the stub page tells.
void system_call(Tcb& caller);

void sys_space_control(Tcb& caller);
void sys_thread_control(Tcb& caller);
void sys_processor_control(Tcb& caller);
void sys_memory_control(Tcb& caller);
void sys_ipc(Tcb& caller);
void sys_unmap(Tcb& caller);
void sys_exchange_registers(Tcb& caller);
void sys_system_clock(Tcb& caller);
void sys_thread_switch(Tcb& caller);
void sys_schedule(Tcb& caller);

/// Long calls make room for interrupts by being executed again: the caller's registers are as they were at the call. What
/// the call has done so far stays done.
inline void repeat_system_call(Tcb& caller) { caller.frame.rip -= SYSCALL_LENGTH; }

/// The result of the calls that return 1, or 0 with an error code in the UTCB.
void return_status(Tcb& caller, Result<Ok, Error> status);
/// The same for those that may have to be repeated. False: they are.
bool return_or_repeat(Tcb& caller, Result<Progress, Error> result);
/// Sets ErrorCode.
void set_error(Tcb& caller, Error error);

} // namespace pecan
