// SPDX-License-Identifier: BSD-2-Clause
/// What can go wrong before the first thread runs. Each error says what is wrong and what helps.
#pragma once

#include "kernel/debug/printer.hpp"
#include "kernel/support/result.hpp"

namespace pecan {

enum class BootFault {
    // The boot loader's information
    info_too_large, ///< number: its size, limit: what the kernel can take
    info_damaged,   ///< number: offset of the tag
    no_memory_map,
    too_many_modules, ///< limit
    too_many_regions, ///< limit
    // ACPI
    acpi_missing, ///< other: the table
    acpi_damaged, ///< other: the table
    no_io_apic,
    // Modules
    module_missing,      ///< file
    module_out_of_reach, ///< file, range
    module_overlaps,     ///< file, range, other
    no_room_for_module,  ///< file, range
    // The kernel's own memory
    no_room_for_heap,   ///< number: bytes of RAM, limit: bytes wanted
    no_room_for_tables, ///< number: bytes wanted
    // ELF files
    elf_unusable,      ///< file, other: why
    elf_entry_outside, ///< file, number: entry
    elf_place_taken,   ///< file, range, other: by whom, empty: not RAM
};

struct BootError {
    BootFault fault;
    Text file{};
    PhysRange range{};
    Word number{0};
    Word limit{0};
    Text other{};
};

/// 'cause: remedy', without a full stop or a newline.
void format(Printer& out, BootError const& error);

template <typename T>
using BootResult = Result<T, BootError>;

} // namespace pecan
