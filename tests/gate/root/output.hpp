// SPDX-License-Identifier: BSD-2-Clause
/// TAP on COM1, by polling.
#pragma once

#include <l4/format.hpp>
#include <l4/machine.hpp>

#include <optional>

namespace gate_test {

/// Asks sigma0 for the port's registers.
[[nodiscard]] bool open_serial_line();
void write(std::string_view text);
/// A byte that the host has sent.
std::optional<char> read_byte();

template <typename... Args>
void line(std::string_view pattern, Args const&... args)
{
    write(l4::Line<400>{pattern, args...}.view());
    write("\n");
}

} // namespace gate_test
