// SPDX-License-Identifier: BSD-2-Clause
/// Long calls make room for interrupts by being executed again.
#pragma once

#include "kernel/thread/tcb.hpp"

namespace pecan {

/// The caller's registers are as they were at the call; it executes its SYSCALL once more when it next runs. What the
/// call has done so far stays done.
inline void repeat_system_call(Tcb& caller)
{
    constexpr Word syscall_instruction_length = 2;
    caller.frame.rip -= syscall_instruction_length;
}

} // namespace pecan
