// SPDX-License-Identifier: BSD-2-Clause
#include "tests/gate/root/output.hpp"

#include <l4/sigma0.hpp>

namespace gate_test {

namespace {
constexpr std::uint16_t com1 = 0x3f8, line_status = com1 + 5;
constexpr std::uint8_t data_ready = 1, room = 0x20;
} // namespace

bool open_serial_line() { return l4::sigma0::request_ports(com1, 3); }

void write(std::string_view text)
{
    for (char const letter : text) {
        while ((l4::in8(line_status) & room) == 0) {}
        if (letter == '\n') l4::out8(com1, '\r');
        l4::out8(com1, static_cast<std::uint8_t>(letter));
    }
}

std::optional<char> read_byte()
{
    if ((l4::in8(line_status) & data_ready) == 0) return {};
    return static_cast<char>(l4::in8(com1));
}

} // namespace gate_test
