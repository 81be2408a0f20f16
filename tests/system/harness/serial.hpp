// SPDX-License-Identifier: BSD-2-Clause
#ifndef TESTS_SYSTEM_SERIAL_HPP
#define TESTS_SYSTEM_SERIAL_HPP

#include <l4/machine.hpp>

#include <string_view>

/// COM1 by polling. QEMU's speed is none, so there is nothing to set up that GRUB has not.
namespace test::serial {

constexpr std::uint16_t port = 0x3f8;
constexpr unsigned log2_ports = 3;

inline void put(char letter)
{
    constexpr std::uint8_t room = 0x20;
    while ((l4::in8(port + 5) & room) == 0) {}
    l4::out8(port, static_cast<std::uint8_t>(letter));
}

inline void write(std::string_view text)
{
    for (char const letter : text) {
        if (letter == '\n') put('\r');
        put(letter);
    }
}

} // namespace test::serial

#endif
