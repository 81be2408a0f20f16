// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/instructions.hpp"
#include "kernel/schedule/scheduler.hpp"
#include "kernel/syscall/syscall.hpp"
#include "kernel/thread/thread_table.hpp"

namespace pecan {

/// SystemClock (X.2, SystemClock). Out: RAX, microseconds.
void sys_system_clock(Tcb& caller) { caller.frame.rax = kernel_clock().to_microseconds(Tsc{x86::read_tsc()}).count; }

/// ThreadSwitch (X.2, ThreadSwitch).
///
/// In      RDI dest: nilthread gives the processor up; a ready thread gets the rest of the time slice
/// Out     nothing; no errors
void sys_thread_switch(Tcb& caller)
{
    Tcb* const dest = find_thread(globalize(ThreadId{caller.frame.rdi}, caller));
    if (dest == &caller) return;
    charge_current();
    refill_preemption_delay(caller);
    if (dest == nullptr || !dest->is_runnable()) {
        yield_current();
        return;
    }
    donate_slice(*dest);
}

} // namespace pecan
