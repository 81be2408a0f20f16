// SPDX-License-Identifier: BSD-2-Clause
/// Where the firmware says that the interrupt lines arrive (ACPI specification, 5.2.12: the MADT).
#pragma once

#include "kernel/boot/boot_error.hpp"
#include "kernel/support/byte_view.hpp"

namespace pecan {

inline constexpr unsigned isa_line_count = 16;

/// The I/O APIC at which the ISA lines arrive, and how. Further I/O APICs are not used.
struct InterruptRouting {
    struct Line {
        std::uint8_t input;
        bool is_level, is_low;
    };
    PhysAddr io_apic{0};
    Line isa[isa_line_count]{};
};

/// `size` bytes of physical memory; empty where the kernel cannot look.
using PhysicalReader = ByteView (*)(PhysAddr from, Word size);

/// `root_pointer`: the RSDP as the boot loader has copied it. Empty: it is looked for in low memory.
BootResult<InterruptRouting> read_interrupt_routing(ByteView root_pointer, PhysicalReader read);

} // namespace pecan
