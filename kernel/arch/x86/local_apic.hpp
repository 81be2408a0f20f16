// SPDX-License-Identifier: BSD-2-Clause
/// The processor's interrupt controller and timer (Intel SDM 3A, chapter 11).
#pragma once

#include "kernel/time/clock.hpp"

namespace pecan {

inline constexpr unsigned timer_vector = 0xf0;
inline constexpr unsigned spurious_vector = 0xff;
/// Interrupt line n arrives as vector first_line_vector + n.
inline constexpr unsigned first_line_vector = 0x30;

/// Enables the local APIC and measures its timer and the TSC against the PIT. Returns the kernel's clock.
Clock initialise_local_apic();

/// The timer fires once, when the TSC has reached `due` or (for a far moment) earlier.
void local_apic_arm_timer(Tsc due);
void local_apic_end_of_interrupt();
/// An interrupt has arrived that the processor has not taken.
bool local_apic_interrupt_waits();
std::uint32_t local_apic_id();

} // namespace pecan
