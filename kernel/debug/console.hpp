// SPDX-License-Identifier: BSD-2-Clause
/// The kernel's own console: a serial line until the console server owns it, then panics only.
#pragma once

#include "kernel/debug/printer.hpp"

namespace pecan {

/// Sets the line up. Before that, output is lost. A panic does it again: the line is the kernel's from then on.
void console_start();

/// From now on only a panic is printed: the line belongs to user level.
void console_hand_over();

/// The printer onto the console.
Printer& console();

/// Prints the items on the console, one after the other.
template <typename... Items>
void print(Items const&... items)
{
    console()(items...);
}

} // namespace pecan
