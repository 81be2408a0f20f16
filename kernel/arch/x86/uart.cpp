// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/uart.hpp"

#include "kernel/arch/x86/instructions.hpp"

namespace pecan {

namespace {

constexpr std::uint16_t com1 = 0x3f8;

enum Register : std::uint16_t {
    data = com1,
    divisor_low = com1,
    interrupt_enable = com1 + 1,
    divisor_high = com1 + 1,
    fifo_control = com1 + 2,
    line_control = com1 + 3,
    modem_control = com1 + 4,
    line_status = com1 + 5,
    scratch = com1 + 7,
};

constexpr std::uint8_t divisor_latch = 0x80;
constexpr std::uint8_t eight_bits_no_parity = 0x03;
constexpr std::uint8_t fifo_on_and_empty = 0x07;
constexpr std::uint8_t ready_and_request = 0x03;
constexpr std::uint8_t transmitter_empty = 0x20;

/// A character takes 87 us on the wire; a read of a port about one.
constexpr int patience = 100'000;

} // namespace

bool uart_start()
{
    x86::out8(scratch, 0x5a);
    if (x86::in8(scratch) != 0x5a) return false;

    x86::out8(interrupt_enable, 0);
    x86::out8(line_control, divisor_latch);
    x86::out8(divisor_low, 1);
    x86::out8(divisor_high, 0);
    x86::out8(line_control, eight_bits_no_parity);
    x86::out8(fifo_control, fifo_on_and_empty);
    x86::out8(modem_control, ready_and_request);
    return true;
}

void uart_put(char character)
{
    for (int i = 0; i < patience && (x86::in8(line_status) & transmitter_empty) == 0; ++i) {}
    x86::out8(data, static_cast<std::uint8_t>(character));
}

} // namespace pecan
