// SPDX-License-Identifier: BSD-2-Clause
#include "kernel/debug/console.hpp"

#include "kernel/arch/x86/uart.hpp"

namespace pecan {

namespace {

enum class Owner { nobody, kernel, user_level };

/// Written while one processor runs, or by a panic, which stops everything else anyway.
constinit Owner owner = Owner::nobody;

void put(void*, char character)
{
    if (owner != Owner::kernel) return;
    if (character == '\n') uart_put('\r');
    uart_put(character);
}

constinit Printer printer{put};

} // namespace

void console_start() { owner = uart_start() ? Owner::kernel : Owner::nobody; }

void console_hand_over() { owner = Owner::user_level; }

void console_take_back() { console_start(); }

Printer& console() { return printer; }

} // namespace pecan
