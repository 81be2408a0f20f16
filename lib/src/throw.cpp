// SPDX-License-Identifier: BSD-2-Clause
//
// What the standard library calls where it would throw. Without exceptions that is a bug of ours:
// stop where a debugger and the exception handler can see it.

namespace std {
[[noreturn]] void __throw_out_of_range_fmt(char const*, ...) { __builtin_trap(); }
} // namespace std
