// SPDX-License-Identifier: BSD-2-Clause
/// A broken invariant of the kernel stops the machine; a user's mistake never does.
#pragma once

namespace pecan {

/// Prints the message with its place and stops. Defined by the kernel and by the unit tests.
[[noreturn]] void panic(char const* message, char const* file = __builtin_FILE(), int line = __builtin_LINE());

/// Checks an invariant; active in every build, for it costs less than a wrong kernel.
constexpr void ensure(bool holds, char const* file = __builtin_FILE(), int line = __builtin_LINE())
{
    if (!holds) [[unlikely]]
        panic("assertion failed", file, line);
}

} // namespace pecan
