// SPDX-License-Identifier: BSD-2-Clause
/// Static ELF64 executables, loaded to their physical addresses. What a file must look like the library knows, for the
/// root task loads such files as well.
#pragma once

#include "kernel/boot/boot_error.hpp"
#include "kernel/boot/placement.hpp"
#include "kernel/support/byte_view.hpp"
#include "l4/elf.hpp"

namespace pecan {

/// A server's file, and the pages from the first of any segment to the last.
struct ServerImage {
    Text file;
    l4::elf::Image elf;
    PhysRange range;
};

/// Checks the file. Nothing in the result reaches outside the file or wraps; no segment overlaps another; the entry
/// lies in an executable segment, for servers run where virtual and physical addresses are equal.
BootResult<ServerImage> parse_elf(Text file, ByteView bytes);

/// Whether every page of the image is free RAM.
BootResult<Ok> check_place(ServerImage const& image, MemoryMap const& map, Claims const& claims);

} // namespace pecan
