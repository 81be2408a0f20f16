// SPDX-License-Identifier: BSD-2-Clause
/// The ways into the microkernel and the one way out.
#pragma once

#include "kernel/trap/trap_frame.hpp"

namespace pecan {

/// The running ordinary task has made a system call.
extern "C" [[noreturn]] void ordinary_system_call();

/// An ordinary task, or the idle loop, was interrupted; its registers lie in `frame` (the thread's own).
extern "C" [[noreturn]] void ordinary_trap(TrapFrame* frame);

/// A vCPU was interrupted: registers in the gate's stack, and the CR3 value that was loaded. `how`: one of GATE_.
extern "C" [[noreturn]] void vcpu_trap(TrapFrame const* frame, Word root, unsigned how);

/// Double fault, machine check, or a fault of ring 0.
extern "C" [[noreturn]] void abort_trap(TrapFrame const* frame, Word root);

/// Lets the thread run that should.
[[noreturn]] void dispatch();

} // namespace pecan
