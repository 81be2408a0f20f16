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

/// What a module is known by: the first word of its command line, without folders.
constexpr Text module_name(Text line)
{
    auto const is_blank = [line](std::size_t at) { return static_cast<unsigned char>(line[at]) <= ' '; };
    std::size_t start = 0;
    while (start < line.size() && is_blank(start)) ++start;
    std::size_t end = start;
    for (; end < line.size() && !is_blank(end); ++end)
        if (line[end] == '/') start = end + 1;
    return {line.data() + start, end - start};
}

/// An entry of the firmware's memory map, as it came: unsorted, overlapping, of any size.
struct FirmwareRegion {
    Word start, size;
    std::uint32_t type; ///< 1 RAM, 2 reserved, 3 ACPI tables, 4 ACPI non-volatile, 5 bad
};

/// What the boot loader asks for. Texts and tables point into the information that was parsed.
struct BootRequest {
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
