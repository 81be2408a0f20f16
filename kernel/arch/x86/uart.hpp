// SPDX-License-Identifier: BSD-2-Clause
/// COM1, output only, polled.
#pragma once

namespace pecan {

/// 115200 bits a second, 8N1, interrupts of the UART off. False if there is no UART.
bool uart_start();

/// Waits for room, but not for ever, and sends.
void uart_put(char character);

} // namespace pecan
