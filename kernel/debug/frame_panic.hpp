// SPDX-License-Identifier: BSD-2-Clause
/// The panic of a processor that found itself somewhere it must not be.
#pragma once

#include "kernel/trap/trap_frame.hpp"

namespace pecan {

/// Prints the interrupted registers and the page table that was loaded, then stops.
[[noreturn]] void panic_with_frame(char const* message, TrapFrame const& frame, Word root);

} // namespace pecan
