// SPDX-License-Identifier: BSD-2-Clause
/// The boot loader's information (Multiboot2 specification, 3.6), read with suspicion.
#pragma once

#include "kernel/boot/boot_error.hpp"
#include "kernel/support/byte_view.hpp"
#include "kernel/support/fixed_list.hpp"

namespace pecan {

/// A file that the boot loader has put into memory.
struct Module {
    Text name;
    Text command_line; ///< all of it, the name included
    PhysRange range;
};

/// An entry of the firmware's memory map, as it came: unsorted, overlapping, of any size.
struct FirmwareRegion {
    Word start, size;
    std::uint32_t type; ///< 1 RAM, 2 reserved, 3 ACPI tables, 4 ACPI non-volatile, 5 bad
};

/// What the boot loader asks for. Texts and tables point into the information that was parsed.
struct BootRequest {
    Text command_line;
    FixedList<Module, 32> modules;
    FixedList<FirmwareRegion, 128> regions;
    ByteView rsdp; ///< copy of the ACPI root pointer, the newer one if there are two; empty: none
};

/// Reads the information. `request` is complete only if the result is good.
BootResult<Ok> parse_multiboot(ByteView info, BootRequest& request);

/// Room for a copy of the information, out of the way of everything that is moved later.
class MultibootCopy {
public:
    static constexpr Word capacity = 32 * 1024;

    /// Copies the information at `source`, whose first word tells its size.
    BootResult<ByteView> take(void const* source);

private:
    alignas(8) unsigned char bytes_[capacity];
};

} // namespace pecan
