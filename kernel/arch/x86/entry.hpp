// SPDX-License-Identifier: BSD-2-Clause
/// The assembly of the microkernel proper (entry.S).
#pragma once

#include "kernel/trap/trap_frame.hpp"

namespace pecan {

extern "C" {

/// Loads the registers of an ordinary thread and leaves the kernel. Its page table is loaded already.
[[noreturn]] void resume_ordinary(TrapFrame const* frame);

/// Waits for an interrupt on an empty kernel stack.
[[noreturn]] void idle();
}

} // namespace pecan
