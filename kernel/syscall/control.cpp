// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/space/space.hpp"
#include "kernel/syscall/syscall.hpp"

namespace pecan {

/// ProcessorControl (X.2, ProcessorControl). The frequencies of this machine cannot be set: a privileged call is
/// accepted and changes nothing.
void sys_processor_control(Tcb& caller)
{
    if (!caller.space->is_privileged) {
        return_status(caller, Error::no_privilege);
        return;
    }
    return_status(caller, Ok{});
}

/// MemoryControl (X.2, MemoryControl). Attributes other than the default are refused.
///
/// In      RDX control, RBP, RSI, R8, RDI attributes 0 to 3 (the stub moved two of them), fpages in MR0..
/// Out     RAX and RDX result, RDI UTCB; ErrorCode 1, 5
void sys_memory_control(Tcb& caller)
{
    TrapFrame& frame = caller.frame;
    bool const only_default = (frame.rbp | frame.rsi | frame.r8 | frame.rdi) == 0;
    Result<Ok, Error> status{Ok{}};
    if (!caller.space->is_privileged)
        status = Error::no_privilege;
    else if (!only_default)
        status = Error::invalid_parameter;
    return_status(caller, status);
    frame.rdx = frame.rax;
    frame.rdi = caller.local_id;
}

} // namespace pecan
