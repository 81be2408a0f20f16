// SPDX-License-Identifier: BSD-2-Clause
/// Static ELF64 executables, loaded to their physical addresses.
#pragma once

#include "kernel/boot/boot_error.hpp"
#include "kernel/boot/placement.hpp"
#include "kernel/support/byte_view.hpp"

namespace pecan {

/// A part of the file and where it belongs. Behind the file's bytes the target is cleared.
struct ElfSegment {
    Word number; ///< in the program header table
    Word file_offset, file_size;
    PhysRange target;
    bool executable;
};

/// What is left of a file once every field has been checked.
struct ElfImage {
    Text file;
    VirtAddr entry;
    FixedList<ElfSegment, 16> segments;
    PhysRange range; ///< from the first page of any segment to the last
};

/// Checks the file and describes it. Nothing in the result reaches outside the file or wraps; no segment overlaps
/// another; the entry lies in an executable segment, for servers run where virtual and physical addresses are equal.
BootResult<ElfImage> parse_elf(Text file, ByteView bytes);

/// Whether every page of the image is free RAM.
BootResult<Ok> check_place(ElfImage const& image, MemoryMap const& map, Claims const& claims);

} // namespace pecan
