// SPDX-License-Identifier: BSD-2-Clause
/// The CPU's I/O ports.
#pragma once

#include <cstdint>

namespace pecan {

inline void port_out(std::uint16_t port, std::uint8_t value)
{
    asm volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

inline std::uint8_t port_in(std::uint16_t port)
{
    std::uint8_t value;
    asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

} // namespace pecan
