// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/syscall/syscall.hpp"

#include "kernel/arch/x86/gate/layout.hpp"
#include "kernel/ipc/exception_message.hpp"
#include "kernel/vcpu/vcpu.hpp"

namespace pecan {

namespace {

/// Not inline: Ipc need not make room on the stack for what others want.
[[gnu::noinline]] void other_system_call(Tcb& caller, Word stub)
{
    switch (stub) {
    case STUB_SPACE_CONTROL: sys_space_control(caller); return;
    case STUB_THREAD_CONTROL: sys_thread_control(caller); return;
    case STUB_PROCESSOR_CONTROL: sys_processor_control(caller); return;
    case STUB_MEMORY_CONTROL: sys_memory_control(caller); return;
    case STUB_UNMAP: sys_unmap(caller); return;
    case STUB_EXCHANGE_REGISTERS: sys_exchange_registers(caller); return;
    case STUB_SYSTEM_CLOCK: sys_system_clock(caller); return;
    case STUB_THREAD_SWITCH: sys_thread_switch(caller); return;
    case STUB_SCHEDULE: sys_schedule(caller); return;
    case STUB_VCPU_CALL: vcpu_system_call(caller); return;
    default:
        // SYSCALL outside the stubs is no instruction of this machine.
        repeat_system_call(caller);
        if (caller.vcpu != nullptr && caller.vcpu->deliver_exception(vectors::invalid_opcode, 0, 0)) return;
        send_exception(caller, vectors::invalid_opcode, 0);
    }
}

} // namespace

void system_call(Tcb& caller)
{
    Word const stub = (caller.frame.rip - STUB_PAGE) / STUB_SIZE;
    if (stub == STUB_IPC || stub == STUB_LIPC)
        sys_ipc(caller);
    else
        other_system_call(caller, stub);
}

void set_error(Tcb& caller, Error error) { caller.utcb->error_code = static_cast<Word>(error); }

void return_status(Tcb& caller, Result<Ok, Error> status)
{
    caller.frame.rax = status ? 1 : 0;
    if (!status) set_error(caller, status.error());
}

bool return_or_repeat(Tcb& caller, Result<Progress, Error> result)
{
    bool const again = result && result.value() == Progress::again;
    if (again)
        repeat_system_call(caller);
    else
        return_status(caller, result ? Result<Ok, Error>{Ok{}} : result.error());
    return !again;
}

} // namespace pecan
