// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/arch/x86/uart.hpp"

#include "kernel/arch/x86/port.hpp"

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
    port_out(scratch, 0x5a);
    if (port_in(scratch) != 0x5a) return false;

    port_out(interrupt_enable, 0);
    port_out(line_control, divisor_latch);
    port_out(divisor_low, 1);
    port_out(divisor_high, 0);
    port_out(line_control, eight_bits_no_parity);
    port_out(fifo_control, fifo_on_and_empty);
    port_out(modem_control, ready_and_request);
    return true;
}

void uart_put(char character)
{
    for (int i = 0; i < patience && (port_in(line_status) & transmitter_empty) == 0; ++i) {}
    port_out(data, static_cast<std::uint8_t>(character));
}

} // namespace pecan
