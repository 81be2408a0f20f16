// SPDX-License-Identifier: BSD-2-Clause
/// The machine's interrupt lines (Intel 82093AA data sheet). The old PICs are masked for good.
#pragma once

#include "kernel/boot/interrupt_routing.hpp"

namespace pecan {

/// Masks every line of IO-APIC and PIC; returns the number of lines.
unsigned initialise_io_apic(InterruptRouting const& routing);

/// ISA lines are as the firmware says; the others, PCI's, are level-triggered and active low.
void io_apic_unmask(unsigned line);
void io_apic_mask(unsigned line);

} // namespace pecan
