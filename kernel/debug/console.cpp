// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/debug/console.hpp"

#include "kernel/arch/x86/uart.hpp"

namespace pecan {

namespace {

/// Written while one processor runs, or by a panic, which stops everything else anyway.
constinit bool is_ours = false;

void put(void*, char character)
{
    if (!is_ours) return;
    if (character == '\n') uart_put('\r');
    uart_put(character);
}

constinit Printer printer{put};

} // namespace

void console_start() { is_ours = uart_start(); }

void console_hand_over() { is_ours = false; }

Printer& console() { return printer; }

} // namespace pecan
